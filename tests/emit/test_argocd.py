import importlib
import pkgutil

import pytest

from mlopsgen import emit
from mlopsgen.emit import argocd
from mlopsgen.resources import TEMPLATES
from mlopsgen.shapes import Shapes
from tests.build import a_plan, reference_plan
from tests.conformance.schemas import faults

SHAPES = Shapes(TEMPLATES)
GITOPS = {"repository": "https://github.com/acme/platform.git", "revision": "v1", "path": "out"}
CLUSTER_SCOPED = {"EC2NodeClass", "Namespace", "NodePool"}


def _emitted(plan):
    return {artifact.path: artifact for artifact in argocd.emit(plan, SHAPES)}


def _one(plan, name):
    [document] = _emitted(plan)[f"argocd/{name}.yaml"].objects
    return document


def _plan(**components):
    return a_plan(components={"argocd": {}, **components}, gitops=GITOPS)


def _wave(document):
    return int(document["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"])


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_the_reference_passes_the_schemas_of_argo_cd(environment):
    objects = [one for a in _emitted(reference_plan(environment)).values() for one in a.objects]

    assert {one["metadata"]["name"]: found for one in objects if (found := faults(one))} == {}


def test_a_platform_without_argo_cd_or_without_a_repository_has_nothing_to_sync():
    assert _emitted(a_plan(gitops=GITOPS)) == {}
    assert _emitted(a_plan(components={"argocd": {}})) == {}


def test_one_file_applied_once_brings_up_everything_else():
    plan = _plan(grafana={}, prometheus={})

    project, root = _emitted(plan)["argocd/bootstrap/root.yaml"].objects

    assert (project["kind"], root["kind"]) == ("AppProject", "Application")
    assert root["spec"]["project"] == project["metadata"]["name"]
    source = root["spec"]["source"]
    assert (source["path"], source["targetRevision"]) == ("out/dev/argocd", "v1")
    assert source["directory"] == {"recurse": False}
    beside = [path for path in _emitted(plan) if path.count("/") == 1]
    assert len(beside) == len(_emitted(plan)) - 1


def test_the_root_may_make_applications_and_nothing_else():
    project, _ = _emitted(_plan())["argocd/bootstrap/root.yaml"].objects

    kinds = {each["kind"] for each in project["spec"]["namespaceResourceWhitelist"]}
    assert kinds == {"AppProject", "Application"}
    assert project["spec"]["clusterResourceWhitelist"] == []
    assert [each["namespace"] for each in project["spec"]["destinations"]] == ["argocd"]


def test_a_chart_is_read_from_its_repository_with_the_values_of_ours():
    spec = _one(_plan(prometheus={}), "application-prometheus")["spec"]

    chart, values = spec["sources"]
    assert (chart["chart"], chart["targetRevision"]) == ("kube-prometheus-stack", "79.12.0")
    assert chart["helm"] == {
        "releaseName": "prometheus",
        "valueFiles": ["$values/out/dev/helm/prometheus.yaml"],
    }
    assert values == {
        "repoURL": GITOPS["repository"],
        "targetRevision": "v1",
        "ref": "values",
    }
    assert spec["destination"]["namespace"] == "monitoring"


def test_charts_of_terraform_are_no_applications():
    emitted = _emitted(reference_plan())

    assert "argocd/application-karpenter.yaml" not in emitted
    assert "argocd/application-argo-workflows.yaml" in emitted


def test_crds_that_are_a_chart_of_their_own_come_first_and_are_never_pruned():
    plan = _plan(**{"kserve": {}, "cert-manager": {}})

    crds = _one(plan, "application-kserve-crd")
    chart = _one(plan, "application-kserve")

    assert _wave(crds) < _wave(chart)
    [source] = crds["spec"]["sources"]
    assert source["repoURL"] == "ghcr.io/kserve/charts"
    assert source["targetRevision"] == "v0.16.0"
    assert crds["spec"]["syncPolicy"]["automated"]["prune"] is False
    assert "finalizers" not in crds["metadata"]
    assert chart["spec"]["sources"][0]["helm"]["skipCrds"] is True


