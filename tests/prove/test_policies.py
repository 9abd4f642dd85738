from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from functools import cache

import pytest

from mlopsgen.diagnostics import Severity
from mlopsgen.emit import EMITTERS
from mlopsgen.prove import policies
from mlopsgen.prove.cel import Situation, UndecidedError, inlined
from mlopsgen.prove.created import PODS, WORKFLOWS, Created
from mlopsgen.prove.policies import Bench, in_force, obeyed, visible
from mlopsgen.resources import TEMPLATES
from mlopsgen.shapes import Shapes
from tests.build import a_plan, reference_plan
from tests.prove.emitting import reference, set_to, spoiled, taken
from tests.prove.objects import an_artifact

DIGEST = f"sha256:{'0' * 64}"


@cache
def _emitted(version="1.33"):
    plan = reference_plan("prod", cluster={"version": version})
    shapes = Shapes(TEMPLATES)
    return plan, tuple(each for emit in EMITTERS for each in emit(plan, shapes))


POLICIES = "apps/policies/validatingadmissionpolicy-mlops"
MISTRAL = "apps/models-mlops/inferenceservice-mistral-7b.yaml"


def _spoilt(kind, name, change):
    """Return what is found when one emitted object is changed."""
    plan, artifacts = _emitted()
    spoilt = []
    for artifact in artifacts:
        body = artifact.body
        if isinstance(body, tuple):
            body = tuple(deepcopy(body))
            for each in body:
                if (each["kind"], each["metadata"]["name"]) == (kind, name):
                    change(each)
        spoilt.append(replace(artifact, body=body))
    return [(each.code, each.message.partition("the policy ")[2]) for each in obeyed(plan, spoilt)]


def _container(service):
    return service["spec"]["predictor"]["containers"][0]


def _step(template):
    return next(each for each in template["spec"]["templates"] if "container" in each)


def test_the_reference_platform_obeys_its_own_policies():
    plan, artifacts = _emitted()

    assert {each.name for each in in_force(artifacts)} == {
        "confined-pods",
        "fixed-tags",
        "known-registries",
        "labelled-objects",
        "own-account",
    }
    assert list(obeyed(plan, artifacts)) == []


VLLM = "mistral-7b"
UNLABELLED = "without the labels that say whose it is: app.kubernetes.io/part-of"
POD = f"refuses the pod of its predictor, of InferenceService `mlops/{VLLM}`: "


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            lambda one: _container(one).update(image="ghcr.io/evil/vllm:v0.8.0"),
            f"`known-registries` {POD}not from a registry that is listed: ghcr.io/evil/vllm:v0.8.0",
        ),
        (
            lambda one: _container(one).update(image="vllm/vllm-openai:latest"),
            f"`fixed-tags` {POD}without a tag that stays: vllm/vllm-openai:latest",
        ),
        (
            lambda one: _container(one)["securityContext"].update(runAsUser=0),
            f"`confined-pods` {POD}a container may run as root",
        ),
        (
            lambda one: one["spec"]["predictor"]["securityContext"].pop("runAsNonRoot"),
            f"`confined-pods` {POD}a container may run as root",
        ),
        (
            lambda one: one["spec"]["predictor"]["securityContext"].pop("seccompProfile"),
            f"`confined-pods` {POD}a container runs without a seccomp profile",
        ),
        (
            lambda one: _container(one)["securityContext"].pop("allowPrivilegeEscalation"),
            f"`confined-pods` {POD}a container may gain privileges",
        ),
        (
            lambda one: _container(one)["securityContext"].pop("capabilities"),
            f"`confined-pods` {POD}a container keeps capabilities",
        ),
        (
            lambda one: one["spec"]["predictor"]["volumes"].append(
                {"name": "node", "hostPath": {"path": "/"}}
            ),
            f"`confined-pods` {POD}a volume is a folder of the node (hostPath)",
        ),
        (
            lambda one: one["spec"]["predictor"].update(hostNetwork=True),
            f"`confined-pods` {POD}the pod shares the network, processes or memory of its node",
        ),
        (
            lambda one: one["metadata"]["labels"].pop("app.kubernetes.io/part-of"),
            f"`labelled-objects` refuses InferenceService `mlops/{VLLM}`: {UNLABELLED}",
        ),
    ],
)
def test_a_changed_model_is_refused_by_the_policy_that_is_for_it(change, told):
    assert _spoilt("InferenceService", VLLM, change) == [("ADMIT007", told)]


