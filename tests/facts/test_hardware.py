import re
from itertools import pairwise

import pytest
import yaml

from mlopsgen.facts import hardware
from mlopsgen.facts.reading import CATALOGUE, CatalogueError
from mlopsgen.facts.unknown import UnknownFact

SIZES = {
    "c5": "large xlarge 2xlarge 4xlarge 9xlarge 12xlarge 18xlarge 24xlarge metal",
    "g4dn": "xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge metal",
    "g5": "xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge",
    "g6": "xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge",
    "g6e": "xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge",
    "gr6": "4xlarge 8xlarge",
    "m5": "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge metal",
    "p3": "2xlarge 8xlarge 16xlarge",
    "p3dn": "24xlarge",
    "p4d": "24xlarge",
    "p4de": "24xlarge",
    "p5": "4xlarge 48xlarge",
    "p5e": "48xlarge",
    "p5en": "48xlarge",
    "r5": "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge metal",
    "t3": "nano micro small medium large xlarge 2xlarge",
}
INSTANCES = [found for name in SIZES for found in hardware.family(name)]
WITH_GPUS = [found for found in INSTANCES if found.gpu]
FILES = sorted((CATALOGUE / "instances").glob("*.yaml"))

# type: vCPU, MiB, GPU, GPUs, MiB each, NVMe GB, allocatable mCPU, allocatable MiB
KNOWN = {
    "g4dn.xlarge": (4, 16384, "t4", 1, 16384, 125, 3920, 14481),
    "g5.xlarge": (4, 16384, "a10g", 1, 22888, 250, 3920, 14162),
    "g5.48xlarge": (192, 786432, "a10g", 8, 22888, 7600, 191450, 723299),
    "g6.12xlarge": (48, 196608, "l4", 4, 22888, 3760, 47810, 178933),
    "g6e.2xlarge": (8, 65536, "l40s", 1, 45776, 450, 7910, 59627),
    "p3.8xlarge": (32, 249856, "v100-16gb", 4, 16384, 0, 31850, 228187),
    "p4de.24xlarge": (96, 1179648, "a100-80gb", 8, 81920, 8000, 95690, 1082712),
    "p5en.48xlarge": (192, 2097152, "h200", 8, 144384, 30400, 191450, 1937332),
}


def by_type(found):
    return found.type


def reserved_cpu_millis(vcpu):
    # The kubelet's share by core: 6 % of the first, 1 % of the second, 0.5 % of two more, 0.25 %.
    steps = [60, 10, 5, 5] + [2.5] * (vcpu - 4 if vcpu > 4 else 0)
    return sum(steps[:vcpu])


def test_the_catalogue_holds_exactly_these_families():
    assert hardware.families() == tuple(sorted(SIZES))


@pytest.mark.parametrize("name", SIZES)
def test_a_family_is_complete_and_goes_from_small_to_large(name):
    assert [found.size for found in hardware.family(name)] == SIZES[name].split()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_holds_the_family_it_is_named_after(file):
    data = yaml.safe_load(file.read_text(encoding="utf-8"))

    assert data["family"] == file.stem
    assert {row["type"].partition(".")[0] for row in data["instances"]} == {file.stem}


@pytest.mark.parametrize("name", SIZES)
def test_a_larger_size_never_has_less(name):
    found = hardware.family(name)
    figures = [(one.vcpu, one.memory_mib) for one in found]

    for small, large in pairwise(figures):
        assert small[0] <= large[0]
        assert small[1] <= large[1]


@pytest.mark.parametrize("found", INSTANCES, ids=by_type)
def test_pods_get_less_than_the_instance_has(found):
    assert 0 < found.allocatable.cpu_millis < found.vcpu * 1000
    assert 0 < found.allocatable.memory_mib < found.memory_mib
    assert 4 <= found.allocatable.pods <= 737


@pytest.mark.parametrize("found", INSTANCES, ids=by_type)
def test_the_kubelet_keeps_its_share_of_the_cores(found):
    assert found.allocatable.cpu_millis == found.vcpu * 1000 - reserved_cpu_millis(found.vcpu)


@pytest.mark.parametrize("found", INSTANCES, ids=by_type)
def test_memory_lost_is_the_hypervisors_and_what_each_pod_slot_takes(found):
    # 7.5 % for the hypervisor, 100 MiB until eviction, 255 MiB and 11 MiB a pod for the kubelet.
    lost = found.memory_mib * 0.075 + 100 + 255 + 11 * found.allocatable.pods

    assert found.memory_mib - found.allocatable.memory_mib == pytest.approx(lost, abs=1)


def test_only_metal_sizes_run_without_a_hypervisor():
    assert {found.type for found in INSTANCES if found.bare_metal} == {
        found.type for found in INSTANCES if found.size == "metal"
    }


