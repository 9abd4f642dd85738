from __future__ import annotations

from mlopsgen.emit import namespaces
from mlopsgen.resources import TEMPLATES
from mlopsgen.shapes import Shapes
from tests.build import a_plan, reference_plan
from tests.conformance.schemas import faults

SHAPES = Shapes(TEMPLATES)


def _objects(**sections):
    emitted = namespaces.emit(a_plan(**sections), SHAPES)
    return {
        (one["kind"], one["metadata"].get("namespace") or one["metadata"]["name"]): one
        for each in emitted
        for one in each.objects
    }


def _quota(**quota):
    emitted = _objects(namespaces={"mlops": {"quota": quota}})
    return emitted["ResourceQuota", "mlops"]["spec"]["hard"]


def test_the_cluster_takes_every_object_of_the_reference():
    objects = [one for each in namespaces.emit(reference_plan(), SHAPES) for one in each.objects]

    assert len(objects) > 3
    assert [fault for one in objects for fault in faults(one)] == []


def test_the_pod_security_level_is_enforced_at_the_version_of_the_cluster():
    labels = _objects(cluster={"version": "1.34"})["Namespace", "mlops"]["metadata"]["labels"]

    for mode in ("enforce", "audit", "warn"):
        assert labels[f"pod-security.kubernetes.io/{mode}"] == "restricted"
        assert labels[f"pod-security.kubernetes.io/{mode}-version"] == "v1.34"


def test_a_namespace_says_why_it_is_less_strict():
    spaces = {"mlops": {"podSecurity": "baseline"}, "strict": {}}
    emitted = _objects(namespaces=spaces)
    loose, strict = (emitted["Namespace", name]["metadata"] for name in spaces)

    assert loose["labels"]["pod-security.kubernetes.io/enforce"] == "baseline"
    assert loose["annotations"]["mlopsgen/because"] == "platform.yaml says so"
    assert "mlopsgen/because" not in strict["annotations"]


def test_argo_cd_never_deletes_a_namespace():
    metadata = _objects()["Namespace", "mlops"]["metadata"]

    options = metadata["annotations"]["argocd.argoproj.io/sync-options"].split(",")
    assert options == ["Prune=false", "Delete=false"]


def test_pods_that_ask_for_nothing_get_requests_so_that_a_quota_admits_them():
    [limit] = _objects()["LimitRange", "mlops"]["spec"]["limits"]

    assert limit["defaultRequest"].keys() == {"cpu", "memory"}
    assert limit["default"].keys() == {"memory"}
    assert "max" not in limit


def test_the_namespace_of_a_component_gets_nothing_but_itself():
    emitted = _objects(components={"mlflow": {}})

    assert ("Namespace", "mlflow") in emitted
    assert ("LimitRange", "mlflow") not in emitted
    assert ("ResourceQuota", "mlflow") not in emitted


def test_the_quota_counts_gpus_under_the_name_that_is_counted():
    assert _quota(gpus=4) == {"requests.nvidia.com/gpu": "4"}


def test_quantities_of_the_quota_are_canonical():
    assert _quota(cpu="1500m", memory="1024Gi", pods=50) == {
        "requests.cpu": "1500m",
        "requests.memory": "1Ti",
        "pods": "50",
    }


def test_no_gpu_at_all_is_a_limit_too():
    assert _quota(gpus=0) == {"requests.nvidia.com/gpu": "0"}


def test_an_empty_quota_makes_no_object():
    assert ("ResourceQuota", "mlops") not in _objects(namespaces={"mlops": {"quota": {}}})


def test_files_of_different_namespaces_never_meet():
    plan = a_plan(namespaces={"one": {}, "two": {}})
    paths = [each.path for each in namespaces.emit(plan, SHAPES)]

    assert paths == [
        "apps/namespaces/storageclass-gp3-encrypted.yaml",
        "apps/namespaces/namespace-one.yaml",
        "apps/namespaces/limitrange-one.defaults.yaml",
        "apps/namespaces/namespace-two.yaml",
        "apps/namespaces/limitrange-two.defaults.yaml",
    ]


def test_a_priority_is_an_object_of_the_whole_cluster_beside_the_namespaces():
    model = {"runtime": "sklearn", "source": "s3://acme-models/iris/1", "priority": "low"}
    plan = a_plan(models={"iris": model})
    [artifact] = (each for each in namespaces.emit(plan, SHAPES) if "priorityclass" in each.path)
    [found] = artifact.objects

    assert artifact.path == f"apps/namespaces/priorityclass-{plan.platform.name}-low.yaml"
    assert faults(found) == []
    assert "namespace" not in found["metadata"]
    assert found["globalDefault"] is False


def test_without_priorities_there_is_no_class():
    assert {kind for kind, _ in _objects()} == {"Namespace", "LimitRange", "StorageClass"}


def test_claims_that_name_no_class_get_disks_that_are_encrypted():
    found = _objects()["StorageClass", "gp3-encrypted"]

    assert faults(found) == []
    assert found["parameters"] == {"type": "gp3", "encrypted": "true"}
    assert found["metadata"]["annotations"] == {
        "storageclass.kubernetes.io/is-default-class": "true"
    }
