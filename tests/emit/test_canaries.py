"""What KServe 0.20 is given for a canary: an entry of the model's own service."""

from __future__ import annotations

import pytest

from mlopsgen.emit import alerts, argocd, helm, kserve, monitors, network, routes, terraform
from mlopsgen.prove import schemas
from mlopsgen.resources import TEMPLATES
from mlopsgen.shapes import Shapes
from tests.build import a_plan

SHAPES = Shapes(TEMPLATES)
NEW = {"kserve": {"chart": "0.20.0"}, "cert-manager": {}, "prometheus": {}}
IRIS = {
    "runtime": "mlflow",
    "source": "s3://acme-models/iris/1",
    "canary": {
        "source": "s3://acme-models/iris/2",
        "weight": 10,
        "header": {"name": "X-Canary", "value": "always"},
        "thresholds": {"latencyP95": "500ms"},
    },
    "exposure": {"alb": "internal", "host": "iris.example.com"},
}
KIND = "serving.kserve.io/v1beta1", "InferenceService"
FRONT = {"image": "ghcr.io/acme/front:1.0.0"}
PREDICTOR = {
    "annotations", "automountServiceAccountToken", "containers", "deploymentStrategy",
    "enableServiceLinks", "minReplicas", "model", "name", "nodeSelector", "priorityClassName",
    "securityContext", "serviceAccountName", "terminationGracePeriodSeconds", "tolerations",
    "topologySpreadConstraints", "volumes",
}  # fmt: skip
"""What may be written of spec.canary[].predictor: kserve v0.20.0
charts/kserve-crd/templates/serving.kserve.io_inferenceservices.yaml."""


def _plan(components=NEW, gateways=None, **keys):
    models = {"iris": IRIS | keys}
    return a_plan(components=components, models=models, gateways=gateways or {})


def _at(version, **keys):
    return _plan({**NEW, "kserve": {"chart": version}}, **keys)


def _objects(emitter, plan):
    return {
        (one["kind"], one["metadata"]["name"]): one
        for artifact in emitter.emit(plan, SHAPES)
        for one in artifact.objects
    }


def _service(plan):
    return _objects(kserve, plan)["InferenceService", "iris"]


def _canary(document):
    [entry] = document["spec"]["canary"]
    return entry


def _with(document, **spec):
    return {**document, "spec": {**document["spec"], **spec}}


def test_one_service_has_both_versions():
    found = _objects(kserve, _plan())
    document = found["InferenceService", "iris"]

    assert [name for kind, name in found if kind == "InferenceService"] == ["iris"]
    assert document["spec"]["predictor"]["model"]["storageUri"] == "s3://acme-models/iris/1/"
    assert _canary(document)["predictor"]["model"]["storageUri"] == "s3://acme-models/iris/2/"
    assert _canary(document)["trafficPercent"] == 10


def test_an_older_kserve_has_two_services():
    found = _objects(kserve, _at("0.16.0"))

    names = [name for kind, name in found if kind == "InferenceService"]
    assert names == ["iris", "iris-canary"]
    assert all("canary" not in each["spec"] for each in found.values() if "spec" in each)


def test_the_canary_says_all_that_its_model_says_but_how_it_scales():
    document = _service(_plan(scale={"min": 2, "max": 6}, priority="high"))
    model, canary = document["spec"]["predictor"], _canary(document)["predictor"]

    assert set(model) - set(canary) == {"maxReplicas", "scaleMetric", "scaleTarget"}
    assert set(canary) - set(model) == {"name", "annotations"}
    assert set(canary) <= PREDICTOR
    assert canary["annotations"] == {"serving.kserve.io/autoscalerClass": "none"}
    assert (model["minReplicas"], model["maxReplicas"], canary["minReplicas"]) == (4, 6, 2)


def test_the_model_of_a_canary_has_the_name_that_its_crd_requires():
    document = _service(_plan())

    assert _canary(document)["predictor"]["model"]["name"] == "kserve-container"
    assert "name" not in document["spec"]["predictor"]["model"]


def test_both_versions_are_spread_and_drained_apart():
    found = _objects(kserve, _plan(scale={"min": 2, "max": 2}))
    document = found["InferenceService", "iris"]
    predictors = {
        "iris": document["spec"]["predictor"],
        "iris-canary": _canary(document)["predictor"],
    }

    for name, predictor in predictors.items():
        apart = {"app": f"isvc.{name}-predictor"}
        spread = predictor["topologySpreadConstraints"]
        assert [each["labelSelector"]["matchLabels"] for each in spread] == [apart, apart]
        budget = found["PodDisruptionBudget", name]["spec"]
        assert budget["selector"]["matchLabels"] == apart


