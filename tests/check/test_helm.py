import pytest

from mlopsgen.check.helm import RULES
from tests.check.platforms import EVERYTHING, a_platform, found

CODES = {each.rule.code for each in RULES}
AT = ("components", "karpenter", "values")


def _found(values, component="karpenter", **keys):
    components = {name: {} for name in EVERYTHING}
    components[component] = {"values": values, **keys}
    return [one for one in found(a_platform(components=components)) if one.code in CODES]


@pytest.mark.parametrize(
    ("component", "values"),
    [
        ("karpenter", {}),
        ("karpenter", {"replicas": 1, "nodeSelector": {"anything": "goes"}}),
        ("karpenter", {"settings": None}),
        ("karpenter", {"terminationGracePeriodSeconds": 30}),
        ("grafana", {"grafana.ini": {"auth.google": {"enabled": True}}}),
        ("prometheus", {"grafana": {"of": {"another": "chart"}}}),
        ("prometheus", {"kubelet": {"jobNameOverride": "nodes"}}),
        ("argocd", {"configs": {"cm": {"dex.config": "connectors: []"}}}),
        ("mlflow", {"extraEnvVars": {"A": "b"}, "resources": {"limits": {"cpu": 1}}}),
    ],
)
def test_what_the_chart_reads_is_no_mistake(component, values):
    assert _found(values, component) == []


@pytest.mark.parametrize(
    ("values", "below", "fix"),
    [
        ({"replica": 2}, ("replica",), "write `replicas`"),
        ({"settings": {"cluster_name": "x"}}, ("settings", "cluster_name"), "write `clusterName`"),
        ({"controller": {"image": {"tags": "x"}}}, ("controller", "image", "tags"), "write `tag`"),
    ],
)
def test_what_no_template_reads_is_told_at_its_key(values, below, fix):
    [finding] = _found(values)

    assert (finding.code, finding.at, finding.on_key) == ("HELM001", (*AT, *below), True)
    assert finding.fix == f"{fix}, or take the key away"


def test_a_map_that_is_not_read_is_told_once():
    [finding] = _found({"nosuch": {"a": {"b": 1}, "c": 2}})

    assert finding.at == (*AT, "nosuch")


def test_a_key_is_read_by_one_version_and_not_by_another():
    values = {"kserve": {"servingruntime": {"enabled": True}}}

    assert _found(values, "kserve", chart="v0.20.0") == []
    assert [one.code for one in _found(values, "kserve", chart="v0.16.0")] == ["HELM001"]


def test_a_version_without_facts_is_left_to_its_own_rule():
    assert _found({"nosuch": 1}, chart="9.9.9") == []


@pytest.mark.parametrize(
    ("value", "meant"), [("false", "false"), ("No", "false"), ("", "false"), ("yes", "true")]
)
def test_a_text_is_never_false(value, meant):
    [finding] = _found({"hostNetwork": value})

    assert (finding.code, finding.at) == ("HELM002", (*AT, "hostNetwork"))
    assert finding.fix == f"write `{meant}` without quotes"


@pytest.mark.parametrize("value", ["a text", ["a", "list"], 3, True])
def test_where_the_chart_has_a_map_nothing_else_is_taken(value):
    [finding] = _found({"settings": {"featureGates": value}})

    assert (finding.code, finding.at) == ("HELM002", (*AT, "settings", "featureGates"))
    assert "`nodeRepair`" in finding.fix


@pytest.mark.parametrize("count", [0, "0"])
@pytest.mark.parametrize(
    ("component", "path", "key"),
    [
        ("karpenter", ("replicas",), "controller"),
        ("kyverno", ("admissionController", "replicas"), "admission-controller"),
        ("cert-manager", ("webhook", "replicaCount"), "webhook"),
        ("prometheus", ("prometheus", "prometheusSpec", "replicas"), "prometheus"),
    ],
)
def test_a_component_without_a_pod_is_told(component, path, key, count):
    values = count
    for step in reversed(path):
        values = {step: values}

    [finding] = _found(values, component)

    assert (finding.code, finding.at) == ("HELM003", ("components", component, "values", *path))
    assert finding.message.endswith(f"is 0, so that the {key} of `{component}` has no pod")


@pytest.mark.parametrize("count", [1, None, "2", True, [0]])
def test_any_other_number_of_pods_is_not_ours_to_judge(count):
    assert "HELM003" not in {one.code for one in _found({"replicas": count})}
