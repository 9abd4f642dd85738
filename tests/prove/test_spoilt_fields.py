"""What was found by changing fields at random (benchmarks/mutations.py): one of each kind."""

import pytest

from mlopsgen.lock import Lock
from mlopsgen.plan import plan
from mlopsgen.prove import prove, schemas
from mlopsgen.prove.agreement import files_agree
from mlopsgen.prove.emitted import Emitted
from mlopsgen.prove.given import given
from mlopsgen.resources import TEMPLATES
from tests.prove.emitting import TFVARS, emit, golden, reference, set_to, spoiled, taken

MODELS = "apps/models-mlops"
IRIS, MISTRAL = f"{MODELS}/inferenceservice-iris.yaml", f"{MODELS}/inferenceservice-mistral-7b.yaml"
CONTAINER = ("spec", "predictor", "containers", 0)
WAY_IN = f"{MODELS}/ingress-iris.yaml"
ALB = "alb.ingress.kubernetes.io/"
PIPELINE = "apps/pipelines-mlops/workflowtemplate-iris-training.yaml"
SPACE = "apps/namespaces/namespace-mlops.yaml"
BOARD = "apps/monitoring/configmap-monitoring.dashboard-gpus.yaml"
POLICIES = "apps/policies/validatingadmissionpolicy-mlops"
BINDING = "apps/policies/validatingadmissionpolicybinding-mlops-fixed-tags.yaml"
GRAFANA, DEPLOYED = "argocd/application-grafana.yaml", "argocd/application-network.yaml"
NODES = "apps/nodes/nodepool-gpu-workloads.yaml"
POD_MONITOR = "apps/monitoring/podmonitor-monitoring.argocd-server.yaml"
DISKS = "apps/namespaces/storageclass-gp3-encrypted.yaml"
TEMPLATE = ("spec", "templates", 1)

