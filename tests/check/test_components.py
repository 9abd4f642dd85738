from typing import get_args

import pytest

from mlopsgen.spec.observability import BuiltinAlert
from tests.check.platforms import (
    GENERAL,
    a_balancer,
    a_llm,
    a_model,
    a_platform,
    a_public_balancer,
    a_step,
    codes,
    found,
    only,
    running,
    serving,
    without,
)

SECRET = {"TOKEN": "aws-sm:acme/token#token"}
CUSTOM = {"custom": {"Down": {"expr": "up == 0", "for": "5m", "severity": "info", "summary": "s"}}}


@pytest.mark.parametrize(
    ("component", "document", "at"),
    [
        ("kserve", serving(iris=a_model()), ("models", "iris")),
        ("cert-manager", a_platform(), ("components", "kserve")),
        ("vllm", serving(llama=a_llm()), ("models", "llama", "runtime")),
        ("nvidia-device-plugin", serving(llama=a_llm()), ("models", "llama", "gpus")),
        (
            "nvidia-device-plugin",
            running({"fit": a_step(gpus=1, pool="gpu")}),
            ("pipelines", "train", "steps", "fit", "gpus"),
        ),
        ("argo-workflows", running({"fit": a_step()}), ("pipelines", "train")),
        (
            "mlflow",
            running({"fit": a_step(registers="iris@challenger")}),
            ("pipelines", "train", "steps", "fit", "registers"),
        ),
        (
            "mlflow",
            running({"fit": a_step()}, experiment="iris"),
            ("pipelines", "train", "experiment"),
        ),
        ("karpenter", a_platform(), ("nodePools", "gpu", "kind")),
        (
            "aws-load-balancer-controller",
            serving(iris=a_model(exposure=a_balancer())),
            ("models", "iris", "exposure"),
        ),
        (
            "argocd",
            a_platform(exposure={"argocd": a_public_balancer()}),
            ("exposure", "argocd"),
        ),
        ("external-secrets", a_platform(), ("components", "mlflow")),
        (
            "prometheus",
            a_platform(components=without("grafana"), alerts=CUSTOM),
            ("alerts", "custom"),
        ),
        (
            "prometheus",
            a_platform(components=without("grafana"), alerts={"builtin": "all"}),
            ("alerts", "builtin"),
        ),
        ("grafana", a_platform(dashboards={"builtin": "all"}), ("dashboards", "builtin")),
        (
            "dcgm-exporter",
            serving(llama=a_llm()) | {"alerts": {"builtin": "all"}},
            ("alerts", "builtin"),
        ),
        (
            "mlflow",
            a_platform(alerts={"builtin": ["MLflowDown"]}),
            ("alerts", "builtin", 0),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_component_that_is_needed_is_asked_for_once(component, document, at):
    assert found(document) == []
    components = {name: {} for name in document["components"] if name != component}
    finding = only(document | {"components": components})

    assert finding.code == "NEED001"
    assert finding.at == at
    assert f"`{component}` isn't installed" in finding.message
    assert finding.fix == f"add `{component}: {{}}` under `components`"


def test_many_that_need_one_component_are_one_finding():
    models = {f"m{number}": a_model() for number in range(20)}
    finding = only(a_platform(models=models, components=without("kserve")))

    assert finding.message.endswith("; 19 more need it")
    assert len(finding.related) == 3


def test_secrets_of_models_and_steps_need_external_secrets():
    components = without("external-secrets", "mlflow")
    for document in (serving(iris=a_model(secrets=SECRET)), running({"a": a_step(secrets=SECRET)})):
        finding = only(document | {"components": components})
        assert finding.at[-1] == "secrets"


@pytest.mark.parametrize("alert", get_args(BuiltinAlert))
def test_each_alert_that_is_asked_for_by_name_needs_what_it_is_about(alert):
    document = a_platform(nodePools={"general": GENERAL}, components={"prometheus": {}})

    finding = only(document | {"alerts": {"builtin": [alert]}})

    assert finding.code == "NEED001"
    assert finding.at == ("alerts", "builtin", 0)


def test_gpu_alerts_need_no_exporter_where_nothing_has_gpus_or_they_are_switched_off():
    components = without("dcgm-exporter")
    tuned = {"builtin": "all", "tune": {"LowGPUUtilization": {"enabled": False}}}

    assert found(a_platform(components=components, alerts={"builtin": "all"})) == []
    document = serving(llama=a_llm()) | {"components": components}
    assert found(document | {"alerts": tuned}) == []
    assert codes(document | {"alerts": {"builtin": ["LowGPUUtilization"]}}) == ["NEED001"]


def test_argo_cd_needs_the_repository():
    document = a_platform()
    del document["gitops"]

    assert only(document).code == "NEED002"
    assert found(document | {"components": without("argocd")}) == []


@pytest.mark.parametrize(
    "document",
    [a_platform(), running({"fit": a_step()}) | {"components": without("mlflow")}],
    ids=["mlflow", "pipelines"],
)
def test_what_keeps_files_needs_storage(document):
    del document["storage"]
    finding = only(document)

    assert finding.code == "NEED002"
    assert finding.fix == "add `storage: {artifacts: {bucket: acme-artifacts}}`"


@pytest.mark.parametrize("version", ["0.46.1", "v0.46.1", None])
def test_versions_in_the_catalogue_are_known_with_and_without_a_v(version):
    chart = {"chart": version} if version else {}

    assert found(a_platform(components=without() | {"argo-workflows": chart})) == []


def test_a_version_that_is_not_in_the_catalogue_is_told_which_are():
    finding = only(a_platform(components=without() | {"kserve": {"chart": "0.17.0"}}))

    assert finding.at == ("components", "kserve", "chart")
    assert "the catalogue has `0.16.0`" in finding.message
    assert finding.fix == "write `0.16.0`"


def test_the_version_of_an_image_is_looked_up_too():
    finding = only(a_platform(components=without() | {"vllm": {"version": "0.9.0"}}))

    assert finding.at == ("components", "vllm", "version")


def test_any_version_of_an_addon_is_terraforms_to_find():
    platform = a_platform(components=without() | {"vpc-cni": {"version": "1.20.4-eksbuild.2"}})

    assert found(platform) == []


@pytest.mark.parametrize(("version", "nearest"), [("1.35", "1.34"), ("1.27", "1.28")])
def test_kubernetes_is_within_what_karpenter_supports(version, nearest):
    finding = only(a_platform(cluster={"version": version}))

    assert finding.code == "NEED004"
    assert "supports 1.28 to 1.34" in finding.message
    assert finding.fix == f'write `version: "{nearest}"`'


def test_without_karpenter_a_newer_kubernetes_is_fine():
    document = a_platform(cluster={"version": "1.35"}, components=without("karpenter"))

    assert found(document | {"nodePools": {"general": GENERAL}}) == []
