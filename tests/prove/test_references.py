import pytest

from mlopsgen.prove.emitted import TFVARS, Emitted
from mlopsgen.prove.references import RULES, proved
from tests.prove.emitting import golden, reference, set_to, spoiled, taken, without

MODELS = "apps/models-mlops"
MISTRAL = f"{MODELS}/inferenceservice-mistral-7b.yaml"
IRIS = f"{MODELS}/inferenceservice-iris.yaml"
PIPELINE = "apps/pipelines-mlops/workflowtemplate-iris-training.yaml"
STORE = "apps/secrets/secretstore-mlops.aws-secrets-manager.yaml"
FEAST = "apps/feast/deployment-feast.yaml"
TRAIN = "apps/pipelines-training/workflowtemplate-train.yaml"
RANKING = "apps/models-serving/inferenceservice-ranking.yaml"
SENSOR = "apps/triggers/sensor-argo-events.report.yaml"
SOURCE = "apps/triggers/eventsource-argo-events.report.yaml"
BUDGET = "apps/models-serving/poddisruptionbudget-ranking.yaml"
POD_MONITOR = "apps/monitoring/podmonitor-monitoring.models-mlops-vllm.yaml"
MONITOR = "apps/monitoring/servicemonitor-monitoring.kserve-controller.yaml"


def _found(emitted):
    return [(finding.code, finding.message) for finding in proved(emitted)]


def test_every_name_of_the_reference_platform_leads_somewhere():
    assert _found(Emitted.of(*reference())) == []


def _env(found, name):
    """Return the route to a variable of the first container that has it."""
    [body] = next(each.body for each in found[1] if each.path == PIPELINE)
    for index, template in enumerate(body["spec"]["templates"]):
        for at, row in enumerate(template.get("container", {}).get("env", ())):
            if row["name"] == name:
                return ("spec", "templates", index, "container", "env", at, "value")
    raise AssertionError(name)


