"""Helm values are any YAML that users write: proofs find what is wrong, or nothing, and go on."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlopsgen.prove import identity, references
from mlopsgen.prove.emitted import Emitted
from tests.build import a_plan
from tests.prove.emitting import emit

ROLE = "eks.amazonaws.com/role-arn"
KEYS = st.sampled_from(
    ["annotations", "artifactRoot", "backendStore", "bucket", "enabled", "existingDatabaseSecret",
     "extraEnvVars", "MLFLOW_SERVER_ALLOWED_HOSTS", "name", "passwordKey", "path", ROLE, "s3",
     "serviceAccount"]
)  # fmt: skip
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=5),
    st.sampled_from(
        ["mlflow", "http://mlflow.mlflow.svc:99999", "a.b.svc:", "arn:aws:iam::1:role/"]
    ),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


def _proved(values):
    planned = a_plan(
        components={"argocd": {}, "external-secrets": {}, "mlflow": {"values": values}},
        gitops={"repository": "https://github.com/acme/platform.git"},
    )
    emitted = Emitted.of(planned, emit(planned))
    return [finding.code for proof in (identity, references) for finding in proof.proved(emitted)]


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=3))
def test_no_value_breaks_a_proof(values):
    assert all(code.startswith(("IDENT", "RESOLVE")) for code in _proved(values))


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"backendStore": {"existingDatabaseSecret": {"name": "mine"}}},
        {"serviceAccount": {"annotations": {ROLE: "arn:aws:iam::999999999999:role/mine"}}},
        {"extraEnvVars": {"PROMETHEUS": "http://prometheus.example.com"}},
    ],
)
def test_what_users_bring_themselves_is_theirs(values):
    assert _proved(values) == []


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ({"serviceAccount": {"name": ["a"]}}, {"IDENT001", "IDENT002"}),
        ({"serviceAccount": {"annotations": None}}, {"IDENT001", "IDENT002"}),
        ({"artifactRoot": {"s3": None}}, {"IDENT003"}),
        ({"artifactRoot": {"s3": {"path": "models"}}}, {"IDENT002"}),
        ({"backendStore": {"existingDatabaseSecret": {"usernameKey": "login"}}}, {"RESOLVE001"}),
        ({"extraEnvVars": {"PROXY": "http://proxy.mlflow.svc:80"}}, {"RESOLVE002"}),
    ],
)
def test_what_overrules_the_plan_is_found(values, codes):
    assert set(_proved(values)) == codes
