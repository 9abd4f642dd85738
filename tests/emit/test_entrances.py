from __future__ import annotations

from mlopsgen.emit import entrances
from mlopsgen.resources import TEMPLATES
from mlopsgen.shapes import Shapes
from tests.build import a_plan, reference_plan
from tests.conformance.schemas import faults

SHAPES = Shapes(TEMPLATES)
PREFIX = "alb.ingress.kubernetes.io/"


def _ingresses(plan):
    return {
        artifact.path: one for artifact in entrances.emit(plan, SHAPES) for one in artifact.objects
    }


def test_each_interface_has_an_ingress_that_the_cluster_takes():
    emitted = _ingresses(reference_plan())

    assert list(emitted) == [
        "apps/entrances/ingress-argocd.argocd.yaml",
        "apps/entrances/ingress-mlflow.mlflow.yaml",
    ]
    assert [faults(one) for one in emitted.values()] == [[], []]


def test_requests_go_to_the_interface_and_not_to_its_metrics():
    backends = [
        one["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
        for one in _ingresses(reference_plan()).values()
    ]

    assert backends == [
        {"name": "argocd-server", "port": {"number": 80}},
        {"name": "mlflow", "port": {"number": 80}},
    ]


def test_health_is_asked_where_no_login_is_needed():
    paths = [
        one["metadata"]["annotations"][f"{PREFIX}healthcheck-path"]
        for one in _ingresses(reference_plan()).values()
    ]

    assert paths == ["/healthz", "/health"]


def test_interfaces_with_the_same_settings_share_a_load_balancer():
    groups = {
        one["metadata"]["annotations"][f"{PREFIX}group.name"]
        for one in _ingresses(reference_plan()).values()
    }

    assert len(groups) == 1


def test_nothing_is_exposed_by_default():
    assert _ingresses(a_plan(components={"argocd": {}})) == {}
