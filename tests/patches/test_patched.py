"""What patches do to emitted objects, and what is wrong with a patch itself."""

import pytest

from mlopsgen.patches import patched
from mlopsgen.patches.writable import WRITABLE, allowed
from mlopsgen.spec import Platform
from tests.build import a_platform
from tests.prove.emitting import golden, reference

INFERENCE = "apps/models-mlops/inferenceservice-iris.yaml"
HOSTS = {"hostAliases": [{"ip": "10.0.0.7", "hostnames": ["a.example.com"]}]}


def patches(**named):
    return a_platform(patches=named).patches


def a_patch(merge, kind="InferenceService", **target):
    return {"target": {"kind": kind, **target}, "merge": merge}


def apply(**named):
    _, artifacts = reference()
    return patched(patches(**named), artifacts)


def body(found, path=INFERENCE):
    [document] = next(each.body for each in found.artifacts if each.path == path)
    return document


def codes(found):
    return [each.code for each in found.findings]


def test_without_patches_nothing_is_copied():
    _, artifacts = reference()

    assert patched({}, artifacts).artifacts == artifacts
    assert all(a is b for a, b in zip(patched({}, artifacts).artifacts, artifacts, strict=True))


def test_a_patch_is_merged_and_named_as_an_origin():
    found = apply(hosts=a_patch({"spec": {"predictor": HOSTS}}, name="iris"))

    assert found.findings == ()
    assert body(found)["spec"]["predictor"]["hostAliases"] == HOSTS["hostAliases"]
    [artifact] = [each for each in found.artifacts if each.path == INFERENCE]
    assert artifact.origin == (("models", "iris"), ("patches", "hosts"))
    changed = [a for a, b in zip(found.artifacts, reference()[1], strict=True) if a is not b]
    assert changed == [artifact]


def test_what_was_emitted_stays_as_it_was():
    before = repr(reference()[1])

    apply(hosts=a_patch({"spec": {"predictor": HOSTS}}), cost=a_patch(labelled("a")))

    assert repr(reference()[1]) == before


def labelled(value, key="cost-center"):
    return {"metadata": {"labels": {key: value}}}


def test_a_patch_without_a_name_is_for_every_object_of_the_kind():
    found = apply(cost=a_patch(labelled("4711")))
    services = [
        document
        for each in found.artifacts
        for document in each.objects
        if document["kind"] == "InferenceService"
    ]

    assert len(services) > 3
    assert {each["metadata"]["labels"]["cost-center"] for each in services} == {"4711"}


def test_a_place_in_a_file_leads_to_the_patch():
    found = apply(hosts=a_patch({"spec": {"predictor": HOSTS}}, name="iris"))
    own = ("patches", "hosts", "merge", "spec", "predictor", "hostAliases")
    at = (0, "spec", "predictor", "hostAliases")

    assert found.source(INFERENCE, at) == own
    assert found.source(INFERENCE, (*at, 0, "ip")) == (*own, 0, "ip")
    assert found.source(INFERENCE, (0, "spec", "predictor")) is None
    assert found.source("apps/other.yaml", at) is None


@pytest.mark.parametrize(
    ("target", "said", "fix"),
    [
        ({"kind": "InferenceServce"}, "no object under `apps/`", "write `kind: InferenceService`"),
        ({"kind": "Application"}, "no object under `apps/`", "write one of"),
        ({"kind": "InferenceService", "name": "irsi"}, "the name `irsi`", "write `name: iris`"),
        ({"kind": "Namespace", "namespace": "mlops"}, "the namespace `mlops`", "leave"),
        (
            {"kind": "InferenceService", "name": "iris", "namespace": "mlop"},
            "the namespace `mlop`",
            "write `namespace: mlops`",
        ),
        (
            {"kind": "InferenceService", "name": "xxxxxxxx", "namespace": "mlops"},
            "there is none in `mlops`",
            "write one of",
        ),
    ],
)
def test_a_patch_that_meets_nothing_is_told_what_there_is(target, said, fix):
    [finding] = apply(x={"target": target, "merge": labelled("a")}).findings

    assert finding.code == "PATCH001"
    assert said in finding.message
    assert fix in finding.fix


