"""What was found by changing fields of the goldens at random: what runs, servers and owners get."""

import pytest

from mlopsgen.prove import prove
from tests.prove.emitting import TFVARS, golden, reference, set_to, spoiled, taken

EVENTS, FEAST = golden("events"), golden("features")
DEMAND, ZOO = golden("pipelines"), golden("runtimes")
SENSOR = "apps/triggers/sensor-argo-events.retrain.yaml"
TRIGGER = ("spec", "triggers", 0, "template")
RUN = (*TRIGGER, "k8s", "source", "resource")
BUS = "apps/triggers/eventbus-argo-events.default.yaml"
SERVER = "apps/feast/deployment-feast.yaml"
CONTAINER = ("spec", "template", "spec", "containers", 0)
TASKS = "apps/pipelines-ml/workflowtemplate-demand.yaml"
PLAIN = "apps/pipelines-ml/workflowtemplate-plain.yaml"
PORT = golden("gateway")
FULL = "apps/models-research/inferenceservice-own-full.yaml"
TASK = ("spec", "templates", 0, "dag", "tasks")
LLM = "apps/models-research/inferenceservice-llm.yaml"
FRONT = "apps/models-research/inferenceservice-front-full.yaml"
IRIS = "apps/models-mlops/inferenceservice-iris.yaml"
TRAINING = "argocd/appproject-mlops-namespace-mlops.yaml"
CRON = "apps/pipelines-mlops/cronworkflow-iris-training.yaml"
TEMPLATE = "apps/pipelines-mlops/workflowtemplate-iris-training.yaml"
BOARD = "apps/monitoring/configmap-monitoring.dashboard-costs.yaml"
PROMETHEUS = "helm/prometheus.yaml"
MLFLOW = ("affinity", "podAntiAffinity", "preferredDuringSchedulingIgnoredDuringExecution", 0)