def test_one_replica_of_a_canary_has_no_budget_and_inherits_no_spread():
    found = _objects(kserve, _plan(scale={"min": 4, "max": 5}))
    predictor = _canary(found["InferenceService", "iris"])["predictor"]

    assert predictor["minReplicas"] == 1
    assert ("PodDisruptionBudget", "iris-canary") not in found
    selectors = [each["labelSelector"] for each in predictor["topologySpreadConstraints"]]
    assert selectors == [{"matchLabels": {"app": "isvc.iris-canary-predictor"}}] * 2


def _pods(document, place):
    """Return what decides the pods of a version, so that they are replaced when it changes."""
    apart = {"minReplicas", "maxReplicas", "scaleMetric", "scaleTarget"}
    return {key: value for key, value in place(document).items() if key not in apart}


def _stable(document):
    return document["spec"]["predictor"]


def _other(document):
    return _canary(document)["predictor"]


def _weighing(weight):
    return {**IRIS["canary"], "weight": weight}


@pytest.mark.parametrize(
    "scale", [{"min": 1, "max": 1}, {"min": 1, "max": 6}, {"min": 3, "max": 9}]
)
def test_no_weight_replaces_a_pod(scale):
    documents = [
        _service(_plan(scale=scale, canary=_weighing(weight))) for weight in (0, 1, 50, 100)
    ]

    for place in (_stable, _other):
        first, *others = (_pods(document, place) for document in documents)
        assert others == [first] * 3


@pytest.mark.parametrize("scale", [{"min": 1, "max": 1}, {"min": 3, "max": 9}])
def test_a_canary_that_comes_or_goes_replaces_no_pod_of_its_model(scale):
    with_one, without = (
        _service(_plan(scale=scale, canary=canary)) for canary in (IRIS["canary"], None)
    )

    assert _pods(with_one, _stable) == _pods(without, _stable)


@pytest.mark.parametrize("version", ["0.16.0", "0.20.0"])
def test_the_load_balancer_splits_between_the_same_services(version):
    ingress = _objects(kserve, _at(version))["Ingress", "iris"]
    actions = ingress["metadata"]["annotations"]["alb.ingress.kubernetes.io/actions.by-weight"]

    assert '"serviceName":"iris-predictor","servicePort":80,"weight":90' in actions
    assert '"serviceName":"iris-canary-predictor","servicePort":80,"weight":10' in actions


def test_so_does_a_gateway():
    gateways = {"web": {"namespace": "in", "pods": {"namespace": "in", "labels": {"a": "b"}}}}
    plan = _plan(gateways=gateways, exposure={"gateway": "web", "host": "iris.example.com"})
    by_header, by_weight = _objects(routes, plan)["HTTPRoute", "iris"]["spec"]["rules"]

    assert [each["name"] for each in by_header["backendRefs"]] == ["iris-canary-predictor"]
    weights = [(each["name"], each["weight"]) for each in by_weight["backendRefs"]]
    assert weights == [("iris-predictor", 90), ("iris-canary-predictor", 10)]


def test_callers_come_to_the_pods_of_each_version():
    policies = _objects(network, _plan())

    for name in ("iris", "iris-canary"):
        selector = policies["NetworkPolicy", f"model-{name}"]["spec"]["podSelector"]
        assert selector == {"matchLabels": {"app": f"isvc.{name}-predictor"}}


def test_series_are_named_by_what_tells_the_pods_apart():
    found = {}
    for version in ("0.16.0", "0.20.0"):
        monitor = _objects(monitors, _at(version))["PodMonitor", "models-mlops-mlflow"]
        [found[version]] = monitor["spec"]["podMetricsEndpoints"][0]["relabelings"]

    assert found["0.16.0"]["sourceLabels"] == [
        "__meta_kubernetes_pod_label_serving_kserve_io_inferenceservice"
    ]
    assert found["0.20.0"]["sourceLabels"] == ["__meta_kubernetes_pod_label_app"]
    assert found["0.20.0"]["regex"] == r"isvc\.(.+)-predictor"
    assert "regex" not in found["0.16.0"]


def test_a_gate_asks_for_the_same_series_either_way():
    old, new = (
        [each.body for each in alerts.emit(_at(version), SHAPES) if "canary" in each.path]
        for version in ("0.16.0", "0.20.0")
    )

    assert old == new
    assert "iris-canary" in str(new)