def _secret_route(source, path):
    [body] = next(each.body for each in source[1] if each.path == path)
    rows = body["spec"]["predictor"]["containers"][0]["env"]
    [index] = [at for at, row in enumerate(rows) if "valueFrom" in row][:1]
    return (
        "spec", "predictor", "containers", 0, "env", index, "valueFrom", "secretKeyRef",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("source", "path", "edit", "told"),
    [
        (reference(), IRIS, set_to("spec", "predictor", "serviceAccountName", value="x"),
         "ServiceAccount `mlops/x`"),
        (reference(), IRIS, set_to("spec", "predictor", "model", "runtime", value="kserve-mlserve"),
         "ClusterServingRuntime `kserve-mlserve`, which isn't there; there is `kserve-mlserver`"),
        (reference(), MISTRAL, set_to(*_secret_route(reference(), MISTRAL), "name", value="x"),
         "Secret `mlops/x`"),
        (reference(), MISTRAL, set_to(*_secret_route(reference(), MISTRAL), "key", value="HF_TOKE"),
         "with `HF_TOKE`, which isn't there; there is `HF_TOKEN`"),
        (reference(), MISTRAL, set_to("spec", "predictor", "volumes", value=[]),
         "names the volume"),
        (reference(), MISTRAL, set_to("spec", "predictor", "priorityClassName", value="mlops-hgh"),
         "PriorityClass `mlops-hgh`"),
        (reference(), STORE,
         set_to("spec", "provider", "aws", "auth", "jwt", "serviceAccountRef", "name", value="x"),
         "ServiceAccount `mlops/x`"),
        (reference(), f"{MODELS}/externalsecret-model-mistral-7b-secrets.yaml",
         set_to("spec", "secretStoreRef", "name", value="x"), "SecretStore `mlops/x`"),
        (reference(), IRIS, set_to("spec", "predictor", "model", "ports", 0, "name", value="web"),
         "names the port of its own `http`"),
        (reference(), "apps/namespaces/rolebinding-mlops.owners.yaml",
         set_to("roleRef", "apiGroup", value="rbac.example.com"),
         "names the rbac.example.com/Role `mlops/owners`"),
        (reference(), "apps/namespaces/rolebinding-mlops.owners.yaml",
         set_to("roleRef", "name", value="x"), "Role `mlops/x`"),
        (reference(), "apps/namespaces/rolebinding-argo.memo-caches.yaml",
         set_to("subjects", 0, "name", value="x"), "ServiceAccount `argo/x`"),
        (reference(), "apps/namespaces/role-argo.memo-caches.yaml",
         set_to("rules", 1, "resourceNames", value=["x"]), "memoization cache"),
        (reference(), "apps/namespaces/role-argo.memo-caches.yaml", taken("rules", 1),
         "memoization cache"),
        (reference(), "apps/node-pools/nodepool-gpu-workloads.yaml",
         set_to("spec", "template", "spec", "nodeClassRef", "name", value="x"),
         "EC2NodeClass `x`"),
        (reference(), f"{MODELS}/ingress-iris.yaml",
         set_to("spec", "ingressClassName", value="nginx"), "IngressClass `nginx`"),
        (reference(), IRIS, set_to("metadata", "namespace", value="mlop"), "Namespace `mlop`"),
        (reference(), POD_MONITOR, set_to("spec", "namespaceSelector", "matchNames", value=["x"]),
         "Namespace `x`"),
        (reference(), "argocd/application-models-mlops.yaml", set_to("spec", "project", value="x"),
         "AppProject `x`"),
        (reference(), "argocd/application-models-mlops.yaml",
         set_to("spec", "source", "path", value="generated/dev/apps/model-mlops"),
         "folder `generated/dev/apps/model-mlops`"),
        (reference(), "argocd/application-kserve.yaml",
         set_to("spec", "sources", 0, "helm", "valueFiles", value=["$values/generated/dev/x.yaml"]),
         "file `generated/dev/x.yaml`"),
        (reference(), "helm/mlflow.yaml",
         set_to("backendStore", "existingDatabaseSecret", "name", value="x"),
         "of the Secret `mlflow/x`"),
        (reference(), "helm/mlflow.yaml",
         set_to("backendStore", "existingDatabaseSecret", "passwordKey", value="pass"),
         "reads `pass`"),
        (golden("features"), FEAST,
         set_to("spec", "template", "spec", "volumes", 0, "configMap", "name", value="x"),
         "ConfigMap `feast/x`"),
        (golden("features"), FEAST,
         set_to("spec", "template", "spec", "serviceAccountName", value="x"),
         "ServiceAccount `feast/x`"),
        (golden("events"), SENSOR, set_to("spec", "eventBusName", value="x"), "EventBus"),
        (golden("events"), SENSOR,
         set_to("spec", "dependencies", 0, "eventSourceName", value="x"), "EventSource"),
        (golden("events"), SENSOR, set_to("spec", "dependencies", 0, "eventName", value="x"),
         "with `x`"),
        (golden("events"), SENSOR, set_to("spec", "dependencies", 0, "name", value="x"),
         "dependency"),
        (golden("events"), SENSOR,
         set_to("spec", "triggers", 0, "template", "k8s", "source", "resource", "spec",
                "workflowTemplateRef", "name", value="x"), "WorkflowTemplate `training/x`"),
        (golden("events"), SENSOR, set_to("spec", "template", "serviceAccountName", value="x"),
         "ServiceAccount `argo-events/x`"),
        (golden("events"), SOURCE, set_to("spec", "template", "serviceAccountName", value="x"),
         "ServiceAccount `argo-events/x`"),
        (golden("gateway"), f"{MODELS}.2/httproute-iris.yaml",
         set_to("spec", "parentRefs", 0, "name", value="x"), "Gateway `ingress/x`"),
        (golden("gateway"), f"{MODELS}.2/httproute-iris.yaml",
         set_to("spec", "parentRefs", 0, "sectionName", value="x"), "with `x`"),
    ],
)  # fmt: skip
def test_a_name_of_nothing_is_found(source, path, edit, told):
    found = _found(spoiled(source, path, edit))

    assert "RESOLVE001" in {code for code, _ in found}
    assert any(told in message for _, message in found), found


@pytest.mark.parametrize(
    "path",
    [
        f"{MODELS}/serviceaccount-model-iris.yaml",
        f"{MODELS}/externalsecret-model-mistral-7b-secrets.yaml",
        STORE,
        "apps/namespaces/namespace-mlops.yaml",
        "apps/namespaces/role-mlops.owners.yaml",
        "apps/node-pools/ec2nodeclass-gpu-workloads.yaml",
        "argocd/appproject-mlops.yaml",
        "helm/kserve.yaml",
    ],
)
def test_what_others_name_cannot_be_left_out(path):
    assert "RESOLVE001" in {code for code, _ in _found(without(reference(), path))}