def test_a_step_from_an_unknown_registry_is_named():
    name = "iris-training"

    found = _spoilt(
        "WorkflowTemplate",
        name,
        lambda one: _step(one)["container"].update(image="python:3.12"),
    )

    [(_, told)] = found
    assert told == (
        "`known-registries` refuses the pod of its template `data-ingestion`, of"
        " WorkflowTemplate `mlops/iris-training`: not from a registry that is listed:"
        " docker.io/library/python:3.12"
    )


def test_a_run_as_somebody_else_is_refused():
    def change(cron):
        cron["spec"]["workflowSpec"]["serviceAccountName"] = "model-iris"

    [(code, told)] = _spoilt("CronWorkflow", "iris-training", change)

    assert code == "ADMIT007"
    assert told.endswith("a Workflow runs as another service account than its pipeline's")


def test_a_policy_without_its_binding_refuses_nothing():
    _, artifacts = _emitted()
    bound = [each for each in artifacts if "policybinding" not in each.path]

    assert in_force(bound) == ()


def _told(resource, body, namespace="mlops"):
    _, artifacts = _emitted()
    one = Created(an_artifact(), {"kind": "X", "metadata": {"name": "x"}}, "", resource, namespace,
                  body)  # fmt: skip
    return [
        each.message.partition("the policy ")[2] for each in Bench(in_force(artifacts)).judged(one)
    ]


def _a_pod(image="vllm/vllm-openai:v0.8.0", **spec):
    context = {
        "runAsNonRoot": True,
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    containers = [{"name": "main", "image": image, "securityContext": context}]
    return {"metadata": {"namespace": "mlops"}, "spec": {"containers": containers, **spec}}


@pytest.mark.parametrize(
    "image",
    [
        "vllm/vllm-openai:v0.8.0",
        f"vllm/vllm-openai@{DIGEST}",
        f"vllm/vllm-openai:latest@{DIGEST}",
        "docker.io/kserve/storage-initializer:v0.16.0",
        "quay.io/argoproj/argoexec:v3.7.4",
    ],
)
def test_images_that_the_platform_runs_are_admitted(image):
    assert _told(PODS, _a_pod(image)) == []


@pytest.mark.parametrize(
    ("image", "policies"),
    [
        ("", ["fixed-tags", "known-registries"]),
        ("vllm", ["fixed-tags", "known-registries"]),
        ("vllm/vllm-openai", ["fixed-tags"]),
        ("quay.io/vllm/vllm-openai:v0.8.0", ["known-registries"]),
        ("docker.io/vllmx/vllm-openai:v0.8.0", ["known-registries"]),
        ("evil.example/docker.io/vllm/x:1", ["known-registries"]),
        ("localhost/vllm/x:1", ["known-registries"]),
        ("vllm:5000/vllm/x", ["fixed-tags", "known-registries"]),
    ],
)
def test_other_images_are_denied(image, policies):
    assert [told.split("`")[1] for told in _told(PODS, _a_pod(image))] == policies


@pytest.mark.parametrize("where", ["initContainers", "ephemeralContainers"])
def test_a_container_beside_the_main_one_is_judged_as_well(where):
    stranger = {**_a_pod()["spec"]["containers"][0], "image": "evil/x:1"}

    [told] = _told(PODS, _a_pod(**{where: [stranger]}))

    assert "docker.io/evil/x:1" in told


def test_namespaces_of_others_are_left_alone():
    assert _told(PODS, _a_pod("evil", hostNetwork=True), "kube-system") == []


PIPELINE = {"workflowTemplateRef": {"name": "iris-training"}}
ACCOUNT = "pipeline-iris-training"


@pytest.mark.parametrize(
    "spec",
    [
        PIPELINE,
        {**PIPELINE, "serviceAccountName": ACCOUNT},
        {**PIPELINE, "serviceAccountName": ""},
        {**PIPELINE, "arguments": {"parameters": []}, "shutdown": "Stop", "suspend": True},
    ],
)
def test_owners_may_start_a_pipeline(spec):
    assert _told(WORKFLOWS, {"metadata": {}, "spec": spec}) == []


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"serviceAccountName": ACCOUNT},
        {"workflowTemplateRef": {"name": "other"}},
        {"workflowTemplateRef": {"name": "iris-training", "clusterScope": True}},
        {**PIPELINE, "serviceAccountName": "model-iris"},
        {**PIPELINE, "templates": [{"name": "x", "serviceAccountName": "model-iris"}]},
        {**PIPELINE, "podSpecPatch": "serviceAccountName: model-iris"},
        {**PIPELINE, "executor": {"serviceAccountName": "model-iris"}},
        {**PIPELINE, "templateDefaults": {"serviceAccountName": "model-iris"}},
        {**PIPELINE, "hooks": {"exit": {"template": "x"}}},
        {**PIPELINE, "volumes": []},
    ],
)
def test_owners_can_not_become_another_account(spec):
    assert _told(WORKFLOWS, {"metadata": {}, "spec": spec})


