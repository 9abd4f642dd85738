import pytest

from mlopsgen.diagnostics import Severity
from tests.check.platforms import GENERAL, GPU, a_platform, codes, found, only


def _pool(base=GENERAL, **keys):
    return a_platform(nodePools={"general": GENERAL, "gpu": GPU, "other": base | keys})


@pytest.mark.parametrize(
    "taint",
    ["a=b:NoSchedule", "a:NoExecute", "a=:PreferNoSchedule", "nvidia.com/gpu=true:NoSchedule"],
)
def test_taints_as_kubectl_writes_them_are_fine(taint):
    assert found(_pool(taints=[taint])) == []


@pytest.mark.parametrize(
    ("taint", "fix"),
    [
        ("a=b:noschedule", "write `a=b:NoSchedule`"),
        ("a=b:NoExec", "write `a=b:NoExecute`"),
        ("a=b:Whatever", "write `a=b:NoSchedule`"),
        ("a=b", "write it like `workload=training:NoSchedule`"),
        ("=b:NoSchedule", "write it like"),
        ("a b:NoSchedule", "write it like"),
        ("a=b c:NoSchedule", "write it like"),
        ("a=b:", "write it like"),
        (f"{'a' * 64}:NoSchedule", "write it like"),
        (f"a={'b' * 64}:NoSchedule", "write it like"),
        ("Acme.com/a:NoSchedule", "write it like"),
    ],
)
def test_other_taints_are_found(taint, fix):
    finding = only(_pool(taints=["ok:NoSchedule", taint]))

    assert finding.code == "POOL001"
    assert finding.at == ("nodePools", "other", "taints", 1)
    assert finding.fix.startswith(fix)


@pytest.mark.parametrize(
    "label",
    [
        "kubernetes.io/arch",
        "topology.kubernetes.io/zone",
        "karpenter.sh/nodepool",
        "karpenter.k8s.aws/instance-family",
        "node.k8s.io/x",
        "eks.amazonaws.com/nodegroup",
        "mlopsgen/pool",
    ],
)
def test_labels_of_others_are_found(label):
    for base in (GENERAL, GPU):
        finding = only(_pool(base, labels={label: "x", "acme.com/team": "ml"}))
        assert finding.code == "POOL002"
        assert finding.at == ("nodePools", "other", "labels", label)


def test_karpenter_leaves_a_domain_to_users_that_eks_does_not():
    labels = {"node-restriction.kubernetes.io/team": "ml"}

    assert found(_pool(GPU, labels=labels)) == []
    assert codes(_pool(GENERAL, labels=labels)) == ["POOL002"]


@pytest.mark.parametrize("label", ["team", "acme.com/team", "notkubernetes.io/x"])
def test_labels_of_your_own_are_fine(label):
    assert found(_pool(labels={label: "x"})) == []


@pytest.mark.parametrize(
    ("base", "key", "words"),
    [
        (GENERAL, "instanceTypes", ["m5.large", "m5.large"]),
        (GPU, "instanceFamilies", ["g5", "g5"]),
        (GPU, "sizes", ["xlarge", "xlarge"]),
        (GENERAL, "taints", ["a=b:NoSchedule", "a=c:NoSchedule"]),
    ],
)
def test_nothing_is_listed_twice(base, key, words):
    finding = only(_pool(base, **{key: words}))

    assert finding.code == "POOL003"
    assert finding.at == ("nodePools", "other", key, 1)
    assert finding.related[0].at == ("nodePools", "other", key, 0)


def test_one_key_may_have_two_effects():
    assert found(_pool(taints=["a=b:NoSchedule", "a=b:NoExecute"])) == []


@pytest.mark.parametrize(
    ("base", "key", "word", "fix"),
    [
        (GENERAL, "instanceTypes", "m5.lrage", "write `m5.large`"),
        (GENERAL, "instanceTypes", "c55.2xlarge", "write `c5.2xlarge`"),
        (GPU, "instanceFamilies", "g66", "write `g6`"),
        (GPU, "sizes", "xlrage", "write `xlarge`"),
    ],
)
def test_an_instance_that_is_nearly_right_is_named(base, key, word, fix):
    finding = only(_pool(base, **{key: [word]}))

    assert finding.code == "POOL004"
    assert finding.fix == fix


def test_sizes_of_families_that_are_not_known_are_not_judged():
    assert codes(_pool(GPU, instanceFamilies=["q9"], sizes=["huge"])) == ["POOL004"]


def test_a_size_that_one_of_the_families_has_is_fine():
    families = ["g4dn", "g5"]

    assert found(_pool(GPU, instanceFamilies=families, sizes=["metal"])) == []
    assert codes(_pool(GPU, instanceFamilies=["g5"], sizes=["metal"])) == ["POOL004"]


def test_the_nodes_of_a_pool_do_not_go_down():
    assert only(_pool(min=3, max=2)).fix == "write `max: 3`"
    assert found(_pool(min=3, max=3)) == []


def test_a_pool_that_starts_empty_is_a_warning():
    finding = only(_pool(min=0))

    assert finding.code == "POOL006"
    assert finding.severity is Severity.WARNING


@pytest.mark.parametrize(("base", "disk"), [(GENERAL, "2Gi"), (GPU, "20479Mi"), (GENERAL, "20G")])
def test_a_disk_holds_the_image_of_its_node(base, disk):
    finding = only(_pool(base, disk=disk))

    assert finding.code == "POOL007"
    assert "images of EKS need 20Gi" in finding.message


def test_a_disk_as_large_as_the_image_is_fine():
    assert found(_pool(disk="20Gi")) == []
