"""Who may do what with features: nobody more than the calls that Feast makes for it."""

from __future__ import annotations

import pytest

from mlopsgen.plan import Pods
from tests.build import a_plan

STEP = {"image": "ghcr.io/acme/features:1.0.0", "command": ["feast", "apply"]}
FRONT = {"image": "ghcr.io/acme/front:1.0.0", "features": True}
IRIS = {
    "runtime": "sklearn",
    "source": "s3://acme-models/iris",
    "exposure": {"alb": "internal", "host": "iris.example.com"},
}
TABLES = "arn:aws:dynamodb:eu-west-1:111122223333:table/acme-dev-features.*"
BUCKET = "arn:aws:s3:::acme-artifacts-dev"

# What boto3 was asked for by feast 0.66.0, against a stand-in for AWS: apply, a second apply with
# one view renamed, materialize-incremental, get_historical_features, and a server under requests.
CALLS = {
    "server": {"s3:GetObject", "s3:ListBucket", "dynamodb:BatchGetItem"},
    "read": {"s3:GetObject", "s3:ListBucket"},
    "materialize": {
        "s3:GetObject", "s3:ListBucket", "s3:PutObject", "dynamodb:BatchWriteItem",
    },
    "apply": {
        "s3:GetObject", "s3:ListBucket", "s3:PutObject", "dynamodb:CreateTable",
        "dynamodb:DeleteTable", "dynamodb:DescribeTable", "dynamodb:ListTagsOfResource",
    },
}  # fmt: skip


def _plan(access=None, **sections):
    keys = {"features": access} if access else {}
    pipelines = {"train": {"steps": {"x": STEP}, **keys}}
    return a_plan(components={"feast": {}}, pipelines=pipelines, **sections)


def _identity(plan, account):
    [found] = [each for each in plan.identities if each.service_account == account]
    return found


def _actions(identity, word=""):
    return {
        action for each in identity.statements for action in each.actions if action.startswith(word)
    }


def test_the_server_may_do_what_it_does_and_nothing_else():
    identity = _identity(_plan("read"), "feast")

    assert _actions(identity) == CALLS["server"]
    assert identity.key_actions == ("kms:Decrypt",)
    assert identity.namespace == "feast"


@pytest.mark.parametrize("access", ["read", "materialize", "apply"])
def test_a_pipeline_may_do_what_feast_does_for_it(access):
    assert _actions(_identity(_plan(access), "pipeline-train")) >= CALLS[access]


@pytest.mark.parametrize(
    ("access", "expected"),
    [
        (None, set()),
        ("read", set()),
        ("materialize", {"dynamodb:BatchWriteItem"}),
        (
            "apply",
            {"dynamodb:BatchWriteItem", "dynamodb:TagResource", "dynamodb:UntagResource"}
            | {each for each in CALLS["apply"] if each.startswith("dynamodb:")},
        ),
    ],
)
def test_only_who_needs_tables_may_touch_them(access, expected):
    assert _actions(_identity(_plan(access), "pipeline-train"), "dynamodb:") == expected


def test_a_pipeline_that_reads_features_writes_none():
    statements = _identity(_plan("read"), "pipeline-train").statements

    writable = {
        resource
        for each in statements
        if "s3:PutObject" in each.actions
        for resource in each.resources
    }
    assert not any("features" in resource for resource in writable)


@pytest.mark.parametrize("access", ["read", "materialize", "apply"])
def test_grants_are_on_the_places_of_the_store_only(access):
    identity = _identity(_plan(access), "pipeline-train")

    resources = {
        resource
        for each in identity.statements
        if any(word in each.sid for word in ("Feature", "Find"))
        for resource in each.resources
    }
    assert resources <= {f"{BUCKET}/features/*", BUCKET, TABLES}


@pytest.mark.parametrize("account", ["feast", "pipeline-train"])
def test_feast_may_ask_whether_the_bucket_is_there(account):
    """HeadBucket has no prefix: a condition on one would refuse it."""
    statements = _identity(_plan("read"), account).statements

    assert any(
        "s3:ListBucket" in each.actions and BUCKET in each.resources and not each.conditions
        for each in statements
    )


def test_environments_never_share_tables():
    plans = [a_plan(name, components={"feast": {}}, pipelines={}) for name in ("a", "a-features")]
    held = [
        each.resources[0].rpartition("/")[2].removesuffix("*")
        for plan in plans
        for each in _identity(plan, "feast").statements
        if each.sid == "ReadFeatureTables"
    ]

    assert not any(one.startswith(other) for one in held for other in held if one is not other)


def test_transformers_that_ask_reach_the_server_and_no_other_pods_do():
    models = {
        "iris": {**IRIS, "transformer": FRONT},
        "plain": {**IRIS, "transformer": {**FRONT, "features": False}},
    }
    plan = a_plan(components={"feast": {}, "prometheus": {}}, models=models)

    callers = {
        flow.source.name: {port.number for port in flow.ports}
        for flow in plan.flows
        if isinstance(flow.target, Pods) and flow.target.namespace == "feast"
    }
    assert callers == {"transformer-iris": {6566}, "prometheus-prometheus": {8000}}


def test_a_canary_asks_for_features_like_its_model():
    canary = {"source": "s3://acme-models/new", "weight": 10}
    models = {"iris": {**IRIS, "transformer": FRONT, "canary": canary}}
    plan = a_plan(components={"feast": {}}, models=models)

    asking = [flow.source for flow in plan.flows if flow.because == "features of requests"]
    assert [each.labels for each in asking] == [
        {"app": "isvc.iris-transformer"},
        {"app": "isvc.iris-canary-transformer"},
    ]


def test_the_server_comes_after_what_defines_its_features():
    waves = {each.name: each.wave for each in _plan("apply", models={"iris": IRIS}).applications}

    assert waves["pipelines-mlops"] < waves["models-mlops"] < waves["feast"]


def test_its_namespace_is_restricted():
    assert _plan().namespaces["feast"].pod_security == "restricted"
