from dataclasses import replace

import pytest

from mlopsgen.prove.emitted import TFVARS, Emitted
from mlopsgen.prove.ownership import RULES, proved
from tests.build import a_plan
from tests.prove.emitting import emit, golden, reference, set_to, spoiled, taken, without

MODELS = "argocd/application-models-mlops.yaml"
KSERVE = "argocd/application-kserve.yaml"
CRDS = "argocd/application-kserve-crd.yaml"
SPACES = "argocd/application-namespaces.yaml"
OURS = "argocd/appproject-mlops.yaml"
TEAM = "argocd/appproject-mlops-namespace-mlops.yaml"
VALUES = "helm/argocd.yaml"
CHARTS = "argocd/appproject-mlops-components.yaml"
WAVE = ("metadata", "annotations", "argocd.argoproj.io/sync-wave")
NAMESPACE = "apps/namespaces/namespace-mlops.yaml"


def _found(emitted):
    return [(finding.code, finding.message) for finding in proved(emitted)]


def test_everything_of_the_reference_platform_has_one_owner():
    assert _found(Emitted.of(*reference())) == []


def test_without_argo_cd_there_is_no_owner_to_prove():
    planned = a_plan()

    assert _found(Emitted.of(planned, emit(planned))) == []


def _also(source, path, **metadata):
    """Return what *source* emits, and once more the object in *path* with other metadata."""
    planned, artifacts = source
    [first] = [each for each in artifacts if each.path == path]
    body = {**first.body[0], "metadata": {**first.body[0]["metadata"], **metadata}}
    return planned, [*artifacts, replace(first, path=f"{path}.again", body=(body,))]


@pytest.mark.parametrize(
    ("source", "path", "edit", "told"),
    [
        (reference(), MODELS, set_to("spec", "source", "path", value="generated/dev/apps/network"),
         "applies the folder `apps/network`, as"),
        (reference(), MODELS, set_to("spec", "source", "path", value="generated/dev/argocd"),
         "is in the folder `apps/models-mlops`, which no Application applies"),
        (reference(), MODELS,
         set_to("spec", "syncPolicy", "syncOptions", value=["ServerSideApply=true"]),
         "lacks `FailOnSharedResource=true`"),
        (reference(), "argocd/bootstrap/root.yaml",
         set_to("spec", "source", "directory", "recurse", value=True), "reads the folders below"),
        (reference(), TFVARS,
         set_to("helm_releases", "kserve", value={"chart": "kserve", "wave": -4}),
         "installs the chart `kserve`, as Terraform does by `helm_releases`"),
        (reference(), TFVARS, taken("helm_releases", "karpenter"),
         "nobody installs the chart `karpenter` of `karpenter`"),
        (reference(), KSERVE, set_to("spec", "sources", 0, "chart", value="keda"),
         "nobody installs the chart `kserve` of `kserve`"),
        (reference(), "apps/models-mlops/serviceaccount-model-iris.yaml",
         set_to("metadata", value={"namespace": "mlflow", "name": "mlflow", "labels": {}}),
         "is an object that the component `mlflow` brings itself"),
    ],
)  # fmt: skip
def test_two_owners_and_none_are_found(source, path, edit, told):
    document = 1 if path.endswith("root.yaml") else 0

    found = _found(spoiled(source, path, edit, document))

    assert "OWN001" in {code for code, _ in found}
    assert any(told in message for _, message in found), found


def test_a_folder_without_its_application_is_nobodys():
    [(code, message), *_] = _found(without(reference(), MODELS))

    assert code == "OWN001"
    assert "is in the folder `apps/models-mlops`, which no Application applies" in message


def test_a_chart_is_installed_by_one_application():
    found = _found(Emitted.of(*_also(reference(), KSERVE, name="kserve-2")))

    assert {code for code, _ in found} == {"OWN001"}
    assert "installs the chart `kserve`, as `argocd/application-kserve.yaml`" in found[0][1]