def test_deleting_an_application_never_takes_every_object_of_a_kind_along():
    plan = _plan(**{"dcgm-exporter": {}, "prometheus": {}, "keda": {"owner": "argocd"}})

    cascading = {
        name
        for name in ("dcgm-exporter", "prometheus", "keda")
        if "finalizers" in _one(plan, f"application-{name}")["metadata"]
    }

    brings = {name for name, part in plan.parts.items() if part.facts.crds}
    assert cascading == {"dcgm-exporter", "prometheus", "keda"} - brings
    assert "keda" in brings
    assert "finalizers" not in _one(plan, "application-namespaces")["metadata"]


def test_certificates_that_controllers_write_are_no_difference():
    spec = _one(_plan(keda={"owner": "argocd"}), "application-keda")["spec"]

    ignored = {(each["kind"], *each["jqPathExpressions"]) for each in spec["ignoreDifferences"]}
    assert ("ValidatingWebhookConfiguration", ".webhooks[]?.clientConfig.caBundle") in ignored
    assert ("APIService", ".spec.caBundle") in ignored
    assert "RespectIgnoreDifferences=true" in spec["syncPolicy"]["syncOptions"]


def test_a_chart_without_webhooks_ignores_no_difference():
    zones = {"zones": ["Z0123456789EXAMPLE"]}
    spec = _one(_plan(**{"external-dns": zones}), "application-external-dns")["spec"]

    assert "ignoreDifferences" not in spec
    assert "RespectIgnoreDifferences=true" not in spec["syncPolicy"]["syncOptions"]


def test_every_folder_of_ours_has_one_application():
    plan = reference_plan()

    for application in plan.applications:
        document = _one(plan, f"application-{application.name}")
        assert document["spec"]["source"]["path"] == f"generated/dev/apps/{application.name}"
        assert document["spec"]["source"]["directory"] == {"recurse": False}
        assert _wave(document) == application.wave


def test_every_application_is_in_a_project_that_lets_it_in():
    plan = reference_plan()
    objects = [one for a in _emitted(plan).values() for one in a.objects]
    projects = {one["metadata"]["name"]: one for one in objects if one["kind"] == "AppProject"}

    for one in objects:
        if one["kind"] == "Application":
            spec = one["spec"]
            project = projects[spec["project"]]["spec"]
            destination = {key: spec["destination"][key] for key in ("server", "namespace")}
            assert destination in project["destinations"]
            sources = spec.get("sources") or [spec["source"]]
            assert {source["repoURL"] for source in sources} <= {*project["sourceRepos"]}


def test_projects_name_every_place_and_kind_they_permit():
    for artifact in _emitted(reference_plan()).values():
        for one in artifact.objects:
            if one["kind"] == "AppProject":
                spec = one["spec"]
                places = [*spec["sourceRepos"], *(x["namespace"] for x in spec["destinations"])]
                kinds = [each["kind"] for each in spec["clusterResourceWhitelist"]]
                assert not any("*" in text for text in (*places, *kinds))


def test_nothing_of_ours_may_be_put_where_the_controllers_of_the_cluster_are():
    places = _one(reference_plan(), "appproject-mlops")["spec"]["destinations"]

    assert "kube-system" not in {each["namespace"] for each in places}


def test_projects_come_before_what_is_in_them():
    documents = [one for a in _emitted(reference_plan()).values() for one in a.objects]
    waves = {"AppProject": set(), "Application": set()}
    for one in documents:
        if "annotations" in one["metadata"]:
            waves[one["kind"]].add(_wave(one))

    assert max(waves["AppProject"]) < min(waves["Application"])


def test_the_project_of_charts_permits_webhooks_only_to_charts_that_have_some():
    plain = _one(_plan(grafana={}), "appproject-acme-components")["spec"]
    hooked = _one(_plan(keda={"owner": "argocd"}), "appproject-acme-components")["spec"]

    def kinds(spec):
        return {each["kind"] for each in spec["clusterResourceWhitelist"]}

    assert kinds(plain) == {"ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition"}
    assert kinds(hooked) - kinds(plain) == {"APIService", "ValidatingWebhookConfiguration"}
    places = [each["namespace"] for each in hooked["destinations"]]
    assert places == ["keda", "kube-system"]


def test_without_charts_of_its_own_argo_cd_needs_no_project_for_them():
    assert "argocd/appproject-acme-components.yaml" not in _emitted(_plan())


