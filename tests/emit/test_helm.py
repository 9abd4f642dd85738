import csv

import pytest

from mlopsgen import names
from mlopsgen.check import Checked
from mlopsgen.check.helm import RULES
from mlopsgen.emit import helm
from mlopsgen.lock import Lock
from mlopsgen.plan import MLFLOW_DATABASE_SECRET
from mlopsgen.prove.schedule_parts import replicas
from mlopsgen.resources import TEMPLATES
from mlopsgen.shapes import Shapes
from mlopsgen.spec import Component
from mlopsgen.spec.components import Components
from tests.build import a_plan, a_platform, reference_plan

SHAPES = Shapes(TEMPLATES)
ZONES = {"zones": ["Z0123456789EXAMPLE"]}
EVERYTHING = {
    **{field.alias or name: {} for name, field in Components.model_fields.items()},
    "external-dns": ZONES,
}
GPU_POOL = {
    "kind": "karpenter",
    "instanceFamilies": ["g5"],
    "taints": ["nvidia.com/gpu=true:NoSchedule"],
}
CPU_POOL = {
    "kind": "karpenter",
    "instanceFamilies": ["c5"],
    "taints": ["workload=training:NoSchedule"],
}
GATE = {"alb": "internal", "host": "mlflow.ml.example.com"}


def _files(plan):
    return {artifact.path: artifact.body for artifact in helm.emit(plan, SHAPES)}


def _values(component, **sections):
    asked = ZONES if component == "external-dns" else {}
    sections.setdefault("components", {component: asked})
    return _files(a_plan(**sections))[f"helm/{component}.yaml"]


def _keys(values, path=""):
    """Yield the dotted paths of the leaves."""
    if isinstance(values, dict) and values:
        for key, value in values.items():
            yield from _keys(value, f"{path}.{key}" if path else key)
    else:
        yield path


def test_every_chart_has_a_values_file_and_nothing_else_has_one():
    plan = a_plan(components=EVERYTHING)

    charts = {name for name, part in plan.parts.items() if isinstance(part.spec, Component)}
    assert {*_files(plan)} == {f"helm/{name}.yaml" for name in charts}


@pytest.mark.parametrize("components", [EVERYTHING, None])
def test_every_key_exists_in_the_chart(components):
    plan = a_plan(components=components) if components else reference_plan()

    for path, values in _files(plan).items():
        facts = plan.parts[path.removeprefix("helm/").removesuffix(".yaml")].facts
        assert [key for key in _keys(values) if not facts.takes(key)] == [], path


@pytest.mark.parametrize("components", [EVERYTHING, None])
def test_our_values_break_no_rule_that_those_of_users_keep(components):
    plan = a_plan(components=components) if components else reference_plan()
    components = {name: {"values": {}} for name, part in plan.parts.items() if _chart(part)}
    components["external-dns"] |= ZONES
    for path, values in _files(plan).items():
        components[path.removeprefix("helm/").removesuffix(".yaml")]["values"] = dict(values)

    checked = Checked(a_platform(components=components), "default", Lock())

    assert [finding for each in RULES for finding in each(checked)] == []


def _chart(part):
    return isinstance(part.spec, Component)


def test_values_of_the_user_are_laid_over_ours_map_by_map():
    theirs = {"server": {"replicas": 3}, "configs": {"cm": {"admin.enabled": False}}}

    values = _values("argocd", components={"argocd": {"values": theirs}})

    assert values["server"]["replicas"] == 3
    assert values["server"]["pdb"] == {"enabled": True, "minAvailable": 1}
    assert values["configs"]["cm"]["admin.enabled"] is False
    assert values["configs"]["cm"]["exec.enabled"] is False


def test_lists_of_the_user_replace_ours():
    theirs = {"sources": ["service"], "domainFilters": []}

    values = _values("external-dns", components={"external-dns": {**ZONES, "values": theirs}})

    assert (values["sources"], values["domainFilters"]) == (["service"], [])