SPOILED = [
    (TFVARS, taken("database", "host"), "ADMIT009", "`/database` lacks `host`"),
    (
        TFVARS,
        set_to("eks_managed_node_groups", "general", "instance_types", value=["t9.large"]),
        "ADMIT009",
        "`general` takes `t9.large`",
    ),
    (
        TFVARS,
        set_to(
            "eks_managed_node_groups", "general", "metadata_options", "http_tokens",
            value="optional",
        ),
        "ADMIT009",
        'must be `"required"`',
    ),
    ("helm/argocd.yaml", set_to("configs", "cm", "exec.enabled", value=True), "ADMIT010", "exec"),
    ("helm/grafana.yaml", taken("resources", "limits"), "ADMIT010", "lacks `limits`"),
    (TFVARS, set_to("cluster_name", value="other"), "RESOLVE005", "`cluster_name` is `other`"),
    (TFVARS, set_to("vpc_cidr", value="10.9.0.0/16"), "RESOLVE005", "`vpc_cidr`"),
    ("helm/karpenter.yaml", set_to("settings", "clusterName", value="x"), "RESOLVE005", "join no"),
    ("helm/argocd.yaml", set_to("server", "metrics", "enabled", value=False), "RESOLVE005", None),
    (
        "helm/cert-manager.yaml",
        set_to(
            "topologySpreadConstraints", 0, "labelSelector", "matchLabels",
            value={"app.kubernetes.io/name": "cert-manger"},
        ),
        "RESOLVE005",
        "the labels to spread pods by",
    ),
    (
        SPACE,
        set_to("metadata", "labels", "pod-security.kubernetes.io/enforce", value="privileged"),
        "RESOLVE005",
        "`pod-security.kubernetes.io/enforce`",
    ),
    (
        WAY_IN,
        set_to("metadata", "annotations", f"{ALB}healthcheck-path", value="/healthz"),
        "RESOLVE005",
        f"`{ALB}healthcheck-path` is `/healthz`",
    ),
    (WAY_IN, set_to("spec", "rules", 0, "host", value="a.example.com"), "RESOLVE005", "`host`"),
    (
        "apps/namespaces/resourcequota-mlops.quota.yaml",
        taken("spec", "hard", "requests.nvidia.com/gpu"),
        "RESOLVE005",
        "what isn't counted has no end",
    ),
    (MISTRAL, set_to(*CONTAINER, "volumeMounts", 0, "mountPath", value="/x"), "RESOLVE006", None),
    (
        MISTRAL,
        set_to(*CONTAINER, "livenessProbe", "httpGet", "path", value="/healh"),
        "RESOLVE006",
        "asks `/healh` by its livenessProbe",
    ),
    (MISTRAL, set_to(*CONTAINER, "image", value="vllm/vllm-openai:v9"), "RESOLVE006", "runs the"),
    (MISTRAL, taken(*CONTAINER, "args", 0), "RESOLVE006", None),
    (
        MISTRAL,
        set_to("spec", "predictor", "volumes", 0, value={"name": "idle", "emptyDir": {}}),
        "RESOLVE006",
        "mounts the volume `idle` nowhere",
    ),
    (
        IRIS,
        set_to("metadata", "labels", "mlopsgen/runtime", value="vllm"),
        "RESOLVE006",
        "monitors find `mlflow` by it",
    ),
    (PIPELINE, set_to(*TEMPLATE, "container", "command", 0, value="sh"), "ARGO005", None),
    (
        PIPELINE,
        set_to(*TEMPLATE, "outputs", "artifacts", 0, "path", value="/out/other"),
        "ARGO005",
        "files that it writes",
    ),
    (
        f"{POLICIES}-known-registries.yaml",
        set_to("spec", "validations", 0, "expression", value="true"),
        "ADMIT011",
        "lets in an image of a registry that nobody listed",
    ),
    (
        f"{POLICIES}-confined-pods.yaml",
        set_to(
            "spec", "matchConstraints", "namespaceSelector", "matchExpressions", 0, "values",
            value=["mops"],
        ),
        "ADMIT011",
        "isn't for the namespace `mlops`",
    ),
    (BINDING, set_to("spec", "policyName", value="mlops-other"), "ADMIT011", "isn't bound"),
    (GRAFANA, set_to("spec", "sources", 0, "targetRevision", value="11.3.0"), "OWN007", "10.3.0"),
    (DEPLOYED, set_to("spec", "source", "targetRevision", value="man"), "OWN007", "reads of Git"),
    (
        TFVARS,
        set_to("helm_releases", "argocd", "version", value="7.9.1"),
        "OWN007",
        "`helm_releases.argocd.version`",
    ),
    (POD_MONITOR, set_to("spec", "podMetricsEndpoints", 0, "scheme", value="https"), "METRIC004",
     "speaks https"),
    (DISKS, set_to("parameters", "encrypted", value="false"), "ADMIT002", "encrypted"),
    (DISKS, taken("parameters"), "ADMIT002", "encrypted"),
    (DISKS, set_to("metadata", "annotations", value={}), "RESOLVE005", "waits for ever"),
    (
        TFVARS,
        set_to(
            "cluster_addons", "aws-ebs-csi-driver", "configuration_values",
            value='{"defaultStorageClass":{"enabled":true}}',
        ),
        "ADMIT009",
        "doesn't encrypt",
    ),
]  # fmt: skip


def _findings(path, edit):
    spoilt = spoiled(reference(), path, edit)
    return [(each.code, each.message) for each in prove(reference()[0], spoilt.artifacts)]


@pytest.mark.parametrize(("path", "edit", "code", "said"), SPOILED)
def test_a_spoilt_field_is_found_and_named(path, edit, code, said):
    found = _findings(path, edit)

    assert [message for own, message in found if own == code and (said or "") in message], found


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"uid": "${datasource}"', '"uid": "${source}"', "asks the data source `${source}`"),
        ('"type": "prometheus"', '"type": "loki"', "asks a data source of type `loki`"),
        ('"expr"', '"query"', "has a target without a query"),
        ("{", "[", "isn't JSON"),
        ('"type": "datasource"', '"typ": "datasource"', "`datasource` has no name, or is of none"),
        ('"query": "prometheus"', '"query": ""', "`datasource` has nothing to pick from"),
    ],
)
def test_a_dashboard_without_its_source_is_found(old, new, said):
    def edit(body):
        [name] = body["data"]
        spaced = body["data"][name].replace('":"', '": "')
        assert old in spaced
        body["data"][name] = spaced.replace(old, new)

    found = _findings(BOARD, edit)

    assert {code for code, _ in found} == {"METRIC013"}
    assert any(said in message for _, message in found)