def test_what_is_written_keeps_to_the_contract_of_its_version():
    document = _service(_plan(scale={"min": 2, "max": 6}))

    assert schemas.contract(*KIND, "canary").is_valid(document)
    assert not schemas.contract(*KIND).is_valid(document)


@pytest.mark.parametrize(
    "spoilt",
    [
        {"maxReplicas": 3},
        {"scaleMetric": "cpu"},
        {"autoScaling": {}},
        {"minReplicas": 0},
        {"name": "stable"},
        {"annotations": {}},
        {"workerSpec": {}},
    ],
)
def test_what_the_webhook_refuses_of_a_canary_the_contract_refuses(spoilt):
    document = _service(_plan())
    entry = _canary(document)
    entry = {**entry, "predictor": {**entry["predictor"], **spoilt}}

    assert not schemas.contract(*KIND, "canary").is_valid(_with(document, canary=[entry]))


@pytest.mark.parametrize("percent", [-1, 101, "10", None])
def test_the_share_is_a_whole_percentage(percent):
    document = _service(_plan())
    entry = {**_canary(document), "trafficPercent": percent}

    assert not schemas.contract(*KIND, "canary").is_valid(_with(document, canary=[entry]))


def test_a_name_of_the_models_own_server_is_refused():
    document = _service(_plan())
    predictor = document["spec"]["predictor"]
    named = {**predictor, "model": {**predictor["model"], "name": "kserve-container"}}

    faults = list(schemas.contract(*KIND, "canary").iter_errors(_with(document, predictor=named)))

    assert [schemas.described(each) for each in faults] == ["a model without a `name`"]


def test_a_transformer_beside_a_canary_is_refused():
    front = _service(_plan(transformer=FRONT))["spec"]["transformer"]
    document = _with(_service(_plan()), transformer=front)

    faults = list(schemas.contract(*KIND, "canary").iter_errors(document))

    assert [schemas.described(each) for each in faults] == [
        "without a `transformer` where it has a `canary`"
    ]


def _leaves(node, way=""):
    for key, child in node.items():
        if isinstance(child, dict) and child:
            yield from _leaves(child, f"{way}{key}.")
        else:
            yield f"{way}{key}"


def test_the_runtimes_of_the_newer_chart_come_after_its_controller():
    plan = a_plan(
        components={"argocd": {}, "cert-manager": {}, "kserve": {"chart": "0.20.0"}},
        gitops={"repository": "https://github.com/acme/platform.git"},
    )
    found = _objects(argocd, plan)
    both = [found["Application", name] for name in ("kserve", "kserve-runtime-configs")]
    waves = [int(each["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"]) for each in both]
    sources = [each["spec"]["sources"][0] for each in both]

    assert waves[0] < waves[1]
    assert sources[0]["helm"]["valueFiles"] == sources[1]["helm"]["valueFiles"]
    assert [each["chart"] for each in sources] == ["kserve-resources", "kserve-runtime-configs"]
    assert ["ignoreDifferences" in each["spec"] for each in both] == [True, False]


@pytest.mark.parametrize(("version", "asked"), [("0.16.0", False), ("0.20.0", True)])
def test_the_values_are_keys_of_the_version_and_ask_for_its_runtimes(version, asked):
    plan = _at(version)
    [values] = [each.body for each in helm.emit(plan, SHAPES) if "kserve" in each.path]

    takes = plan.parts["kserve"].facts.takes
    assert [key for key in _leaves(values) if not takes(key)] == []
    assert ("servingruntime" in values["kserve"]) is asked


def test_terraform_installs_them_in_that_order_too():
    [artifact] = terraform.emit(_plan(), SHAPES)
    releases = artifact.body["helm_releases"]

    waves = [releases[name]["wave"] for name in ("kserve-crd", "kserve", "kserve-runtime-configs")]
    assert waves == sorted(set(waves))
    assert releases["kserve-runtime-configs"]["values_files"] == ["../helm/kserve.yaml"]


@pytest.mark.parametrize(
    ("version", "port"), [("0.16.0", ("targetPort", 8443)), ("0.20.0", ("port", "https"))]
)
def test_of_two_services_with_the_same_labels_one_is_scraped(version, port):
    monitor = _objects(monitors, _at(version))["ServiceMonitor", "kserve-controller"]
    [endpoint] = monitor["spec"]["endpoints"]

    assert [(key, endpoint[key]) for key in ("port", "targetPort") if key in endpoint] == [port]