def test_a_file_with_values_of_the_user_names_them_as_its_origin():
    plain, changed = ({}, {"values": {"replicas": 1}})
    origins = [
        artifact.origin
        for spec in (plain, changed)
        for artifact in helm.emit(a_plan(components={"karpenter": spec}), SHAPES)
    ]

    component = ("components", "karpenter")
    assert origins == [(component,), (component, (*component, "values"))]


def test_charts_of_terraform_make_no_monitor_since_its_kind_comes_later():
    components = {"argocd": {}, "prometheus": {}, "cert-manager": {}, "argo-workflows": {}}

    files = _files(a_plan(components=components))

    by_terraform = files["helm/cert-manager.yaml"]["prometheus"]
    assert (by_terraform["enabled"], by_terraform["servicemonitor"]["enabled"]) == (True, False)
    assert files["helm/argo-workflows.yaml"]["controller"]["serviceMonitor"]["enabled"] is True


def test_without_prometheus_nobody_makes_a_monitor():
    values = _values("argo-workflows")

    assert values["controller"]["serviceMonitor"]["enabled"] is False


def test_the_load_balancer_controller_finds_its_vpc_without_asking_the_node():
    values = _values("aws-load-balancer-controller")

    assert (values["region"], values["vpcTags"]) == ("eu-west-1", {"Name": "acme-dev"})
    assert "vpcId" not in values
    annotations = values["serviceAccount"]["annotations"]
    assert annotations["eks.amazonaws.com/role-arn"].endswith(
        ":role/acme-dev-aws-load-balancer-controller"
    )


def test_the_load_balancer_controller_brings_nothing_that_its_own_webhook_has_to_let_in():
    assert _values("aws-load-balancer-controller")["ingressClassParams"] == {"create": False}


@pytest.mark.parametrize(("owner", "issued"), [("argocd", True), ("terraform", False)])
def test_the_load_balancer_controller_of_argo_cd_keeps_its_certificate(owner, issued):
    components = {"aws-load-balancer-controller": {"owner": owner}, "cert-manager": {}}

    values = _values("aws-load-balancer-controller", components=components)

    assert values["enableCertManager"] is issued


def test_kserve_runs_plain_deployments_and_makes_no_ingress():
    controller = _values("kserve")["kserve"]["controller"]

    assert controller["deploymentMode"] == "Standard"
    assert controller["gateway"] == {
        "disableIngressCreation": True,
        "disableIstioVirtualHost": True,
    }


def test_argo_cd_is_plain_http_only_behind_a_load_balancer():
    inside = _values("argocd")
    behind = _values("argocd", exposure={"argocd": {**GATE, "host": "cd.example.com"}})

    assert inside["configs"]["params"]["server.insecure"] is False
    assert "global" not in inside
    assert behind["configs"]["params"]["server.insecure"] is True
    assert behind["global"] == {"domain": "cd.example.com"}


def test_whoever_logs_in_to_argo_cd_may_only_look():
    assert _values("argocd")["configs"]["rbac"] == {
        "policy.default": "role:readonly",
        "scopes": "[groups]",
    }


def test_where_namespaces_have_owners_others_see_nothing_of_them():
    spaces = {"ml": {"owners": ["data-science", "cn=ml,ou=groups"]}, "free": {}}
    gitops = {"repository": "https://github.com/acme/platform.git", "admins": ["platform"]}

    rbac = _values("argocd", namespaces=spaces, gitops=gitops)["configs"]["rbac"]

    assert rbac["policy.default"] == ""
    assert [*csv.reader(rbac["policy.owners.csv"].splitlines(), skipinitialspace=True)] == [
        ["g", "platform", "role:admin"],
        ["p", "role:acme-namespace-ml", "projects", "get", "acme-namespace-ml", "allow"],
        ["g", "data-science", "role:acme-namespace-ml"],
        ["g", "cn=ml,ou=groups", "role:acme-namespace-ml"],
    ]