@pytest.mark.parametrize(
    ("source", "path", "edit", "told"),
    [
        (reference(), MODELS, set_to(*WAVE, value="-5"), "`kserve`, which brings the kind"),
        (reference(), MODELS, set_to(*WAVE, value="-12"), "its namespace comes in -10"),
        (reference(), "argocd/application-secrets.yaml", set_to(*WAVE, value="11"),
         "names the SecretStore `aws-secrets-manager`, which comes in 11"),
        (reference(), "argocd/application-secrets.yaml", set_to(*WAVE, value="5"),
         "`mlflow`, which reads it, is installed by Argo CD in wave 0"),
        (reference(), "argocd/application-network.yaml", set_to(*WAVE, value="-10"),
         "its namespace comes in -10"),
        (reference(), SPACES, set_to(*WAVE, value="0"), "its namespace comes in 0"),
        (reference(), KSERVE, set_to(*WAVE, value="10"), "is applied in wave 10; `kserve`"),
        (reference(), "argocd/application-prometheus.yaml", set_to(*WAVE, value="0"),
         "`prometheus`, which brings the kind PodMonitor"),
        (reference(), "argocd/application-argo-workflows.yaml", set_to(*WAVE, value="6"),
         "`argo-workflows`, which brings the kind WorkflowTemplate"),
        (reference(), OURS, set_to(*WAVE, value="0"), "its project `mlops` comes in 0"),
        (reference(), OURS, taken(*WAVE), "its project `mlops` comes in 0"),
        (reference(), "helm/argocd.yaml",
         taken("configs", "cm", "resource.customizations.health.argoproj.io_Application"),
         "no wave waits for the one before"),
        (golden("events"), "argocd/application-triggers.yaml", set_to(*WAVE, value="-4"),
         "`argo-events`, which brings the kind"),
        (golden("events"), "argocd/application-triggers.yaml", set_to(*WAVE, value="4"),
         "names the WorkflowTemplate"),
    ],
)  # fmt: skip
def test_what_comes_too_early_is_found(source, path, edit, told):
    found = _found(spoiled(source, path, edit))

    assert "OWN002" in {code for code, _ in found}
    assert any(told in message for _, message in found), found


def test_terraform_cannot_need_what_argo_cd_installs_later():
    planned = a_plan(
        components={
            "argocd": {},
            "cert-manager": {"owner": "argocd"},
            "kserve": {"owner": "terraform"},
        },
        gitops={"repository": "https://github.com/acme/platform.git"},
    )

    found = _found(Emitted.of(planned, emit(planned)))

    assert [code for code, _ in found] == ["OWN002"]
    assert found[0][1] == (
        "`kserve` is installed by Terraform in wave -4; `cert-manager`, which it doesn't work"
        " without, by Argo CD in wave -6"
    )


def _row(path, key, **wanted):
    [body] = next(each.body for each in reference()[1] if each.path == path)
    rows = body["spec"][key]
    return next(at for at, row in enumerate(rows) if wanted.items() <= row.items())


