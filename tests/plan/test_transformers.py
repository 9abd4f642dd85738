from __future__ import annotations

from mlopsgen.plan.flows import Addresses, Pods
from tests.build import a_plan

IRIS = {
    "runtime": "mlflow",
    "source": "s3://acme-models/iris",
    "exposure": {"alb": "internal", "host": "iris.example.com"},
}
FRONT = {"image": "ghcr.io/acme/front:1.0.0", "port": 8090}


def _ports(plan, kind):
    """Return the ports on which the models' pods are reached by a *kind* of peer."""
    return {
        port.number
        for flow in plan.flows
        if isinstance(flow.source, kind) and isinstance(flow.target, Pods)
        for port in flow.ports
        if flow.target.name.startswith("model")
    }


def test_a_load_balancer_reaches_the_server():
    plan = a_plan(models={"iris": IRIS})

    assert _ports(plan, Addresses) == {8080}


def test_a_load_balancer_reaches_the_transformer_and_the_transformer_the_server():
    plan = a_plan(models={"iris": {**IRIS, "transformer": FRONT}})

    assert _ports(plan, Addresses) == {8090}
    assert _ports(plan, Pods) == {8080, 8090}