def test_an_object_that_a_policy_has_no_answer_for_is_refused():
    told = _told(PODS, {"metadata": {}, "spec": {}})

    assert all("can't be judged" in each for each in told)
    assert told


def test_registries_of_the_user_have_to_hold_what_the_platform_runs():
    plan = reference_plan("prod", policies={"registries": ["docker.io/vllm", "quay.io"]})
    artifacts = [each for emit in EMITTERS for each in emit(plan, Shapes(TEMPLATES))]

    strangers = {each.message.rpartition("listed: ")[2] for each in obeyed(plan, artifacts)}

    assert "docker.io/kserve/storage-initializer:v0.16.0" in " ".join(strangers)
    assert not any("quay.io" in each or "vllm" in each for each in strangers)


def test_an_audited_policy_refuses_nothing_and_says_why():
    because = "moves in May"
    plan = reference_plan(
        "prod",
        policies={"registries": ["quay.io"], "audit": {"known-registries": because}},
    )
    artifacts = [each for emit in EMITTERS for each in emit(plan, Shapes(TEMPLATES))]

    [binding] = [
        one
        for each in artifacts
        for one in each.objects
        if one["kind"] == "ValidatingAdmissionPolicyBinding"
        and one["metadata"]["name"].endswith("known-registries")
    ]
    assert list(obeyed(plan, artifacts)) == []
    assert binding["metadata"]["annotations"] == {"mlopsgen/because": because}
    assert binding["spec"]["validationActions"] == ["Audit", "Warn"]


def test_a_cluster_before_policies_is_told_so():
    plan, artifacts = _emitted("1.29")

    [finding] = obeyed(plan, artifacts)

    assert (finding.code, finding.severity) == ("ADMIT008", Severity.WARNING)
    assert not any("policies/" in each.path for each in artifacts)


def test_a_pod_security_level_that_allows_more_is_left_as_it_is():
    plan = a_plan(
        namespaces={"open": {"podSecurity": "privileged"}, "mlops": {}},
        policies={"registries": ["ghcr.io/acme"]},
    )
    artifacts = [each for emit in EMITTERS for each in emit(plan, Shapes(TEMPLATES))]
    spaces = {each.name: each.namespaces for each in in_force(artifacts)}

    assert spaces["confined-pods"] == {"mlops"}
    assert spaces["known-registries"] == {"mlops", "open"}


def test_without_a_registry_to_list_none_is_refused():
    plan = a_plan(namespaces={"mlops": {}})
    artifacts = [each for emit in EMITTERS for each in emit(plan, Shapes(TEMPLATES))]

    names = {each.name for each in in_force(artifacts)}

    assert "known-registries" not in names
    assert "fixed-tags" in names