@pytest.mark.parametrize(
    ("path", "edit", "told"),
    [
        (OURS, taken("spec", "destinations",
                     _row(OURS, "destinations", namespace="mlops")), "is in `mlops`"),
        (TEAM, taken("spec", "namespaceResourceWhitelist",
                     _row(TEAM, "namespaceResourceWhitelist", kind="InferenceService")),
         "doesn't list: `serving.kserve.io/InferenceService`"),
        (OURS, taken("spec", "clusterResourceWhitelist",
                     _row(OURS, "clusterResourceWhitelist", kind="Namespace")),
         "doesn't list: `/Namespace`"),
        (OURS, set_to("spec", "sourceRepos", value=["https://example.com/other.git"]),
         "reads `https://github.com/acme/mlops-platform.git`"),
        (CHARTS, taken("spec", "destinations",
                       _row(CHARTS, "destinations", namespace="kserve")),
         "goes to the namespace `kserve`"),
        (CHARTS, taken("spec", "destinations",
                       _row(CHARTS, "destinations", namespace="kube-system")),
         "puts objects into `kube-system`"),
        (CHARTS, taken("spec", "clusterResourceWhitelist",
                       _row(CHARTS, "clusterResourceWhitelist", kind="ClusterServingRuntime")),
         "`serving.kserve.io/ClusterServingRuntime`"),
        (CHARTS, set_to("spec", "clusterResourceWhitelist", value=[]),
         "`admissionregistration.k8s.io/ValidatingWebhookConfiguration`"),
        (CHARTS, taken("spec", "sourceRepos", 0), "reads `ghcr.io/kserve/charts`"),
        (MODELS, set_to("spec", "project", value="mlops-components"), "doesn't list"),
        (MODELS, set_to("spec", "destination", "server", value="https://example.com"),
         "doesn't list"),
        (MODELS, set_to("spec", "destination", "namespace", value="elsewhere"),
         "goes to the namespace `elsewhere`"),
    ],
)  # fmt: skip
def test_what_a_project_refuses_is_found(path, edit, told):
    found = _found(spoiled(reference(), path, edit))

    assert "OWN003" in {code for code, _ in found}
    assert any(told in message for _, message in found), found


@pytest.mark.parametrize(
    ("path", "edit", "told"),
    [
        (KSERVE, taken("spec", "ignoreDifferences", 0), "isn't among its `ignoreDifferences`"),
        (KSERVE, set_to("spec", "ignoreDifferences", 0, "name", value="x"),
         "takes the certificate of MutatingWebhookConfiguration"),
        (KSERVE, set_to("spec", "ignoreDifferences", 0, "jqPathExpressions", value=[".x"]),
         "takes the certificate of"),
        (KSERVE, taken("spec", "ignoreDifferences"), "takes the certificate of"),
        (KSERVE, lambda body: body["spec"]["syncPolicy"]["syncOptions"].remove(
            "RespectIgnoreDifferences=true"), "writes back what it ignores"),
        (MODELS, taken("metadata", "annotations", "argocd.argoproj.io/compare-options"),
         "lacks `ServerSideDiff=true`"),
        (MODELS, set_to("spec", "syncPolicy", "syncOptions", value=["FailOnSharedResource=true"]),
         "lacks `ServerSideApply=true`"),
    ],
)  # fmt: skip
def test_fields_that_others_write_are_no_difference(path, edit, told):
    found = _found(spoiled(reference(), path, edit))

    assert {code for code, _ in found} == {"OWN004"}
    assert told in found[0][1]


@pytest.mark.parametrize(
    ("path", "edit", "told"),
    [
        (NAMESPACE, taken("metadata", "annotations", "argocd.argoproj.io/sync-options"),
         "lacks `Prune=false`"),
        (NAMESPACE, set_to("metadata", "annotations", "argocd.argoproj.io/sync-options",
                           value="Prune=false"), "lacks `Delete=false`"),
        (SPACES, set_to("metadata", "finalizers",
                        value=["resources-finalizer.argocd.argoproj.io"]),
         "deletes what holds data with it"),
        (CRDS, set_to("metadata", "finalizers", value=["resources-finalizer.argocd.argoproj.io"]),
         "deletes the definitions of kinds with it"),
        ("argocd/application-prometheus.yaml",
         set_to("metadata", "finalizers", value=["resources-finalizer.argocd.argoproj.io"]),
         "deletes the definitions of kinds with it"),
    ],
)  # fmt: skip
def test_what_holds_data_is_kept(path, edit, told):
    found = _found(spoiled(reference(), path, edit))

    assert "OWN005" in {code for code, _ in found}
    assert any(told in message for _, message in found), found


