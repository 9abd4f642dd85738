"""What the plan forgets is found by what is written: load balancers, routes and monitors."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace

import pytest
import yaml

from mlopsgen.emit import EMITTERS
from mlopsgen.lock import Lock
from mlopsgen.plan import plan
from mlopsgen.prove.network import network
from mlopsgen.resources import TEMPLATES
from mlopsgen.shapes import Shapes
from mlopsgen.spec import Platform
from tests.build import ROOT, a_plan, reference_plan


def _without(decided, *words):
    """Return *decided* without the flows that are for any of *words*."""
    kept = tuple(each for each in decided.flows if not any(word in each.because for word in words))
    assert len(kept) < len(decided.flows)
    return replace(decided, flows=kept)


def _emitted(decided):
    shapes = Shapes(TEMPLATES)
    return [artifact for emit in EMITTERS for artifact in emit(decided, shapes)]


def _messages(decided, artifacts=None):
    found = network(decided, artifacts or _emitted(decided))
    return [(each.code, each.message) for each in found]


def _gateways():
    text = (ROOT / "tests/golden/gateway/platform.yaml").read_text("utf-8")
    data = yaml.safe_load(text)
    data.pop("environments", None)
    return plan(Platform.model_validate(data), "default", Lock())


def test_a_load_balancer_that_no_flow_is_for_is_found():
    found = _messages(_without(reference_plan(), "requests through the load balancer"))

    assert [code for code, _ in found] == ["FLOW010", "FLOW010"]
    for (_, message), who in zip(found, ("model `iris`", "canary of model `iris`"), strict=True):
        assert message == (
            f"`apps/models-mlops/ingress-iris.yaml` has internal load balancers connect to {who} on"
            " port 8080, which no policies let through"
        )


def test_a_user_interface_that_no_flow_is_for_is_found():
    found = _messages(_without(reference_plan(), "users of mlflow"))

    [(code, message)] = found
    assert code == "FLOW010"
    assert "has internet-facing load balancers connect to `mlflow` on port 5000" in message


def test_pods_that_prometheus_may_not_reach_are_found():
    found = _messages(_without(reference_plan(), "scrapes of the models"))

    assert {code for code, _ in found} == {"FLOW010"}
    assert any(
        "has prometheus connect to model `mistral-7b` on port 8000" in text for _, text in found
    )
    assert len(found) == 5


def test_gateways_that_no_flow_is_for_are_found():
    decided = _gateways()

    assert _messages(decided) == []
    found = _messages(_without(decided, "requests through the gateway"))
    assert found
    assert all(code == "FLOW010" and "has the gateway connect to" in text for code, text in found)


def test_the_scheme_says_from_which_subnets_a_load_balancer_comes():
    decided = reference_plan()
    artifacts = [_facing(each) for each in _emitted(decided)]

    found = _messages(decided, artifacts)

    assert {code for code, _ in found} == {"FLOW010"}
    assert all("internet-facing load balancers connect to" in text for _, text in found)


def _facing(artifact):
    if artifact.path != "apps/models-mlops/ingress-iris.yaml":
        return artifact
    document = deepcopy(artifact.body[0])
    notes = document["metadata"]["annotations"]
    notes["alb.ingress.kubernetes.io/scheme"] = "internet-facing"
    return replace(artifact, body=(document,))


@pytest.mark.parametrize("port", [80, "http"])
def test_services_are_named_by_rules_and_by_annotations(port):
    decided = _without(reference_plan(), "requests through the load balancer")
    group = {"serviceName": "tinyllama-predictor", "servicePort": port}
    forward = {"forwardConfig": {"targetGroups": [group]}}
    notes = {
        "alb.ingress.kubernetes.io/actions.gone": json.dumps({"type": "fixed-response"}),
        "alb.ingress.kubernetes.io/actions.one": json.dumps(forward),
    }
    document = {
        "kind": "Ingress",
        "metadata": {"name": "own", "namespace": "mlops", "annotations": notes},
        "spec": {"rules": [{}, {"http": {"paths": []}}]},
    }
    artifacts = _emitted(decided)
    [ingress] = [each for each in artifacts if each.path == "apps/models-mlops/ingress-iris.yaml"]
    others = [each for each in artifacts if each is not ingress]

    [(code, message)] = _messages(decided, [*others, replace(ingress, body=(document,))])

    assert code == "FLOW010"
    assert "connect to model `tinyllama` on port 8000" in message


def test_a_container_without_metrics_is_scraped_by_nobody():
    decided = a_plan(
        components={"kserve": {}, "prometheus": {}, "cert-manager": {}},
        namespaces={"mlops": {}},
        models={
            "own": {
                "runtime": "custom",
                "source": "s3://acme-models/own/1",
                "container": {"image": "ghcr.io/acme/own:1.0.0", "port": 8080},
                "resources": {"cpu": 1, "memory": "1Gi"},
            }
        },
    )

    assert not any("scrapes of the models" in each.because for each in decided.flows)
    assert all(each.ports for each in decided.flows)
    assert _messages(decided) == []