@pytest.mark.parametrize(
    ("source", "path", "edit", "told"),
    [
        (reference(), PIPELINE,
         set_to(*_env(reference(), "MLFLOW_TRACKING_URI"), value="http://mlflow.mlflow.svc:5000"),
         "calls port `5000` of `mlflow.mlflow.svc`; it has `80`, `http`"),
        (reference(), PIPELINE,
         set_to(*_env(reference(), "MLFLOW_TRACKING_URI"), value="http://tracking.mlflow.svc:80"),
         "calls `tracking.mlflow.svc`; there is no such Service"),
        (reference(), "helm/mlflow.yaml",
         set_to("extraEnvVars", "MLFLOW_SERVER_ALLOWED_HOSTS", value="mlflow.example.com"),
         "calls MLflow as `mlflow.mlflow.svc:80`"),
        (reference(), "helm/grafana.yaml",
         set_to("datasources", "datasources.yaml", "datasources", 0, "url",
                value="http://prometheus.monitoring.svc:9090"),
         "`prometheus.monitoring.svc`"),
        (reference(), f"{MODELS}/ingress-iris.yaml",
         set_to("metadata", "annotations", "alb.ingress.kubernetes.io/actions.by-weight",
                value='{"type":"forward","forwardConfig":{"targetGroups":'
                      '[{"serviceName":"iris","servicePort":80}]}}'),
         "calls `iris.mlops.svc`"),
        (reference(), f"{MODELS}/ingress-iris.yaml",
         taken("metadata", "annotations", "alb.ingress.kubernetes.io/actions.by-weight"),
         "calls `by-weight.mlops.svc`"),
        (reference(), "apps/entrances/ingress-mlflow.mlflow.yaml",
         set_to("spec", "rules", 0, "http", "paths", 0, "backend", "service", "port",
                value={"number": 5000}), "calls port `5000`"),
        (golden("gateway"), f"{MODELS}.2/httproute-iris.yaml",
         set_to("spec", "rules", 0, "backendRefs", 0, "name", value="iris-predictor-canary"),
         "calls `iris-predictor-canary.mlops.svc`"),
        (golden("gateway"), f"{MODELS}.2/httproute-iris.yaml",
         set_to("spec", "rules", 0, "backendRefs", 0, "port", value=8080), "calls port `8080`"),
        (golden("features"), "apps/feast/service-feast.yaml",
         set_to("spec", "ports", 0, "port", value=80), "calls port `6566` of `feast.feast.svc`"),
        (golden("features"), "apps/feast/service-feast.yaml",
         set_to("metadata", "name", value="features"), "calls `feast.feast.svc`"),
    ],
)  # fmt: skip
def test_an_address_that_nobody_answers_is_found(source, path, edit, told):
    found = _found(spoiled(source, path, edit))

    assert "RESOLVE002" in {code for code, _ in found}
    assert any(told in message for _, message in found), found


@pytest.mark.parametrize(
    ("text", "judged"),
    [
        ("http://nobody.mlflow.svc:80/path", True),
        ("nobody.mlflow.svc.cluster.local:53", True),
        ("http://user:word@nobody.mlflow.svc./", True),
        ("https://nobody.mlflow.svc.example.com", False),
        ("a.nobody.mlflow.svc", False),
        ("nobody.mlflow.svcs", False),
        ("http://nobody.mlops.svc", False),
        ("http://nobody.elsewhere.svc", False),
        ("http://nobody.example.com", False),
    ],
)
def test_only_names_of_services_in_our_namespaces_are_judged(text, judged):
    edit = set_to(*_env(reference(), "MLFLOW_EXPERIMENT_NAME"), value=text)

    found = _found(spoiled(reference(), PIPELINE, edit))

    assert [code for code, _ in found] == ["RESOLVE002"] * judged


def _transformer_args():
    [body] = next(each.body for each in golden("features")[1] if each.path == RANKING)
    args = body["spec"]["transformer"]["containers"][0]["args"]
    return next(at for at, arg in enumerate(args) if arg.startswith("--predictor_host="))


def test_a_transformer_calls_a_service_that_kserve_makes():
    place = ("spec", "transformer", "containers", 0, "args", _transformer_args())
    for wrong in ("ranking.serving", "ranking-predictor.serving:8080"):
        edit = set_to(*place, value=f"--predictor_host={wrong}")
        found = _found(spoiled(golden("features"), RANKING, edit))
        own = wrong.endswith("8080")
        assert bool(found) is own, found


def test_scalers_ask_a_prometheus_that_is_there():
    [path] = [
        each.path
        for each in golden("scaling")[1]
        for body in each.objects
        if body["kind"] == "InferenceService" and "autoScaling" in body["spec"]["predictor"]
    ][:1]
    place = ("spec", "predictor", "autoScaling", "metrics", 0, "external", "metric")
    edit = set_to(*place, "serverAddress", value="http://prometheus.monitoring.svc:9090")

    found = _found(spoiled(golden("scaling"), path, edit))

    assert [code for code, _ in found] == ["RESOLVE002"]


