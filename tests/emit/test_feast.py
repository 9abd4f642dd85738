from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from mlopsgen.emit import argo, feast, kserve, monitors
from mlopsgen.prove import schemas
from mlopsgen.resources import TEMPLATES
from mlopsgen.shapes import Shapes
from tests.build import a_plan
from tests.conformance.schemas import faults

SHAPES = Shapes(TEMPLATES)
KNOWN = json.loads(
    (Path(__file__).parents[1] / "conformance" / "feast-0.66.0.json").read_text(encoding="utf-8")
)
STEP = {"image": "ghcr.io/acme/features:1.0.0", "command": ["feast", "apply"]}
FRONT = {"image": "ghcr.io/acme/front:1.0.0", "features": True}
IRIS = {"runtime": "sklearn", "source": "s3://acme-models/iris", "transformer": FRONT}


def _plan(pipelines=None, **options):
    components = {"feast": options, "prometheus": {}}
    return a_plan(components=components, pipelines=pipelines or {})


def _objects(plan):
    return {each.path: one for each in feast.emit(plan, SHAPES) for one in each.objects}


def _object(plan, kind):
    [found] = [one for one in _objects(plan).values() if one["kind"] == kind]
    return found


def _store(plan):
    """Return feature_store.yaml as Feast reads it."""
    [document] = [one for one in _objects(plan).values() if one["kind"] == "ConfigMap"]
    return yaml.safe_load(document["data"]["feature_store.yaml"])


def _server(plan):
    [container] = _object(plan, "Deployment")["spec"]["template"]["spec"]["containers"]
    return container


def test_nothing_is_written_without_the_component():
    assert list(feast.emit(a_plan(), SHAPES)) == []


def test_the_cluster_takes_every_object():
    objects = _objects(_plan())

    assert sorted(one["kind"] for one in objects.values()) == [
        "ConfigMap", "Deployment", "PodDisruptionBudget", "Service", "ServiceAccount",
    ]  # fmt: skip
    assert {path: faults(one) for path, one in objects.items()} == {path: [] for path in objects}


WEAKER = [
    ("automountServiceAccountToken", True),
    ("enableServiceLinks", True),
    ("serviceAccountName", ...),
    ("securityContext/runAsNonRoot", False),
    ("securityContext/seccompProfile", ...),
    ("containers/0/securityContext/allowPrivilegeEscalation", True),
    ("containers/0/securityContext/readOnlyRootFilesystem", False),
    ("containers/0/securityContext/readOnlyRootFilesystem", ...),
    ("containers/0/securityContext/capabilities", {"drop": []}),
    ("containers/0/image", "quay.io/feastdev/feature-server"),
    ("containers/0/resources/limits", ...),
    ("containers/0/resources/requests/cpu", ...),
    ("containers/0/readinessProbe", ...),
    ("volumes/1", {"name": "temporary"}),
    ("volumes/1", {"name": "temporary", "hostPath": {"path": "/"}}),
    ("volumes/1", {"name": "a", "emptyDir": {}, "configMap": {"name": "b"}}),
]


@pytest.mark.parametrize(("route", "value"), WEAKER)
def test_the_contract_refuses_a_weaker_pod(route, value):
    document = _object(_plan(), "Deployment")
    contract = schemas.contract("apps/v1", "Deployment")
    assert contract.is_valid(document)

    *way, last = [int(step) if step.isdigit() else step for step in route.split("/")]
    node = document["spec"]["template"]["spec"]
    for step in way:
        node = node[step]
    if value is ...:
        del node[last]
    else:
        node[last] = value

    assert not contract.is_valid(document)


@pytest.mark.parametrize(
    ("key", "value"), [("type", "LoadBalancer"), ("selector", {}), ("ports", []), ("selector", ...)]
)
def test_the_contract_refuses_a_service_for_outside_or_for_nobody(key, value):
    document = _object(_plan(), "Service")
    contract = schemas.contract("v1", "Service")
    assert contract.is_valid(document)

    spec = {**document["spec"], key: value}
    if value is ...:
        del spec[key]

    assert not contract.is_valid({**document, "spec": spec})


def test_feast_knows_every_key_of_its_configuration():
    store = _store(_plan())

    assert set(store) <= set(KNOWN["feature_store.yaml"])
    for section in ("registry", "offline_store", "online_store"):
        assert set(store[section]) <= set(KNOWN[section]), section


def test_feast_knows_every_option_of_its_server():
    before, _, after = " ".join(_server(_plan())["args"]).partition(" serve ")

    assert {each.partition("=")[0] for each in before.split()} <= set(KNOWN["global"])
    assert {each.partition("=")[0] for each in after.split()} <= set(KNOWN["serve"])


def test_the_registry_and_the_tables_are_those_of_the_environment():
    store = _store(_plan(project="shop"))

    assert store["project"] == "shop"
    assert store["registry"]["path"] == "s3://acme-artifacts-dev/features/registry.db"
    named = store["online_store"]["table_name_template"]
    assert named.format(project="shop", table_name="x") == "acme-dev-features.shop.x"


