"""Packing: pods are really put on nodes, and what finds none is told with both numbers."""

from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlopsgen.explain.project import project
from mlopsgen.facts import hardware
from mlopsgen.prove.schedule import scheduled
from mlopsgen.prove.schedule_fit import ground
from mlopsgen.prove.schedule_labels import HOSTNAME, ZONE
from mlopsgen.prove.schedule_nodes import Node, Nodes
from mlopsgen.prove.schedule_packing import nodes_for, packed
from mlopsgen.prove.schedule_pods import Apart, Form, Pod
from mlopsgen.prove.schedule_shares import updated

ZONES = frozenset({"a", "b", "c"})

HEAD = """\
apiVersion: mlopsgen/v1beta1
name: acme
aws: {region: eu-west-1, accountId: "111122223333"}
storage: {artifacts: {bucket: acme-artifacts}}
components: {cert-manager: {}, karpenter: {}, kserve: {}, argo-workflows: {}}
namespaces: {mlops: {}}
"""


def a_kind(cpu=4000, pods=50):
    room = {"cpu": cpu, "pods": pods}
    return Node(hardware.instance("m5.xlarge"), {ZONE: ZONES}, room, {"cpu": cpu})


def a_pool(*kinds, least=0, most=None, limits=None, name="general"):
    return Nodes(
        name=name,
        kinds=kinds or (a_kind(),),
        taints=(),
        limits=limits or {},
        least=least,
        most=most,
        missing="",
        own_plugin=False,
        origin=("nodePools", name),
    )


def a_pod(cpu, least=1, most=None, **more):
    form = Form((("cpu", cpu), ("pods", 1)), ((),), ())
    return Pod(
        at=("models", "m"), who="m", namespace="mlops", form=form, containers=(), least=least,
        most=most or least, **more,
    )  # fmt: skip


def homeless(counts, *pools):
    return sum(count for _, count in packed(ground(pools, ()), counts).homeless)


def test_room_in_pieces_holds_no_large_pod():
    pool = a_pool(most=4)

    assert homeless({a_pod(2500): 5}, pool) == 1
    assert homeless({a_pod(2500): 4, a_pod(1500): 4}, pool) == 0


def test_pods_count_against_what_the_network_has_addresses_for():
    assert homeless({a_pod(1): 30}, a_pool(a_kind(pods=10), most=2)) == 10


def test_limits_of_karpenter_count_whole_nodes():
    pool = a_pool(limits={"cpu": 10_000})

    assert homeless({a_pod(2500): 3}, pool) == 1
    assert homeless({a_pod(2000): 4}, pool) == 0


def test_karpenter_takes_the_instance_that_spends_least_of_the_limits():
    pool = a_pool(a_kind(16_000), a_kind(4000), limits={"cpu": 12_000})

    assert homeless({a_pod(3000): 3}, pool) == 0


def test_replicas_that_refuse_to_share_a_node_have_one_each():
    alone = a_pod(100, apart=(Apart(HOSTNAME, 0, 0),))

    assert homeless({alone: 3}, a_pool(most=2)) == 1
    assert homeless({alone: 3}, a_pool(most=3)) == 0


def test_replicas_are_spread_over_zones():
    spread = a_pod(3000, apart=(Apart(ZONE, 1, 1),))
    nodes = a_pool(a_kind(), least=3, most=3)

    assert homeless({spread: 3}, nodes) == 0
    assert homeless({a_pod(1000, apart=(Apart(ZONE, 0, 0),)): 4}, nodes) == 1


def test_the_nodes_that_are_needed_are_counted():
    pool = a_pool(least=1, most=2)
    alone = a_pod(100, apart=(Apart(HOSTNAME, 0, 0),))

    assert nodes_for(ground((pool,), ()), pool, {a_pod(2500): 5}) == 5
    assert nodes_for(ground((pool,), ()), pool, {alone: 2}) == 2


sizes = st.dictionaries(st.integers(1, 8).map(lambda n: n * 500), st.integers(1, 9), max_size=5)


@settings(max_examples=150, deadline=None)
@given(sizes, st.integers(1, 6))
def test_nothing_is_put_where_there_is_no_room(wanted, nodes):
    counts = {a_pod(size): count for size, count in wanted.items()}
    pool = a_pool(most=nodes)
    found = packed(ground((pool,), ()), counts)
    used = sum(count * (4000 - lot.room[0]) for lot, count in found.lots.items())
    lost = sum(count * batch.form.amount("cpu") for batch, count in found.homeless)

    assert sum(found.lots.values()) <= nodes
    assert all(number >= 0 for lot in found.lots for number in lot.room)
    assert used + lost == sum(size * count for size, count in wanted.items())


@settings(max_examples=150, deadline=None)
@given(sizes)
def test_half_of_each_node_is_used_at_the_least(wanted):
    """First fit decreasing never has two nodes that are half empty: so it is no false alarm."""
    counts = {a_pod(size): count for size, count in wanted.items()}
    pool = a_pool(most=100)
    found = packed(ground((pool,), ()), counts)
    total = sum(size * count for size, count in wanted.items())

    assert not found.homeless
    assert sum(found.lots.values()) <= 2 * total // 4000 + 1