def _emitters():
    return [
        module
        for found in pkgutil.iter_modules(emit.__path__)
        if hasattr(module := importlib.import_module(f"mlopsgen.emit.{found.name}"), "emit")
    ]


@pytest.mark.parametrize("emitter", _emitters(), ids=lambda module: module.__name__)
def test_the_project_permits_every_kind_that_is_emitted_and_every_place(emitter):
    plan = reference_plan()

    for artifact in emitter.emit(plan, SHAPES):
        if artifact.path.startswith("apps/"):
            application = _one(plan, f"application-{artifact.path.split('/')[1]}")
            spec = _one(plan, f"appproject-{application['spec']['project']}")["spec"]
            inside = {(each["group"], each["kind"]) for each in spec["namespaceResourceWhitelist"]}
            outside = {(each["group"], each["kind"]) for each in spec["clusterResourceWhitelist"]}
            places = {each["namespace"] for each in spec["destinations"]}
            for one in artifact.objects:
                group = one["apiVersion"].rpartition("/")[0]
                namespaced = "namespace" in one["metadata"]
                assert (group, one["kind"]) in (inside if namespaced else outside)
                assert one["kind"] not in CLUSTER_SCOPED or not namespaced
                assert not namespaced or one["metadata"]["namespace"] in places


def _kinds(plan, name):
    spec = _one(plan, f"appproject-{name}")["spec"]
    keys = ("clusterResourceWhitelist", "namespaceResourceWhitelist")
    return [spec[key] for key in keys]


def test_no_kind_leaves_a_project_with_its_last_object():
    # Argo CD deletes nothing of a kind that the project doesn't list any more.
    model = {"runtime": "sklearn", "source": "s3://acme-models/iris/1", "priority": "low"}
    way = {"alb": "internal", "host": "iris.example.com"}
    bare = _plan()
    rich = a_plan(
        components={"argocd": {}, "kserve": {}, "cert-manager": {}},
        gitops=GITOPS,
        models={"iris": {**model, "exposure": way}},
    )

    for name in ("acme", "acme-namespace-mlops"):
        assert _kinds(bare, name) == _kinds(rich, name)


def _team(**namespace):
    plan = a_plan(components={"argocd": {}}, gitops=GITOPS, namespaces={"ml": namespace})
    return _one(plan, "appproject-acme-namespace-ml")


def test_a_namespace_has_a_project_that_permits_that_namespace_alone():
    document = _team()

    assert [each["namespace"] for each in document["spec"]["destinations"]] == ["ml"]
    assert document["spec"]["clusterResourceWhitelist"] == []
    assert document["spec"]["sourceRepos"] == [GITOPS["repository"]]
    assert "roles" not in document["spec"]


def test_a_project_goes_after_what_it_permits():
    metadata = _team()["metadata"]

    assert metadata["annotations"]["argocd.argoproj.io/sync-options"] == "PruneLast=true"
    assert metadata["finalizers"] == ["resources-finalizer.argocd.argoproj.io"]


def test_owners_look_and_sync_and_do_no_more():
    [role] = _team(owners=["data-science", "cn=ml,ou=groups", "data-science"])["spec"]["roles"]

    assert role["groups"] == ["data-science", '"cn=ml,ou=groups"']
    rights = [tuple(part.strip() for part in line.split(",")) for line in role["policies"]]
    assert {(what, does) for _, _, what, does, _, _ in rights} == {
        ("applications", "get"),
        ("applications", "sync"),
        ("logs", "get"),
    }
    assert {(who, where) for _, who, _, _, where, _ in rights} == {
        ("proj:acme-namespace-ml:owners", "acme-namespace-ml/*")
    }


def test_what_others_put_into_a_namespace_as_they_should_is_no_orphan():
    spec = _team(claims=["weights"])["spec"]["orphanedResources"]

    assert spec == {
        "warn": True,
        "ignore": [
            {"group": "argoproj.io", "kind": "Workflow"},
            {"kind": "PersistentVolumeClaim", "name": "weights"},
        ],
    }


def test_the_longest_names_make_a_project_that_the_api_server_takes():
    plan = a_plan(components={"argocd": {}}, gitops=GITOPS, namespaces={"m" * 63: {}})

    document = _one(plan, f"appproject-acme-namespace-{'m' * 63}")

    assert faults(document) == []
    assert all(len(value) <= 63 for value in document["metadata"]["labels"].values())