def test_argo_cd_knows_the_health_of_applications():
    settings = _values("argocd")["configs"]["cm"]

    assert "resource.customizations.health.argoproj.io_Application" in settings


def test_argo_cd_takes_a_model_that_runs_for_healthy():
    """Its own check waits for ever: KServe says `Stopped: False` of every service that runs."""
    key = "resource.customizations.health.serving.kserve.io_InferenceService"

    assert key not in _values("argocd")["configs"]["cm"]
    both = _values("argocd", components={"argocd": {}, "cert-manager": {}, "kserve": {}})
    assert 'condition.type == "Ready"' in both["configs"]["cm"][key]


def test_a_sync_that_waits_for_ever_lets_the_next_one_begin_in_the_end():
    assert _values("argocd")["configs"]["params"]["controller.sync.timeout.seconds"] == 3600


def test_argo_workflows_looks_after_the_namespaces_that_have_pipelines():
    values = _files(reference_plan())["helm/argo-workflows.yaml"]

    assert values["controller"]["workflowNamespaces"] == ["mlops"]
    assert _values("argo-workflows")["controller"]["workflowNamespaces"] == []


def test_argo_workflows_has_no_repository_but_those_of_pipelines():
    values = _values("argo-workflows")

    assert "artifactRepository" not in values
    assert values["useStaticCredentials"] is False
    role = values["server"]["serviceAccount"]["annotations"]["eks.amazonaws.com/role-arn"]
    assert role.endswith(":role/acme-dev-argo-workflows-server")


def test_argo_workflows_runs_reviewed_templates_only():
    assert _values("argo-workflows")["controller"]["workflowRestrictions"] == {
        "templateReferencing": "Strict"
    }


def test_argo_workflows_without_a_bucket_keeps_no_artifacts():
    values = _values("argo-workflows", storage=None)

    assert "artifactRepository" not in values
    assert "serviceAccount" not in values["server"]


def test_mlflow_answers_under_each_name_that_it_is_called_by():
    components = {"mlflow": {}}
    certificate = "arn:aws:acm:eu-west-1:111122223333:certificate/1"

    values = _values(
        "mlflow",
        components=components,
        aws={"region": "eu-west-1", "accountId": "111122223333", "vpcCidr": "10.20.0.0/16"},
        exposure={"mlflow": {**GATE, "certificate": certificate}},
    )

    environment = values["extraEnvVars"]
    hosts = environment["MLFLOW_SERVER_ALLOWED_HOSTS"].split(",")
    assert hosts[0] == "mlflow.ml.example.com"
    assert {"mlflow.mlflow.svc", "mlflow.mlflow.svc:*", "10.20.*"} <= {*hosts}
    origins = environment["MLFLOW_SERVER_CORS_ALLOWED_ORIGINS"]
    assert origins == "https://mlflow.ml.example.com"


def test_mlflow_without_a_door_has_no_origin_to_answer():
    assert "MLFLOW_SERVER_CORS_ALLOWED_ORIGINS" not in _values("mlflow")["extraEnvVars"]


def test_mlflow_takes_its_account_from_the_secret():
    backend = _values("mlflow")["backendStore"]

    assert backend["existingDatabaseSecret"]["name"] == MLFLOW_DATABASE_SECRET
    assert {"user", "password"} & {*backend["postgres"]} == set()


@pytest.mark.parametrize(
    ("owner", "monitor", "arguments"),
    [("argocd", True, {}), ("terraform", False, {"exposePrometheus": "/mlflow/metrics"})],
)
def test_mlflow_shows_metrics_whoever_makes_its_monitor(owner, monitor, arguments):
    components = {"mlflow": {"owner": owner}, "prometheus": {}}

    values = _values("mlflow", components=components)

    assert values["serviceMonitor"]["enabled"] is monitor
    assert values["extraArgs"] == arguments


def test_replicas_of_mlflow_come_from_the_platform():
    assert _values("mlflow", components={"mlflow": {"replicas": 3}})["replicaCount"] == 3