@pytest.mark.parametrize(
    "merge",
    [
        {"spec": {"predictor": {"securityContext": {"runAsNonRoot": True}}}},
        {"spec": {"predictor": {"tolerations": None}}},
        {"metadata": {"labels": {"app.kubernetes.io/managed-by": "mlopsgen"}}},
        {"metadata": {"labels": {"gone": None}}},
        {"metadata": {}},
    ],
)
def test_a_patch_that_changes_nothing_is_refused(merge):
    assert codes(apply(x=a_patch(merge, name="iris"))) == ["PATCH002"]


@pytest.mark.parametrize(
    ("first", "second", "collide"),
    [
        (labelled("a"), labelled("b"), "PATCH003"),
        (labelled("a"), labelled("b", "other"), None),
        ({"spec": {"predictor": HOSTS}}, {"spec": {"predictor": {"hostAliases": []}}}, "PATCH003"),
        ({"spec": {"predictor": {"tolerations": []}}}, {"spec": {"predictor": HOSTS}}, None),
        (
            {"spec": {"predictor": HOSTS}},
            {"spec": {"predictor": {"hostAliases": [{"ip": "10.0.0.7", "hostnames": ["b"]}]}}},
            "PATCH003",
        ),
        (
            {"spec": {"predictor": {"tolerations": [1]}}},
            {"spec": {"predictor": {"tolerations": [2]}}},
            "PATCH003",
        ),
        (
            {"spec": {"predictor": {"tolerations": [1]}}},
            {"spec": {"predictor": {"tolerations": None}}},
            "PATCH003",
        ),
    ],
)
def test_two_patches_write_no_field_together(first, second, collide):
    found = apply(a=a_patch(first, name="iris"), b=a_patch(second, name="iris"))

    assert codes(found) == ([collide] if collide else [])


def test_a_field_of_ours_may_be_written_by_one_patch_in_its_own_place():
    found = apply(
        a=a_patch({"spec": {"predictor": {"terminationGracePeriodSeconds": 99}}}, name="iris"),
        b=a_patch({"spec": {"predictor": HOSTS}}, name="iris"),
    )

    assert codes(found) == []
    assert body(found)["spec"]["predictor"]["terminationGracePeriodSeconds"] == 99