@pytest.mark.parametrize("found", WITH_GPUS, ids=by_type)
def test_a_node_has_one_four_or_eight_gpus_of_a_kind_the_catalogue_knows(found):
    assert found.gpu.count in {1, 4, 8}
    assert found.gpu.memory_mib == hardware.gpu(found.gpu.name).label.memory_mib


def test_only_the_g_and_p_families_have_gpus():
    assert {found.family for found in WITH_GPUS} == {name for name in SIZES if name[0] in "gp"}


def test_every_gpu_is_in_some_instance():
    assert {found.gpu.name for found in WITH_GPUS} == {found.name for found in hardware.gpus()}


@pytest.mark.parametrize("name", KNOWN)
def test_known_figures(name):
    found = hardware.instance(name)
    node = (found.vcpu, found.memory_mib)
    gpu = (found.gpu.name, found.gpu.count, found.gpu.memory_mib)
    left = (found.allocatable.cpu_millis, found.allocatable.memory_mib)

    assert (*node, *gpu, found.local_nvme_gb, *left) == KNOWN[name]


def test_an_instance_without_gpus_says_so():
    found = hardware.instance("m5.large")

    assert found.gpu is None
    assert found.local_nvme_gb == 0
    assert (found.family, found.size, found.arch) == ("m5", "large", "amd64")


@pytest.mark.parametrize("found", hardware.gpus(), ids=lambda found: found.name)
def test_a_program_gets_less_gpu_memory_than_the_label_says(found):
    label = found.label.memory_mib

    assert label * 0.9 < found.usable.memory_mib < label


@pytest.mark.parametrize("found", hardware.gpus(), ids=lambda found: found.name)
def test_usable_memory_is_the_figure_its_source_gives(found):
    [gib] = re.findall(r"(\d+\.\d\d) ?GiB", found.usable.source)

    assert found.usable.memory_mib == int(float(gib) * 1024)


@pytest.mark.parametrize("found", hardware.gpus(), ids=lambda found: found.name)
def test_data_types_follow_from_the_compute_capability(found):
    capability = found.compute.capability
    since = {"float16": (7, 0), "bfloat16": (8, 0), "fp8": (8, 9)}

    assert found.dtypes.native == tuple(name for name, at in since.items() if capability >= at)


def test_two_sizes_of_a_gpu_share_the_label():
    small, large = hardware.gpu("a100-40gb"), hardware.gpu("a100-80gb")

    assert small.label.name == large.label.name == "a100"
    assert small.usable.memory_mib < large.usable.memory_mib


def test_t4_computes_in_neither_bfloat16_nor_fp8():
    assert hardware.gpu("t4").dtypes.native == ("float16",)
    assert hardware.gpu("t4").compute.capability == (7, 5)


def test_an_unknown_size_names_the_sizes_of_its_family():
    with pytest.raises(UnknownFact) as caught:
        hardware.instance("g5.3xlarge")

    assert (caught.value.kind, caught.value.name) == ("instance type", "g5.3xlarge")
    assert "g5.2xlarge" in caught.value.known
    assert len(caught.value.known) == 8


@pytest.mark.parametrize("name", ["z9.large", "g5g.xlarge", "", "../gpus.yaml", "large"])
def test_an_unknown_family_names_the_families(name):
    with pytest.raises(UnknownFact) as caught:
        hardware.instance(name)

    assert caught.value.kind == "instance family"
    assert caught.value.known == hardware.families()


def test_an_unknown_gpu_names_the_gpus():
    with pytest.raises(UnknownFact) as caught:
        hardware.gpu("a100")

    assert caught.value.kind == "GPU"
    assert {"a100-40gb", "a100-80gb"} <= set(caught.value.known)


def test_facts_do_not_change():
    with pytest.raises(ValueError, match="frozen"):
        hardware.instance("m5.large").vcpu = 64


@pytest.mark.parametrize(
    "text",
    [
        "family: x1\ninstances: []\n",
        "family: x1\nsource: karpenter-provider-aws v1.8.0 page.md\ninstances: []\nprice: 1\n",
        "family: x1\nsource: karpenter-provider-aws v1.8.0 page.md\ninstances: [{vcpu: 2}]\n",
    ],
    ids=["no source", "unknown key", "missing figures"],
)
def test_a_broken_file_fails_with_its_name(text, tmp_path, monkeypatch):
    (tmp_path / "x1.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(hardware, "_INSTANCES", tmp_path)
    hardware.families.cache_clear()
    try:
        with pytest.raises(CatalogueError, match=r"x1\.yaml"):
            hardware.family("x1")
    finally:
        hardware.families.cache_clear()