SPOILED = [
    (EVENTS, SENSOR, set_to(*TRIGGER, "conditions", value="on-in"), "what `new-data` waits for"),
    (
        EVENTS,
        SENSOR,
        set_to(*TRIGGER, "k8s", "parameters", 1, "src", "dataKey", value="body.size"),
        "what runs of `new-data` take of the event",
    ),
    (
        EVENTS,
        SENSOR,
        set_to(*RUN, "spec", "arguments", "parameters", 1, "name", value="sie"),
        "WorkflowTemplate `training/retrain` with `sie`, which isn't there; there is `size`",
    ),
    (
        EVENTS,
        SENSOR,
        set_to(*RUN, "spec", "arguments", "parameters", 2, "value", value="full"),
        "what runs of `new-data` are given",
    ),
    (
        EVENTS,
        SENSOR,
        set_to(*RUN, "metadata", "labels", "mlopsgen/pipeline", value="report"),
        "`mlopsgen/pipeline` of what `new-data` starts",
    ),
    (
        EVENTS,
        BUS,
        set_to(
            "spec", "jetstream", "affinity", "podAntiAffinity",
            "preferredDuringSchedulingIgnoredDuringExecution", 1, "podAffinityTerm",
            "labelSelector", "matchLabels", "controller", value="eventbus-cntroller",
        ),
        "none of its own pods",
    ),
    (FEAST, SERVER, set_to("spec", "selector", "matchLabels", value={"a": "b"}), "it selects"),
    (
        FEAST,
        SERVER,
        taken("spec", "template", "metadata", "annotations", "mlopsgen/configuration"),
        "the configuration they started with",
    ),
    (
        FEAST,
        SERVER,
        set_to(*CONTAINER, "startupProbe", "httpGet", "path", value="/healh"),
        "where its probes ask",
    ),
    (
        FEAST,
        SERVER,
        set_to(
            "spec", "template", "spec", "topologySpreadConstraints", 1, "whenUnsatisfiable",
            value="Whatever",
        ),
        "whenUnsatisfiable",
    ),
    (DEMAND, TASKS, set_to(*TASK, 3, "withItems", 1, "depth", value="7"), "runs for"),
    (DEMAND, TASKS, set_to(*TASK, 5, "withSequence", "count", value="4"), "runs for"),
    (DEMAND, TASKS, set_to(*TASK, 5, "withSequence", "format", value="seed-%3d"), "runs for"),
    (
        DEMAND,
        TASKS,
        taken("spec", "templates", 2, "outputs", "artifacts", 1, "optional"),
        "may not leave",
    ),
    (
        DEMAND,
        TASKS,
        taken("spec", "templates", 2, "outputs", "parameters", 1, "valueFrom", "default"),
        "files and defaults of the texts",
    ),
    (DEMAND, TASKS, set_to("spec", "activeDeadlineSeconds", value=60), "how long a run may take"),
    (
        DEMAND,
        "apps/namespaces/priorityclass-flow-high.yaml",
        set_to("value", value=-100),
        "other pods make room",
    ),
    (
        ZOO,
        LLM,
        set_to("spec", "predictor", "containers", 0, "args", 3, value="--disabe-log-requests"),
        "doesn't know: it ends at once",
    ),
    (
        ZOO,
        FRONT,
        set_to("spec", "transformer", "containers", 0, "command", value=["python", "front"]),
        "platform.yaml says",
    ),
    (
        ZOO,
        "argocd/appproject-zoo-namespace-research.yaml",
        taken("spec", "orphanedResources", "ignore", 1, "name"),
        "the claims that it ignores",
    ),
    (
        reference(),
        IRIS,
        set_to("spec", "predictor", "model", "runtime", value="kserve-lgbserver"),
        "is served by `kserve-lgbserver`",
    ),
    (
        reference(),
        TRAINING,
        set_to("spec", "orphanedResources", "ignore", 0, "kind", value="Wokflow"),
        "what it ignores and nobody knows",
    ),
    (
        reference(),
        TRAINING,
        taken("spec", "roles", 0, "policies", 1),
        "doesn't let owners `sync` `applications`",
    ),
    (reference(), CRON, set_to("spec", "timezone", value="UC"), "when it starts"),
    (
        reference(),
        CRON,
        set_to("spec", "workflowMetadata", "labels", "mlopsgen/pipeline", value="iris"),
        "`mlopsgen/pipeline` of its runs",
    ),
    (
        reference(),
        TEMPLATE,
        set_to("spec", "serviceAccountName", value="model-iris"),
        "a Workflow that people start",
    ),
    (reference(), BOARD, set_to("metadata", "namespace", value="mlops"), "Grafana doesn't show it"),
    (reference(), BOARD, taken("metadata", "labels", "grafana_dashboard"), "Grafana doesn't show"),
    (
        reference(),
        PROMETHEUS,
        set_to("kube-state-metrics", "metricLabelsAllowlist", value=["nodes=[mlopsgen/pol]"]),
        "`/kube-state-metrics/metricLabelsAllowlist` must be a list with the pool",
    ),
    (
        reference(),
        PROMETHEUS,
        set_to("prometheus", "prometheusSpec", "externalLabels", "cluster", value="mlops-pro"),
        "look for it in another cluster",
    ),
    (
        reference(),
        PROMETHEUS,
        set_to("prometheus", "prometheusSpec", "replicas", value=2),
        "service.sessionAffinity: ClientIP",
    ),
    (
        golden("training"),
        "helm/mlflow.yaml",
        set_to(*MLFLOW, "podAffinityTerm", "labelSelector", "matchLabels", value={"app": "mlfow"}),
        "the labels to spread pods by",
    ),
    (
        reference(),
        "helm/argocd.yaml",
        taken("configs", "cm", "resource.customizations.health.serving.kserve.io_InferenceService"),
        "a service that runs is Stopped: False",
    ),
    (
        DEMAND,
        TASKS,
        taken("spec", "templates", 6, "container", "resources", "limits", "nvidia.com/gpu"),
        "the GPUs in the limits of",
    ),
    (DEMAND, PLAIN, taken("spec", "onExit"), "the steps at the end don't run"),
    (
        DEMAND,
        TASKS,
        set_to("spec", "templates", 2, "outputs", "parameters", 1, "valueFrom", "path", value="/x"),
        "files and defaults of the texts",
    ),
    (
        ZOO,
        FULL,
        set_to("spec", "predictor", "containers", 0, "env", 0, "value", value="debug"),
        "the variables that it is given",
    ),
    (
        ZOO,
        TFVARS,
        set_to("eks_managed_node_groups", "gpu", "instance_types", value=["g6.12xlarge"]),
        "pods were fitted to others",
    ),
    (
        golden("scaling"),
        "apps/models-mlops/inferenceservice-by-cpu.yaml",
        set_to("spec", "predictor", "scaleMetric", value="memory"),
        "what its predictor scales on",
    ),
    (
        PORT,
        "apps/models-mlops.2/httproute-iris.yaml",
        set_to("spec", "rules", 1, "backendRefs", 1, "name", value="code-canary-predictor"),
        "whom it sends requests to",
    ),
    (
        PORT,
        "apps/models-mlops.2/httproute-iris.yaml",
        set_to("spec", "rules", 1, "backendRefs", 1, "weight", value=20),
        "a version gets more requests",
    ),
    (
        PORT,
        "apps/models-mlops.2/httproute-llm.yaml",
        set_to("spec", "rules", 3, "backendRefs", 1, "weight", value=80),
        "the sum of the weights",
    ),
    (
        reference(),
        "argocd/bootstrap/root.yaml",
        set_to("spec", "namespaceResourceWhitelist", 1, "kind", value="PodMonitor"),
        "of a kind that the project `mlops-root` doesn't list",
    ),
    (
        reference(),
        TEMPLATE,
        set_to("spec", "templates", 1, "container", "env", 0, "value", value="x"),
        "it has to be empty",
    ),
    (
        EVENTS,
        "apps/pipelines-training/workflowtemplate-retrain.yaml",
        set_to(
            "spec", "templates", 1, "container", "env", 7, "value",
            value="{{=workflow.parameters['mode']}}",
        ),
        "has another parameter's value",
    ),
    (
        EVENTS,
        "helm/external-secrets.yaml",
        set_to("livenessProbe", "enabled", value=False),
        "livenessProbe",
    ),
    (
        ZOO,
        FRONT,
        set_to("spec", "transformer", "containers", 0, "args", 4, value="--http_port=8091"),
        "is told to listen on 8091",
    ),
    (
        PORT,
        "helm/external-dns.yaml",
        set_to("domainFilters", value=["pot.example.com"]),
        "no record is made of the others",
    ),
    (
        reference(),
        "apps/node-pools/nodepool-gpu-workloads.yaml",
        set_to("spec", "disruption", "consolidationPolicy", value="WhenEmptyOrUnderutilized"),
        "its `consolidationPolicy`",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("source", "path", "edit", "said"), SPOILED)
def test_a_spoilt_field_is_found_and_named(source, path, edit, said):
    spoilt = spoiled(source, path, edit)

    found = [each.message for each in prove(source[0], spoilt.artifacts)]

    assert [message for message in found if said in message], found