@pytest.mark.parametrize(
    ("merge", "said"),
    [
        ({"kind": "Pod"}, "by which it is known"),
        ({"apiVersion": "v1"}, "by which it is known"),
        ({"metadata": {"name": "x"}}, "by which it is known"),
        ({"metadata": {"namespace": "x"}}, "by which it is known"),
        ({"metadata": {"namespace": None}}, "by which it is known"),
        ({"metadata": None}, "no patch can"),
        ({"spec": None}, "no patch can"),
        ({"spec": 5}, "no patch can"),
        ({"spec": {"predictor": None}}, "no patch can"),
        ({"metadata": {"labels": None}}, "no patch can"),
        ({"metadata": {"labels": [1]}}, "no patch can"),
        ({"metadata": {"finalizers": ["x"]}}, "no patch can"),
        ({"metadata": {"ownerReferences": [{"name": "x"}]}}, "no patch can"),
        ({"status": {"ready": True}}, "no patch can"),
        (labelled("x", "app.kubernetes.io/name"), "which is `iris`"),
        (labelled(None, "app.kubernetes.io/managed-by"), "which is `mlopsgen`"),
        (labelled("x", "mlopsgen/runtime"), "which is `"),
        (labelled("x", "serving.kserve.io/inferenceservice"), "a controller acts on"),
        ({"metadata": {"annotations": {"argocd.argoproj.io/sync-wave": "9"}}}, "a controller"),
        ({"metadata": {"annotations": {"argocd.argoproj.io/tracking-id": "x"}}}, "a controller"),
        ({"metadata": {"annotations": {"helm.sh/hook": "PreSync"}}}, "a controller acts on"),
        ({"metadata": {"annotations": {"serving.kserve.io/stop": "true"}}}, "a controller acts"),
        ({"metadata": {"annotations": {"eks.amazonaws.com/role-arn": "x"}}}, "a controller acts"),
        ({"spec": {"predictor": {"minReplicas": 9}}}, "`scale`"),
        ({"spec": {"predictor": {"containers": [{"name": "c", "image": "x"}]}}}, "`image`"),
        ({"spec": {"predictor": {"model": {"env": [{"name": "A"}]}}}}, "`env`"),
        ({"spec": {"predictor": {"model": {"readinessProbe": None}}}}, "no patch can"),
        ({"spec": {"predictor": {"model": {"readinessProbe": {"httpGet": 5}}}}}, "no patch can"),
        ({"spec": {"predictor": {"hostNetwork": True}}}, "no patch can"),
        ({"spec": {"predictor": {"nodeName": "x"}}}, "no patch can"),
        ({"spec": {"predictor": {"serviceAccountName": "x"}}}, "no patch can"),
        ({"spec": {"predictor": {"initContainers": [{"name": "x"}]}}}, "no patch can"),
        ({"spec": {"predictor": {"volumes": [{"hostPath": {"path": "/"}}]}}}, "no patch can"),
        ({"spec": {"predictor": {"dnsConfig": {"nameservers": ["8.8.8.8"]}}}}, "no patch can"),
        ({"spec": {"predictor": {"schedulerName": "other"}}}, "no patch can"),
        ({"spec": {"predictor": {"canaryTrafficPercent": 10}}}, "no patch can"),
    ],
)
def test_what_a_patch_may_not_write(merge, said):
    found = apply(x=a_patch(merge, name="iris"))

    assert set(codes(found)) == {"PATCH004"}
    assert any(said in f"{each.message} {each.fix}" for each in found.findings)
    assert found.artifacts == found.before


def test_affinity_to_other_pods_may_only_be_a_wish():
    required = {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "x"}]}
    fields = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
        "nodeSelectorTerms": [{"matchFields": [{"key": "metadata.name"}]}]}}}  # fmt: skip
    for affinity in ({"podAffinity": required}, {"podAntiAffinity": required}, fields):
        found = apply(x=a_patch({"spec": {"predictor": {"affinity": affinity}}}, name="iris"))
        assert codes(found) == ["PATCH004"]


def test_many_faults_of_one_patch_are_not_all_told():
    merge = {"spec": {f"field{number}": number for number in range(50)}}

    assert len(apply(x=a_patch(merge)).findings) == 5


def test_a_patch_with_a_fault_leaves_the_others_alone():
    found = apply(
        bad=a_patch({"kind": "Pod"}, name="iris"), good=a_patch(labelled("4711"), name="iris")
    )

    assert codes(found) == ["PATCH004"]
    assert body(found)["metadata"]["labels"]["cost-center"] == "4711"


def test_the_order_of_patches_says_nothing():
    one = a_patch({"metadata": {"annotations": {"z": "1"}}}, name="iris")
    two = a_patch({"metadata": {"annotations": {"a": "1"}}}, name="iris")

    assert repr(apply(b=one, a=two).artifacts) == repr(apply(a=two, b=one).artifacts)


def test_every_kind_that_can_be_written_is_emitted():
    emitted = {
        document["kind"]
        for case in ("patches", "pipelines", "runtimes")
        for each in golden(case)[1]
        for document in each.objects
    }

    assert set(WRITABLE) <= emitted
    assert allowed("Role") == ("metadata.annotations", "metadata.labels")


def test_spec_is_strict():
    with pytest.raises(ValueError, match="merge"):
        Platform.model_validate({**a_platform().model_dump(by_alias=True), "patches": {"x": {}}})
