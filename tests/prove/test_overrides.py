"""What users write into Helm values is found where they wrote it, or rightly harmless."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlopsgen.imports.ground import PLATFORM, Ground
from mlopsgen.prove.emitted import OUR_FAULT
from tests.overrides import MORE, TABLES, found, nested, ours, rows, stated, tried

SOME = 40
"""Whole builds with one value of users': a quarter of a second each."""

COMPONENTS = sorted(ours())


@pytest.mark.parametrize("component", COMPONENTS)
def test_each_value_is_told_as_it_was_reviewed(component):
    table = (TABLES / f"{component}.txt").read_text(encoding="utf-8")

    assert list(rows(component)) == table.splitlines()


@pytest.mark.parametrize("component", COMPONENTS)
def test_what_is_told_is_told_at_what_users_wrote_and_is_theirs_to_mend(component):
    start = ("components", component, "values")
    for each in tried(component):
        for finding in each.found:
            assert finding.at[: len(start)] == start, each
            assert each.path[0] in finding.at, each
            assert OUR_FAULT not in finding.fix, each
            assert finding.fix, each


def _built(component, values):
    data = {**PLATFORM, **MORE}
    part = {**data["components"][component], "values": values}
    return Ground({**data, "components": {**data["components"], component: part}}).built()


def test_whole_builds_say_the_same_of_some_of_them():
    every = [(component, each) for component in COMPONENTS for each in tried(component)]
    usual = {each.code for each in Ground({**PLATFORM, **MORE}).built().findings}
    for component, each in random.Random(38).sample(every, SOME):
        draft = _built(component, nested(each.path, each.value))

        assert {one.code for one in each.found} <= {one.code for one in draft.findings}, each
        fresh = [one for one in draft.findings if one.code not in usual]
        assert [one.message for one in fresh if OUR_FAULT in one.fix] == []


KEYS = st.sampled_from(
    ["resources", "requests", "limits", "cpu", "memory", "securityContext", "runAsUser", "image",
     "tag", "priorityClassName", "serviceAccount", "name", "annotations", "extraArgs", "sources",
     "service", "port", "type", "podLabels", "configs", "cm", "rbac", "metrics", "enabled"]
)  # fmt: skip
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=4), st.just("1e400Gi")
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(COMPONENTS), st.dictionaries(KEYS, VALUES, min_size=1, max_size=3))
def test_whatever_users_write_it_is_theirs_to_mend(component, values):
    for finding in (*stated(component, values), *found(component, values)):
        assert finding.at[:3] == ("components", component, "values")
        assert OUR_FAULT not in finding.fix


HARMLESS = [
    ("external-dns", {"logLevel": "debug", "interval": "5m", "podLabels": {"acme.com/team": "x"}}),
    ("external-dns", {"policy": "sync", "sources": ["ingress", "service"]}),
    ("grafana", {"replicas": 3, "podAnnotations": {"a": "b"}, "ingress": {"enabled": False}}),
    (
        "grafana",
        {"resources": {"requests": {"cpu": 1, "memory": "512Mi"}, "limits": {"cpu": None}}},
    ),
    ("argocd", {"configs": {"cm": {"admin.enabled": False, "oidc.config": "name: Okta\n"}}}),
    ("argocd", {"global": {"logging": {"level": "warn"}}, "server": {"replicas": 3}}),
    ("argocd", {"server": {"pdb": {"minAvailable": "50%"}}}),
    ("prometheus", {"prometheus": {"prometheusSpec": {"retention": "30d", "logLevel": "debug"}}}),
    ("karpenter", {"imagePullPolicy": "Always", "priorityClassName": "system-node-critical"}),
    ("dcgm-exporter", {"tolerations": [{"operator": "Exists"}]}),
    ("kserve", {"kserve": {"controller": {"image": "registry.acme.com/kserve/kserve-controller"}}}),
    ("argo-workflows", {"server": {"authModes": ["sso", "client"]}}),
    ("argo-events", {"controller": {"serviceAccount": {"annotations": {"acme.com/owner": "x"}}}}),
]


@pytest.mark.parametrize(("component", "values"), HARMLESS, ids=lambda value: str(value)[:60])
def test_what_is_a_matter_of_taste_is_nobodys_business(component, values):
    assert [finding.message for finding in found(component, values)] == []


TOLD = [
    (
        "external-dns",
        {"extraArgs": ["--aws-zone-match-parent"]},
        ("HELM004", "components.external-dns.values.extraArgs` must be a list with"),
    ),
    (
        "grafana",
        {"resources": {"requests": {"memory": "2Gi"}}},
        ("HELM004", "`2Gi`, and the limit is `512Mi`"),
    ),
    (
        "grafana",
        {"resources": {"limits": {"memory": "64Mi"}}},
        ("HELM004", "`64Mi`, and `192Mi` is asked for"),
    ),
    ("karpenter", {"hostNetwork": True}, ("HELM005", "hostNetwork` is `true`")),
    ("external-secrets", {"hostNetwork": True}, ("HELM004", "hostNetwork` is `true`")),
    ("mlflow", {"fullnameOverride": "tracking"}, ("HELM004", "gives it the name `tracking`")),
    ("mlflow", {"service": {"port": 8080}}, ("HELM004", "is `8080`; it must be `80`")),
    (
        "argo-workflows",
        {"controller": {"workflowNamespaces": []}},
        ("HELM004", 'is `[]`; it has to be `["mlops"]`'),
    ),
    (
        "aws-load-balancer-controller",
        {"clusterName": "other"},
        ("HELM004", "it makes load balancers for that cluster alone"),
    ),
    ("prometheus", {"alertmanager": {"enabled": False}}, ("HELM005", "is `false`")),
    ("keda", {"extraObjects": [{"kind": "ConfigMap"}]}, ("HELM005", "something of your own")),
    ("argocd", {"configs": {"cm": None}}, ("HELM004", "is `null`; it must be a map")),
]


@pytest.mark.parametrize(("component", "values", "told"), TOLD, ids=lambda value: str(value)[:40])
def test_what_breaks_something_says_what(component, values, told):
    code, words = told

    [finding] = found(component, values)

    assert (finding.code, words in finding.message) == (code, True), finding.message