def test_what_users_write_into_values_is_told_at_their_place():
    planned, _ = golden("training")
    spread = {"whenUnsatisfiable": "DoNotSchedule", "labelSelector": {"matchLabels": {"a": "b"}}}
    theirs = {
        "configs": {"cm": {"exec.enabled": True}},
        "server": {"pdb": {"enabled": False}, "topologySpreadConstraints": [spread]},
    }
    components = planned.platform.components
    argocd = components.argocd.model_copy(update={"values": theirs})
    update = {"components": components.model_copy(update={"argocd": argocd})}
    changed = plan(planned.platform.model_copy(update=update), "default", Lock())

    artifacts = emit(changed)
    agreed = files_agree(Emitted.of(changed, artifacts))
    found = [(each.code, each.at[4:], each.fix) for each in (*given(changed, artifacts), *agreed)]
    assert {(code, route[-1]) for code, route, _ in found} == {
        ("HELM005", "exec.enabled"),
        ("HELM005", 0),
    }
    assert all("mlopsgen or the chart has there holds then" in fix for _, _, fix in found)


@pytest.mark.parametrize("chart", sorted(path.stem for path in (TEMPLATES / "helm").iterdir()))
def test_every_chart_has_a_contract(chart):
    assert schemas.of_file(f"helm/{chart}.yaml")


KYVERNO = "helm/kyverno.yaml"
SIGNED = golden("signatures")
OFF = ("backgroundController", "cleanupController", "reportsController", "webhooksCleanup")
FEATURES = (
    "admissionReports", "forceFailurePolicyIgnore", "generateValidatingAdmissionPolicy",
    "policyExceptions", "policyReports",
)  # fmt: skip
SELECTOR = ("config", "webhooks", "namespaceSelector", "matchExpressions")
CONTROLLER = ("admissionController",)


def _of_kyverno(edit):
    spoilt = spoiled(SIGNED, KYVERNO, edit)
    return [(each.code, each.message) for each in given(SIGNED[0], spoilt.artifacts)]


@pytest.mark.parametrize(
    ("route", "value"),
    [
        *(((name, "enabled"), True) for name in OFF),
        *((("features", name, "enabled"), True) for name in FEATURES),
        (("crds", "migration", "enabled"), True),
        (("crds", "install"), False),
        (("rbac", "roles", "aggregate", "admin"), True),
        (("rbac", "roles", "aggregate", "view"), True),
        (("features", "logging", "format"), "text"),
        (("features", "registryClient", "credentialHelpers"), ["google"]),
        ((*CONTROLLER, "replicas"), 1),
        ((*CONTROLLER, "podDisruptionBudget", "enabled"), False),
        ((*CONTROLLER, "podDisruptionBudget", "minAvailable"), 0),
        ((*CONTROLLER, "topologySpreadConstraints"), []),
        ((*CONTROLLER, "serviceMonitor", "enabled"), "yes"),
        ((*CONTROLLER, "container", "resources", "requests", "memory"), "some"),
        ((*CONTROLLER, "rbac", "serviceAccount", "annotations"), {}),
        ((*SELECTOR, 0, "operator"), "NotIn"),
        ((*SELECTOR, 0, "values"), []),
    ],
)
def test_what_kyverno_is_given_is_held_and_may_not_be_missing(route, value):
    assert _of_kyverno(set_to(*route, value=value))[0][0] == "ADMIT010"

    [(code, message)] = _of_kyverno(taken(*route))

    assert code == "ADMIT010"
    assert f"lacks `{route[-1]}`" in message


def test_what_kyverno_is_given_keeps_its_contract():
    assert list(given(*SIGNED)) == []
