from __future__ import annotations

from mlopsgen.emit import kserve, monitors
from mlopsgen.facts import component
from mlopsgen.names import INFERENCE_SERVICE_LABEL, RUNTIME_LABEL
from mlopsgen.resources import TEMPLATES
from mlopsgen.shapes import Shapes
from tests.build import a_plan, reference_plan
from tests.conformance.schemas import faults

SHAPES = Shapes(TEMPLATES)
IRIS = {"runtime": "sklearn", "source": "s3://acme-models/iris"}
FLOWER = {"runtime": "mlflow", "source": "s3://acme-models/flower"}


def _monitors(plan):
    return {
        one["metadata"]["name"]: one
        for artifact in monitors.emit(plan, SHAPES)
        for one in artifact.objects
    }


def _emitted(models=None, components=None, **sections):
    installed = {"prometheus": {}, **(components or {})}
    return _monitors(a_plan(components=installed, models=models or {}, **sections))


def _endpoint(monitor):
    spec = monitor["spec"]
    [endpoint] = spec.get("podMetricsEndpoints") or spec["endpoints"]
    return endpoint


def test_the_reference_monitors_pass_the_schemas_of_the_cluster():
    plan = reference_plan()

    found = {name: faults(one) for name, one in _monitors(plan).items()}

    assert {name: messages for name, messages in found.items() if messages} == {}
    assert set(found) == {
        "argocd-controller",
        "argocd-repo-server",
        "argocd-server",
        "aws-load-balancer-controller-controller",
        "cert-manager-cainjector",
        "cert-manager-controller",
        "cert-manager-webhook",
        "external-secrets-cert-controller",
        "external-secrets-controller",
        "external-secrets-webhook",
        "karpenter-controller",
        "kserve-controller",
        "models-mlops-mlflow",
        "models-mlops-vllm",
    }


def test_every_monitor_lies_beside_prometheus_and_looks_into_one_namespace():
    for artifact in monitors.emit(reference_plan(), SHAPES):
        [monitor] = artifact.objects
        name, kind = monitor["metadata"]["name"], monitor["kind"].lower()
        assert artifact.path == f"apps/monitoring/{kind}-monitoring.{name}.yaml"
        assert monitor["metadata"]["namespace"] == "monitoring"
        assert monitor["metadata"]["labels"]["release"] == "prometheus"
        assert len(monitor["spec"]["namespaceSelector"]["matchNames"]) == 1


def test_models_are_found_by_the_label_and_port_that_their_pods_have():
    plan = a_plan(components={"prometheus": {}}, models={"iris": IRIS, "flower": FLOWER})
    services = [
        one
        for artifact in kserve.emit(plan, SHAPES)
        for one in artifact.objects
        if one["kind"] == "InferenceService"
    ]

    found = {
        monitor["spec"]["selector"]["matchLabels"][RUNTIME_LABEL]: _endpoint(monitor)["port"]
        for monitor in _monitors(plan).values()
    }

    assert found == {"sklearn": "http", "mlflow": "metrics"}
    for service in services:
        ports = {one["name"] for one in service["spec"]["predictor"]["model"]["ports"]}
        assert found[service["metadata"]["labels"][RUNTIME_LABEL]] in ports


def test_series_of_models_say_which_model_they_are_of():
    [monitor] = _emitted({"iris": IRIS}).values()

    [relabeling] = _endpoint(monitor)["relabelings"]
    source = "__meta_kubernetes_pod_label_serving_kserve_io_inferenceservice"
    assert INFERENCE_SERVICE_LABEL == "serving.kserve.io/inferenceservice"
    assert relabeling["sourceLabels"] == [source]
    assert relabeling["targetLabel"] == "inference_service"


def test_models_of_one_runtime_share_a_monitor_within_their_namespace():
    other = {**IRIS, "namespace": "search"}
    found = _emitted(
        {"iris": IRIS, "rose": IRIS, "ranking": other}, namespaces={"mlops": {}, "search": {}}
    )

    assert sorted(found) == ["models-mlops-sklearn", "models-search-sklearn"]
    spaces = found["models-search-sklearn"]["spec"]["namespaceSelector"]["matchNames"]
    assert spaces == ["search"]


def test_a_server_of_your_own_is_scraped_where_you_say_and_for_itself():
    own = {
        "runtime": "custom",
        "source": "s3://acme-models/own",
        "container": {"image": "ghcr.io/acme/own:1.0.0", "metrics": {"port": 9100, "path": "/m"}},
    }
    silent = {**own, "container": {"image": "ghcr.io/acme/own:1.0.0"}}

    emitted = _emitted({"one": own, "two": own, "three": silent})

    names = {f"models-mlops-custom-{name}" for name in ("one", "two")}
    assert names <= emitted.keys()
    assert "models-mlops-custom-three" not in emitted
    monitor = emitted["models-mlops-custom-one"]
    assert monitor["spec"]["selector"]["matchLabels"] == {
        RUNTIME_LABEL: "custom",
        "app.kubernetes.io/name": "one",
    }
    assert (_endpoint(monitor)["port"], _endpoint(monitor)["path"]) == ("metrics", "/m")


def test_a_chart_that_argo_cd_installs_makes_its_own_monitor():
    monitors = _emitted(components={"argocd": {}, "dcgm-exporter": {}})

    assert not [name for name in monitors if name.startswith("dcgm-exporter")]


def test_a_chart_that_terraform_installs_is_monitored_by_us():
    facts = component("dcgm-exporter")

    monitor = _emitted(components={"dcgm-exporter": {"owner": "terraform"}})[
        "dcgm-exporter-exporter"
    ]

    endpoint, workload = _endpoint(monitor), facts.workloads["exporter"]
    assert monitor["spec"]["selector"]["matchLabels"] == workload.labels
    assert endpoint["port"] in workload.ports
    assert endpoint["honorLabels"] is facts.metrics[0].honor_labels is False
    assert endpoint["relabelings"] == [
        {"action": "replace", "targetLabel": "job", "replacement": "dcgm-exporter"}
    ]


def test_mlflow_keeps_its_job_whoever_installs_it():
    sections = {"storage": {"artifacts": {"bucket": "acme-artifacts"}, "database": {}}}

    monitor = _emitted(components={"mlflow": {"owner": "terraform"}}, **sections)["mlflow-server"]

    assert _endpoint(monitor)["port"] == "mlflow"
    assert _endpoint(monitor)["relabelings"][0]["replacement"] == "mlflow"


def test_prometheus_is_never_monitored_by_us():
    assert _emitted(components={"prometheus": {"owner": "terraform"}}) == {}


def test_kserve_is_shown_a_token_because_it_asks_for_one():
    monitor = _emitted(components={"kserve": {}, "cert-manager": {}})["kserve-controller"]

    endpoint = _endpoint(monitor)
    assert monitor["kind"] == "ServiceMonitor"
    assert (endpoint["scheme"], endpoint["targetPort"]) == ("https", 8443)
    assert endpoint["bearerTokenFile"].startswith("/var/run/secrets/kubernetes.io/")
    assert endpoint["tlsConfig"] == {"insecureSkipVerify": True}


def test_metrics_keep_their_own_labels_where_the_catalogue_says_so():
    found = _monitors(reference_plan())

    kept = {name for name, one in found.items() if _endpoint(one).get("honorLabels")}
    assert "external-secrets-controller" in kept
    assert "karpenter-controller" not in kept


def test_without_prometheus_there_is_nothing_to_monitor_with():
    assert _monitors(a_plan(models={"iris": IRIS}, components={"kserve": {}})) == {}