@pytest.mark.parametrize(
    ("source", "path", "edit", "told"),
    [
        (golden("features"), BUDGET,
         set_to("spec", "selector", "matchLabels", value={"app": "iris"}),
         "selects no pod by `app=iris`"),
        (reference(), POD_MONITOR,
         set_to("spec", "selector", "matchLabels", "mlopsgen/runtime", value="vlm"),
         "selects no pod"),
        (reference(), POD_MONITOR, set_to("spec", "podMetricsEndpoints", 0, "port", value="metric"),
         "names the port `metric`"),
        (reference(), MONITOR,
         set_to("spec", "selector", "matchLabels", "control-plane", value="x"),
         "selects no Service"),
        (reference(), MONITOR, set_to("spec", "endpoints", 0, "targetPort", value=1234),
         "names the port `1234`"),
        (golden("features"), RANKING, taken("metadata", "labels", "mlopsgen/runtime"),
         "selects no pod"),
        (golden("features"), "apps/feast/service-feast.yaml",
         set_to("spec", "selector", "app.kubernetes.io/component", value="x"), "selects no pod"),
        (golden("features"), "apps/feast/service-feast.yaml",
         set_to("spec", "ports", 0, "targetPort", value="web"), "names the port `web`"),
        (golden("features"), FEAST,
         set_to("spec", "template", "metadata", "labels", value={"app.kubernetes.io/name": "f"}),
         "selects no pod"),
        (golden("features"), FEAST,
         set_to("spec", "template", "spec", "topologySpreadConstraints", 0, "labelSelector",
                "matchLabels", value={"app": "x"}), "selects none of its own pods by `app=x`"),
        (golden("features"), "apps/feast/poddisruptionbudget-feast.yaml",
         set_to("spec", "selector", "matchLabels", value={"app": "feast"}), "selects no pod"),
        (golden("events"), "apps/triggers/poddisruptionbudget-argo-events.event-bus.yaml",
         set_to("spec", "selector", "matchLabels", "eventbus-name", value="x"), "selects no pod"),
    ],
)  # fmt: skip
def test_a_selector_that_selects_nothing_is_found(source, path, edit, told):
    found = _found(spoiled(source, path, edit))

    assert "RESOLVE003" in {code for code, _ in found}
    assert any(told in message for _, message in found), found


@pytest.mark.parametrize(
    ("source", "path", "edit", "told"),
    [
        (reference(), IRIS, set_to("metadata", "name", value="x" * 48),
         f"makes `{'x' * 48}-predictor-mlops`, 64 characters long; 63 are taken"),
        (reference(), "argocd/application-kserve.yaml",
         set_to("metadata", "name", value="k" * 64), "64 characters long; 63 are taken"),
        (reference(), "apps/pipelines-mlops/cronworkflow-iris-training.yaml",
         set_to("metadata", "name", value="c" * 53), "53 characters long; 52 are taken"),
        (reference(), f"{MODELS}/ingress-iris.yaml",
         set_to("metadata", "annotations", "alb.ingress.kubernetes.io/group.name", value="g" * 64),
         "64 characters long; 63 are taken"),
        (reference(), f"{MODELS}/inferenceservice-iris-canary.yaml",
         set_to("metadata", "name", value="iris"), "makes the Service `mlops/iris-predictor`"),
        (reference(), f"{MODELS}/externalsecret-model-mistral-7b-secrets.yaml",
         set_to("spec", "target", "name", value="x"), "Secret `mlops/"),
        (golden("features"), "apps/feast/service-feast.yaml",
         set_to("metadata", "namespace", value="serving"), "Service"),
    ],
)  # fmt: skip
def test_names_that_are_made_of_others_are_measured(source, path, edit, told):
    found = _found(spoiled(source, path, edit))

    assert any(told in message for _, message in found), found


def test_two_secrets_of_one_name_undo_each_other():
    planned, artifacts = reference()
    path = f"{MODELS}/externalsecret-model-mistral-7b-secrets.yaml"
    [first] = [each for each in artifacts if each.path == path]
    second = {**first.body[0], "metadata": {**first.body[0]["metadata"], "name": "another"}}
    both = [*artifacts, type(first)(
        path="apps/models-mlops/externalsecret-another.yaml", body=(second,),
        emitter="test", origin=first.origin,
    )]  # fmt: skip

    assert [code for code, _ in _found(Emitted.of(planned, both))] == ["RESOLVE004"]


def test_a_queue_with_a_name_too_long_for_sqs_is_counted():
    queues = next(each.body for each in golden("events")[1] if each.path == TFVARS)["event_queues"]
    name = next(iter(queues))

    edit = set_to("event_queues", name, "dead_letters", "name", value="q" * 81)

    [(code, message)] = _found(spoiled(golden("events"), TFVARS, edit))
    assert code == "RESOLVE004"
    assert message.endswith("81 characters long; 80 are taken")


def test_every_finding_says_where_why_and_what_to_do():
    edit = set_to("spec", "predictor", "serviceAccountName", value="x")

    [finding, *_] = proved(spoiled(reference(), IRIS, edit))

    assert finding.at == ("models", "iris")
    assert finding.why
    assert finding.fix


def test_codes_are_unique_and_in_order():
    codes = [rule.code for rule in RULES]

    assert codes == sorted(set(codes))