def test_every_policy_that_cannot_be_read_is_told_and_the_others_are_asked():
    source = reference()
    lacking = spoiled(source, f"{POLICIES}-own-account.yaml", taken("spec", "variables"))
    both = spoiled(
        (source[0], lacking.artifacts), f"{POLICIES}-fixed-tags.yaml", taken("spec", "validations")
    )
    edit = set_to(
        "spec", "predictor", "containers", 0, "image", value="quay.io/stranger/vllm:1.0.0"
    )
    spoilt = spoiled((source[0], both.artifacts), MISTRAL, edit)

    told = [each.message for each in obeyed(source[0], spoilt.artifacts)]

    assert sum("lacks what mlopsgen gives to each" in each for each in told) == 2
    assert any("known-registries" in each for each in told)


def test_variables_are_not_looked_for_in_texts():
    written = "\"variables.a\" + 'variables.a' + variables.a + variables.b"

    assert inlined(written, {"a": "1"}) == "\"variables.a\" + 'variables.a' + (1) + variables.b"


def test_an_expression_without_a_value_says_so():
    with pytest.raises(UndecidedError, match="replicas"):
        Situation({"spec": {}}, "mlops").value("object.spec.replicas > 1")


def test_lists_that_are_kept_as_tuples_are_lists():
    assert (
        Situation({"spec": {"command": ("a", "b")}}, "mlops").value("object.spec.command[1]") == "b"
    )


def test_a_policy_sees_the_keys_that_it_names():
    body = {"a": [{"b": 1, "c": 2}], "d": ({"b": 3},)}

    assert visible(body, frozenset({"a", "b"})) == {"a": [{"b": 1}]}


CONTROLLER = "system:serviceaccount:argo:argo-workflows-workflow-controller"
STORED = {"storedWorkflowTemplateSpec": {"serviceAccountName": "model-iris"}}
TEMPLATES_STORED = {"storedTemplates": {"x": {"serviceAccountName": "model-iris"}}}


def _update(body, before, user="someone"):
    _, artifacts = _emitted()
    [policy] = [each for each in in_force(artifacts) if each.name == "own-account"]
    return [*policy.refusals(Situation(body, "mlops", before=before, user=user))]


def _run(spec=PIPELINE, **more):
    return {"metadata": {"name": "run"}, "spec": spec, **more}


@pytest.mark.parametrize("status", [STORED, TEMPLATES_STORED])
def test_nobody_brings_what_a_workflow_runs_but_the_controller(status):
    told = ["a Workflow brings what it runs in its status"]

    assert _told(WORKFLOWS, _run(status=status))[0].endswith(told[0])
    assert _update(_run(status=status), _run(status={"phase": "Running"})) == told
    assert _update(_run(), _run(status=status)) == told
    assert _update(_run(status=status), _run(), CONTROLLER) == []


def test_a_run_goes_on_under_its_owner_and_the_controller():
    running = _run(status={**STORED, "phase": "Running"})

    assert _update(_run({**PIPELINE, "shutdown": "Stop"}, status=running["status"]), running) == []
    assert _update(_run(status={**STORED, "phase": "Failed"}), running, CONTROLLER) == []


def test_what_ran_before_the_policy_can_be_labelled_and_finished():
    old = _run({"serviceAccountName": "model-iris", "templates": []}, status=STORED)
    labelled = {**old, "metadata": {"name": "run", "labels": {"a": "b"}}}

    assert _update(labelled, old) == []
    assert _update({**old, "status": {**STORED, "phase": "Failed"}}, old, CONTROLLER) == []
    assert _update({**old, "status": TEMPLATES_STORED}, old)
    assert _update({**old, "spec": {**old["spec"], "suspend": True}}, old)


def test_pods_that_look_alike_are_judged_once(monkeypatch):
    asked = []

    class Counted(Situation):
        def __init__(self, *args, **kwargs):
            asked.append(args)
            super().__init__(*args, **kwargs)

    monkeypatch.setattr(policies, "Situation", Counted)
    bench = Bench(in_force(_emitted()[1]))
    for number in range(50):
        body = _a_pod(serviceAccountName=f"model-{number}")
        source = {"kind": "X", "metadata": {"name": "x"}}
        one = Created(an_artifact(), source, "", PODS, "mlops", body)
        assert list(bench.judged(one)) == []

    assert len(asked) == 1