@pytest.mark.parametrize("component", ["dcgm-exporter", "nvidia-device-plugin"])
def test_gpu_daemons_go_to_every_gpu_node_and_to_no_other(component):
    pools = {"gpu": GPU_POOL, "more": GPU_POOL, "training": CPU_POOL}

    values = _values(component, nodePools=pools)

    assert values["nodeSelector"] == {names.GPU_LABEL: "true"}
    plan = a_plan(nodePools=pools)
    labelled = [name for name, pool in plan.pools.items() if names.GPU_LABEL in pool.labels]
    assert labelled == ["gpu", "more"]
    assert values["tolerations"] == [
        {"key": "nvidia.com/gpu", "operator": "Equal", "value": "true", "effect": "NoSchedule"}
    ]


def test_external_dns_keeps_to_the_domains_of_our_hosts():
    values = _files(reference_plan())["helm/external-dns.yaml"]

    assert values["domainFilters"] == ["example.com", "models.example.com"]


def test_external_dns_keeps_to_its_zones():
    zones = ["Z0123456789EXAMPLE", "Z2FDTNDATAQYW2", "Z0123456789EXAMPLE"]

    values = _values("external-dns", components={"external-dns": {"zones": zones}})

    assert values["extraArgs"] == [
        "--aws-zone-match-parent",
        "--zone-id-filter=Z0123456789EXAMPLE",
        "--zone-id-filter=Z2FDTNDATAQYW2",
    ]


def test_external_dns_never_takes_a_whole_top_level_domain():
    components = {"external-dns": ZONES, "argocd": {}}

    values = _values(
        "external-dns",
        components=components,
        exposure={"argocd": {**GATE, "host": "acme.com"}},
    )

    assert values["domainFilters"] == ["acme.com"]


def test_external_dns_leaves_hosts_behind_a_gateway_to_whoever_runs_it():
    web = {"namespace": "ingress", "pods": {"namespace": "proxies", "labels": {"proxy": "web"}}}
    iris = {"runtime": "sklearn", "source": "s3://acme-models/iris"}
    models = {
        "iris": {**iris, "exposure": {"gateway": "web", "host": "iris.gateways.example.com"}},
        "wine": {**iris, "exposure": {"alb": "internal", "host": "wine.example.com"}},
    }

    values = _values("external-dns", gateways={"web": web}, models=models)

    assert values["domainFilters"] == ["example.com"]


def test_grafana_asks_the_prometheus_of_the_platform_and_has_no_password():
    values = _values("grafana", components={"grafana": {}, "prometheus": {}})

    [source] = values["datasources"]["datasources.yaml"]["datasources"]
    assert source["url"] == "http://prometheus-kube-prometheus-prometheus.monitoring.svc:9090"
    assert values["env"] == {"GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION": "true"}
    assert values["sidecar"]["dashboards"]["skipReload"] is True


def test_prometheus_takes_monitors_and_rules_of_every_namespace():
    spec = _values("prometheus")["prometheus"]["prometheusSpec"]

    selectors = {key: value for key, value in spec.items() if key.endswith("UsesHelmValues")}
    assert len(selectors) == 5
    assert not any(selectors.values())


def test_kserve_starts_anew_when_keda_comes():
    """Its controller looks for the kinds of KEDA only when it starts."""

    def annotations(**components):
        values = _files(a_plan(components={"kserve": {}, **components}))["helm/kserve.yaml"]
        return values["kserve"]["controller"].get("podAnnotations")

    assert annotations(keda={}) == {"mlopsgen/scaler": "keda-2.18.1"}
    assert annotations() is None