@pytest.mark.parametrize(
    ("strategy", "replicas", "extra"),
    [
        (None, 0, 0),
        (None, 1, 1),
        (None, 3, 1),
        (None, 4, 0),
        ({"type": "Recreate"}, 1, 0),
        ({"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}, 1, 0),
        ({"rollingUpdate": {"maxUnavailable": 0}}, 9, 1),
        ({"rollingUpdate": {"maxUnavailable": "50%"}}, 2, 0),
        ("nonsense", 2, 1),
    ],
)
def test_an_update_needs_a_pod_more_where_none_may_be_missing(strategy, replicas, extra):
    assert updated(strategy, replicas) == extra


@cache
def _draft(text, folder):
    (folder / "platform.yaml").write_text(HEAD + text, encoding="utf-8")
    draft, _ = project(folder / "platform.yaml", ("default",)).drafts["default"]
    assert draft.plan is not None
    return draft


def _found(text, folder):
    draft = _draft(text, folder)
    return {each.code: each for each in scheduled(draft.plan, draft.artifacts)}


def _model(pool="", cpu="1", low=1, high=1):
    return (
        "models:\n  churn:\n    runtime: sklearn\n    source: s3://acme-models/churn/1\n"
        f"    resources: {{cpu: {cpu}, memory: 2Gi}}\n    scale: {{min: {low}, max: {high}}}\n"
        f"{pool}"
    )


def _general(kind, low, high):
    return (
        "nodePools:\n"
        f"  general: {{kind: managed, instanceTypes: [{kind}], min: {low}, max: {high}}}\n"
    )


def test_a_large_replica_beside_half_empty_nodes_is_told_with_both_numbers(tmp_path):
    found = _found(_general("m5.large", 6, 6) + _model(high=7), tmp_path)["PLACE012"]

    assert found.message.startswith("1 of 7 pods of the predictor of InferenceService `churn` find")
    assert "left on its 6 nodes, " in found.message
    assert found.fix == "write `max: 7` at `nodePools.general`, or let it have larger instances"
    assert found.at == ("models", "churn")


def test_what_the_fix_says_is_enough(tmp_path):
    assert _found(_general("m5.large", 6, 7) + _model(high=7), tmp_path) == {}


def test_a_group_that_starts_too_small_is_told(tmp_path):
    found = _found(_general("m5.large", 2, 8) + _model(low=3, high=3), tmp_path)

    assert found.keys() == {"PLACE013"}
    assert found["PLACE013"].at == ("nodePools", "general", "min")
    assert found["PLACE013"].message.startswith("`general` starts with 2 nodes, and nothing makes")


def test_an_update_without_room_is_told(tmp_path):
    tight = _found(_general("m5.large", 3, 3) + _model(low=3, high=3), tmp_path)

    assert tight.keys() == {"PLACE014"}
    assert "has no room for it beside what always runs" in tight["PLACE014"].message


def test_gpu_models_are_updated_in_place(tmp_path):
    draft = _draft(_general("m5.large", 3, 3) + _model(low=3, high=3), tmp_path)
    in_place = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}

    def changed(artifact):
        if not artifact.path.endswith("inferenceservice-churn.yaml"):
            return artifact
        [body] = artifact.objects
        predictor = {**body["spec"]["predictor"], "deploymentStrategy": in_place}
        return replace(artifact, body={**body, "spec": {**body["spec"], "predictor": predictor}})

    assert list(scheduled(draft.plan, [changed(each) for each in draft.artifacts])) == []


BATCH = """\
  batch:
    kind: karpenter
    instanceFamilies: [c5]
    sizes: [4xlarge]
    taints: ["workload=batch:NoSchedule"]
    limits: {cpu: %d}
"""
STEP = """\
pipelines:
  retrain:
    steps:
      train:
        image: ghcr.io/acme/train:1.0.0
        command: [train]
        pool: batch
        resources: {cpu: 12, memory: 8Gi}
"""


@pytest.mark.parametrize(("limit", "codes"), [(16, {"PLACE015"}), (32, set())])
def test_a_step_beside_what_always_runs_is_told_when_there_is_no_room(tmp_path, limit, codes):
    nodes = _general("m5.xlarge", 3, 4) + BATCH % limit
    found = _found(nodes + _model("    pool: batch\n", "4", 2, 2) + STEP, tmp_path)

    assert found.keys() == codes
    if codes:
        assert found["PLACE015"].at == ("pipelines", "retrain", "steps", "train")
        assert "`batch` has 16 CPUs" in found["PLACE015"].message


def test_a_pool_without_limits_is_never_full(tmp_path):
    nodes = _general("m5.xlarge", 3, 4) + BATCH.replace("    limits: {cpu: %d}\n", "")
    found = _found(nodes + _model("    pool: batch\n", "4", 50, 90) + STEP, tmp_path)

    assert found == {}