def test_nothing_is_asked_of_s3_but_what_the_bucket_does_by_itself():
    assert "s3_additional_kwargs" not in _store(_plan())["registry"]


def test_workers_never_end_because_the_metrics_would_keep_what_they_saw():
    assert "--max-requests=0" in _server(_plan())["args"]


def test_another_configuration_makes_other_pods():
    def marks(plan):
        return _object(plan, "Deployment")["spec"]["template"]["metadata"]["annotations"]

    assert marks(_plan()) == marks(_plan(replicas=5))
    assert marks(_plan()) != marks(_plan(project="other"))


def test_a_restart_is_never_the_answer_to_a_registry_that_cannot_be_read():
    server = _server(_plan())

    assert server["readinessProbe"]["httpGet"]["path"] == "/health"
    assert "httpGet" not in server["livenessProbe"]


@pytest.mark.parametrize(("replicas", "budgets"), [(1, 0), (2, 1)])
def test_a_single_pod_does_not_keep_its_node(replicas, budgets):
    kinds = [one["kind"] for one in _objects(_plan(replicas=replicas)).values()]

    assert kinds.count("PodDisruptionBudget") == budgets


def test_the_service_leads_to_the_pods():
    plan = _plan()
    service, pods = _object(plan, "Service"), _object(plan, "Deployment")["spec"]["template"]

    assert service["spec"]["selector"].items() <= pods["metadata"]["labels"].items()
    assert {port["targetPort"] for port in service["spec"]["ports"]} <= {
        port["name"] for port in _server(plan)["ports"]
    }


def test_prometheus_scrapes_a_port_that_the_pods_have():
    plan = _plan()
    found = {each.path: each.objects[0] for each in monitors.emit(plan, SHAPES)}
    [endpoint] = found["apps/monitoring/podmonitor-monitoring.feast-server.yaml"]["spec"][
        "podMetricsEndpoints"
    ]

    assert endpoint["port"] in {port["name"] for port in _server(plan)["ports"]}


def test_pipelines_find_the_same_configuration_once_in_their_namespace():
    pipelines = {
        "a": {"features": "read", "steps": {"x": STEP}},
        "b": {"features": "apply", "steps": {"x": STEP}},
        "c": {"steps": {"x": STEP}, "namespace": "other"},
    }
    objects = _objects(_plan(pipelines))

    copies = {path: one["data"] for path, one in objects.items() if one["kind"] == "ConfigMap"}
    assert list(copies) == [
        "apps/feast/configmap-feature-store.yaml",
        "apps/pipelines-mlops/configmap-feature-store.yaml",
    ]
    own, copy = copies.values()
    assert own == copy


def _step(plan):
    """Return the only step of the only pipeline of *plan*."""
    [template] = [
        one
        for each in argo.emit(plan, SHAPES)
        for one in each.objects
        if one["kind"] == "WorkflowTemplate"
    ]
    return template["spec"]["templates"][1]


def _variables(rows):
    return {row["name"]: row["value"] for row in rows}


def test_a_step_finds_the_configuration_and_the_data():
    step = _step(_plan({"a": {"features": "read", "steps": {"x": STEP}}}))

    variables = _variables(step["container"]["env"])
    folder = {mount["name"]: mount["mountPath"] for mount in step["container"]["volumeMounts"]}
    assert variables["FEAST_FS_YAML_FILE_PATH"] == f"{folder['feature-store']}/feature_store.yaml"
    assert variables["FEATURE_DATA_URI"] == "s3://acme-artifacts-dev/features/data"
    assert {"name": "feature-store", "configMap": {"name": "feature-store"}} in step["volumes"]


def test_a_step_without_features_finds_nothing():
    step = _step(_plan({"a": {"steps": {"x": STEP}}}))

    assert [row for row in step["container"]["env"] if row["name"].startswith("FEA")] == []
    assert [each["name"] for each in step["volumes"]] == ["temporary"]


def test_what_a_step_sets_itself_stands():
    own = {**STEP, "env": {"FEATURE_DATA_URI": "s3://elsewhere"}}
    step = _step(_plan({"a": {"features": "read", "steps": {"x": own}}}))

    assert _variables(step["container"]["env"])["FEATURE_DATA_URI"] == "s3://elsewhere"


@pytest.mark.parametrize(
    ("front", "expected"),
    [
        (FRONT, "http://feast.feast.svc:6566"),
        ({**FRONT, "features": False}, None),
        ({**FRONT, "env": {"FEATURE_SERVER_URL": "http://mine"}}, "http://mine"),
    ],
)
def test_a_transformer_finds_the_server(front, expected):
    plan = a_plan(
        components={"feast": {}, "kserve": {}}, models={"iris": {**IRIS, "transformer": front}}
    )
    [service] = [
        one
        for each in kserve.emit(plan, SHAPES)
        for one in each.objects
        if one["kind"] == "InferenceService"
    ]
    [container] = service["spec"]["transformer"]["containers"]

    assert _variables(container.get("env", [])).get("FEATURE_SERVER_URL") == expected