@pytest.mark.parametrize(
    ("path", "edit", "told"),
    [
        (MODELS, set_to("spec", "project", value="mlops"), "its project `mlops` permits `"),
        (TEAM, set_to("spec", "destinations", value=[
            {"server": "https://kubernetes.default.svc", "namespace": name}
            for name in ("mlops", "monitoring")
        ]), "lets `ml-platform` sync what is in `monitoring`, whose owners are nobody"),
        (TEAM, set_to("spec", "roles", 0, "groups", value=["others"]),
         "lets `others` sync what is in `mlops`, whose owners are `ml-platform`"),
        (TEAM, set_to("spec", "roles", 0, "groups", value=["others"]),
         "says nothing of `ml-platform`, which is an owner of `mlops`"),
        (TEAM, set_to("spec", "roles", 0, "policies", 0, value=
            "p, proj:mlops-namespace-mlops:owners, applications, delete, mlops-namespace-mlops/*, "
            "allow"), "lets owners do more than look and sync: `p, "),
        (TEAM, set_to("spec", "roles", 0, "policies", 0, value=
            "p, proj:mlops-namespace-mlops:owners, applications, *, mlops-namespace-mlops/*, allow"
        ), "lets owners do more than look and sync: `p, "),
        (TEAM, set_to("spec", "roles", 0, "policies", 0, value=
            "p, proj:mlops-namespace-mlops:owners, applications, get, mlops/*, allow"),
         "has a policy for another project"),
        (TEAM, set_to("spec", "roles", 0, "policies", 0, value=
            "p, proj:mlops:owners, applications, get, mlops-namespace-mlops/*, allow"),
         "has a policy that Argo CD refuses"),
        (TEAM, set_to("spec", "roles", 0, "policies", 0, value="p, what"),
         "has a policy that Argo CD refuses: `p, what`"),
        (VALUES, set_to("configs", "rbac", "policy.default", value="role:readonly"),
         "`helm/argocd.yaml` gives everybody who signs in `role:readonly`"),
    ],
)  # fmt: skip
def test_what_owners_may_do_beyond_their_namespace_is_found(path, edit, told):
    found = _found(spoiled(reference(), path, edit))

    assert "OWN008" in {code for code, _ in found}
    assert any(told in message for _, message in found), found


@pytest.mark.parametrize(
    ("source", "key", "told"),
    [
        (reference(), "karpenter.sh_NodePool", "NodePool `"),
        (reference(), "karpenter.k8s.aws_EC2NodeClass", "EC2NodeClass `"),
        (golden("events"), "argoproj.io_Sensor", "Sensor `"),
        (golden("events"), "argoproj.io_EventSource", "EventSource `"),
    ],
)
def test_a_kind_whose_health_nobody_knows_is_found(source, key, told):
    health = taken("configs", "cm", f"resource.customizations.health.{key}")

    found = [each for each in _found(spoiled(source, VALUES, health)) if each[0] == "OWN009"]

    assert len(found) == 1
    assert told in found[0][1]
    assert "whose health Argo CD v2.14.11 doesn't know" in found[0][1]


def test_an_application_too_large_for_its_status_is_told():
    planned, artifacts = reference()
    path = "apps/models-mlops/serviceaccount-model-iris.yaml"
    [first] = [each for each in artifacts if each.path == path]
    many = [
        replace(first, path=f"apps/models-mlops/serviceaccount-{number}.yaml", body=(
            {**first.body[0], "metadata": {**first.body[0]["metadata"], "name": f"{number:030}"}},
        ))
        for number in range(4200)
    ]  # fmt: skip

    [finding] = proved(Emitted.of(planned, [*artifacts, *many]))

    assert finding.code == "OWN006"
    assert finding.severity == "warning"
    assert "objects, whose status takes 1.5 MiB; etcd takes 1.5 MiB" in finding.message
    assert finding.fix.startswith("write `applications: 3` for the namespace `mlops`")


def test_every_finding_says_where_why_and_what_to_do():
    [finding, *_] = proved(spoiled(reference(), MODELS, set_to(*WAVE, value="-12")))

    assert finding.at[0] == "models"
    assert finding.why
    assert finding.fix


def test_codes_are_unique_and_in_order():
    codes = [rule.code for rule in RULES]

    assert codes == sorted(set(codes))