def test_outputs_that_no_key_can_find_any_more_leave_the_cache():
    def pipelines(*ages):
        steps = {
            f"s{index}": {
                "image": "acme/train:1",
                "command": ["train"],
                "memoize": {"key": ["day"], "ttl": age},
            }
            for index, age in enumerate(ages)
        }
        return {"train": {"parameters": {"day": "1"}, "steps": steps}}

    controller = _values("argo-workflows", pipelines=pipelines("12h", "36h", "1h"))["controller"]
    assert {each["name"]: each["value"] for each in controller["extraEnv"]} == {
        "CACHE_GC_PERIOD": "1h",
        "CACHE_GC_AFTER_NOT_HIT_DURATION": "36h",
    }

    plain = {"train": {"steps": {"fit": {"image": "acme/train:1", "command": ["train"]}}}}
    assert "extraEnv" not in _values("argo-workflows", pipelines=plain)["controller"]


PER_ZONE = {"region": "eu-west-1", "accountId": "111122223333", "natGateways": "per-zone"}
DOUBLED = {
    "argo-workflows": ("server.replicas", "server.pdb.enabled"),
    "cert-manager": ("cainjector.replicaCount", "cainjector.podDisruptionBudget.enabled"),
    "grafana": ("replicas", None),
    "mlflow": ("replicaCount", None),
    "prometheus": ("prometheus.prometheusSpec.replicas", "prometheus.podDisruptionBudget.enabled"),
}


def _at(values, path):
    for step in path.split("."):
        values = values[step]
    return values


@pytest.mark.parametrize(("aws", "copies"), [(PER_ZONE, 2), (None, 1)], ids=["per-zone", "single"])
@pytest.mark.parametrize("name", DOUBLED)
def test_what_is_to_outlive_a_zone_runs_twice_and_may_be_drained(name, aws, copies):
    sections = {"aws": aws} if aws else {}
    count, budget = DOUBLED[name]

    values = _values(name, components=EVERYTHING, **sections)

    assert _at(values, count) == copies
    if budget:
        assert _at(values, budget) is (copies == 2)


def test_replicas_of_mlflow_that_somebody_wrote_count():
    values = _values("mlflow", components={**EVERYTHING, "mlflow": {"replicas": 3}}, aws=PER_ZONE)

    assert values["replicaCount"] == 3


def _spreads(value):
    """Yield the constraints in *value*; KEDA's lie in a map, one list for each workload."""
    if isinstance(value, list) and value and "whenUnsatisfiable" in value[0]:
        yield from value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _spreads(each)


def test_whoever_runs_twice_is_spread_over_zones():
    plan = a_plan(components=EVERYTHING, aws=PER_ZONE)
    for path, values in _files(plan).items():
        part = plan.parts[path.removeprefix("helm/").removesuffix(".yaml")]
        chosen = [each["labelSelector"]["matchLabels"] for each in _spreads(values)]
        # Karpenter's chart spreads by itself, and MLflow's knows affinity alone.
        if part.name not in {"karpenter", "mlflow"}:
            assert chosen == [
                dict(workload.labels)
                for workload in part.facts.workloads.values()
                if workload.placed and replicas(workload, values) > 1
            ], path


def test_a_pod_with_a_disk_waits_for_another_zone_and_one_without_does_not():
    files = _files(a_plan(components=EVERYTHING, aws=PER_ZONE))
    prometheus = files["helm/prometheus.yaml"]
    kept = (
        prometheus["prometheus"]["prometheusSpec"],
        prometheus["alertmanager"]["alertmanagerSpec"],
    )
    spread = files["helm/grafana.yaml"]

    [those, these] = ({each["whenUnsatisfiable"] for each in _spreads(spec)} for spec in kept)
    assert those == these == {"DoNotSchedule"}
    assert {each["whenUnsatisfiable"] for each in _spreads(spread)} == {"ScheduleAnyway"}


def test_grafana_reads_no_secret_of_another_namespace():
    values = _values("grafana", components={"grafana": {}, "prometheus": {}})

    assert values["rbac"] == {"namespaced": True}
    assert values["sidecar"]["dashboards"]["resource"] == "configmap"
    assert "searchNamespace" not in values["sidecar"]["dashboards"]
