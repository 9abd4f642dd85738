from __future__ import annotations

import pytest

from mlopsgen.emit import karpenter
from mlopsgen.resources import TEMPLATES
from mlopsgen.shapes import Shapes
from tests.build import a_plan, reference_plan
from tests.conformance.schemas import faults

SHAPES = Shapes(TEMPLATES)
POOL = {"kind": "karpenter", "instanceFamilies": ["m5"]}
STEP = {"image": "acme/train:1", "command": ["train"]}


def _objects(plan):
    return {one["kind"]: one for each in karpenter.emit(plan, SHAPES) for one in each.objects}


def _emitted(pipelines=None, **changes):
    plan = a_plan(nodePools={"batch": {**POOL, **changes}}, pipelines=pipelines or {})
    return _objects(plan)


def _requirements(**changes):
    rows = _emitted(**changes)["NodePool"]["spec"]["template"]["spec"]["requirements"]
    return {row["key"]: row["values"] for row in rows}


def test_the_cluster_takes_every_object_of_the_reference():
    objects = [one for each in karpenter.emit(reference_plan(), SHAPES) for one in each.objects]

    assert len(objects) == 4
    assert [faults(one) for one in objects] == [[], [], [], []]


def test_managed_pools_are_made_by_others():
    pool = {"kind": "managed", "instanceTypes": ["t3.large"], "min": 1, "max": 2}

    assert _objects(a_plan(nodePools={"general": pool})) == {}


def test_files_are_named_after_kind_and_pool():
    paths = [each.path for each in karpenter.emit(a_plan(nodePools={"batch": POOL}), SHAPES)]

    assert paths == [
        "apps/node-pools/ec2nodeclass-batch.yaml",
        "apps/node-pools/nodepool-batch.yaml",
    ]


@pytest.mark.parametrize(
    ("capacity", "types"),
    [
        ("on-demand", ["on-demand"]),
        ("spot", ["spot"]),
        ("spot-preferred", ["spot", "on-demand"]),
    ],
)
def test_only_what_prefers_spot_falls_back(capacity, types):
    assert _requirements(capacity=capacity)["karpenter.sh/capacity-type"] == types


def test_families_and_sizes_are_two_requirements():
    found = _requirements(instanceFamilies=["c5", "m5"], sizes=["xlarge"])

    assert found["karpenter.k8s.aws/instance-family"] == ["c5", "m5"]
    assert found["karpenter.k8s.aws/instance-size"] == ["xlarge"]


def test_without_sizes_every_size_of_the_family_will_do():
    assert "karpenter.k8s.aws/instance-size" not in _requirements()


def test_nodes_have_the_label_that_bound_pods_select():
    plan = a_plan(nodePools={"batch": {**POOL, "labels": {"team": "search"}}})
    labels = _objects(plan)["NodePool"]["spec"]["template"]["metadata"]["labels"]

    assert labels == {"mlopsgen/pool": "batch", "team": "search"}
    assert plan.pools["batch"].selector.items() <= labels.items()


def test_a_taint_keeps_its_value_as_text():
    pool = _emitted(taints=["nvidia.com/gpu=true:NoSchedule", "alone:NoExecute"])["NodePool"]

    assert pool["spec"]["template"]["spec"]["taints"] == [
        {"key": "nvidia.com/gpu", "value": "true", "effect": "NoSchedule"},
        {"key": "alone", "effect": "NoExecute"},
    ]
    assert faults(pool) == []


def test_limits_are_quantities():
    pool = _emitted(limits={"cpu": 64, "memory": "256Gi", "gpus": 8})["NodePool"]

    assert pool["spec"]["limits"] == {"cpu": "64", "memory": "256Gi", "nvidia.com/gpu": "8"}


def test_a_pool_without_limits_has_none():
    assert "limits" not in _emitted()["NodePool"]["spec"]


def test_a_node_with_gpus_in_use_is_left_alone():
    gpus = {"instanceFamilies": ["g5"]}
    policies = [
        _emitted(**fields)["NodePool"]["spec"]["disruption"]["consolidationPolicy"]
        for fields in (gpus, {}, {**gpus, "consolidation": "WhenEmptyOrUnderutilized"})
    ]

    assert policies == ["WhenEmpty", "WhenEmptyOrUnderutilized", "WhenEmptyOrUnderutilized"]


def test_durations_have_no_part_that_karpenter_refuses():
    pool = _emitted(consolidateAfter="1m500ms", expireAfter="240h")["NodePool"]

    assert pool["spec"]["disruption"]["consolidateAfter"] == "1m1s"
    assert pool["spec"]["template"]["spec"]["expireAfter"] == "240h"
    assert faults(pool) == []


@pytest.mark.parametrize(("step", "taints"), [({"pool": "batch"}, ["a=b:NoSchedule"]), ({}, [])])
def test_a_node_is_replaced_when_the_longest_run_on_it_may_have_ended(step, taints):
    pipelines = {
        "short": {"deadline": "1h", "steps": {"train": {**STEP, **step}}},
        "long": {"deadline": "6h", "steps": {"train": {**STEP, **step}}},
    }
    template = _emitted(pipelines, taints=taints)["NodePool"]["spec"]["template"]

    assert template["spec"]["terminationGracePeriod"] == "6h"


def test_where_no_step_runs_nothing_refuses_to_go():
    pipelines = {"train": {"steps": {"train": STEP}}}
    template = _emitted(pipelines, taints=["a=b:NoSchedule"])["NodePool"]["spec"]["template"]

    assert "terminationGracePeriod" not in template["spec"]


def test_no_pod_gets_the_credentials_of_its_node():
    options = _emitted()["EC2NodeClass"]["spec"]["metadataOptions"]

    assert options["httpTokens"] == "required"
    assert options["httpPutResponseHopLimit"] == 1


def test_role_and_networks_are_those_of_the_cluster():
    spec = _emitted()["EC2NodeClass"]["spec"]

    assert spec["role"] == "acme-dev-karpenter-node"
    assert spec["subnetSelectorTerms"] == [{"tags": {"karpenter.sh/discovery": "acme-dev"}}]
    assert spec["securityGroupSelectorTerms"] == spec["subnetSelectorTerms"]


def test_images_of_pods_lie_on_an_encrypted_disk_of_the_size_asked_for():
    [disk] = _emitted(disk="200Gi")["EC2NodeClass"]["spec"]["blockDeviceMappings"]

    assert disk["deviceName"] == "/dev/xvda"
    assert disk["ebs"]["volumeSize"] == "200Gi"
    assert disk["ebs"]["encrypted"] is True


def test_bottlerocket_keeps_images_on_its_second_disk():
    found = _emitted(disk="200Gi", ami="bottlerocket@v1.20.3")["EC2NodeClass"]
    disks = {
        disk["deviceName"]: disk["ebs"]["volumeSize"]
        for disk in found["spec"]["blockDeviceMappings"]
    }

    assert disks == {"/dev/xvda": "4Gi", "/dev/xvdb": "200Gi"}
    assert faults(found) == []
