from __future__ import annotations

import re

import pytest
import yaml

from mlopsgen.emit import argo
from mlopsgen.resources import TEMPLATES
from mlopsgen.shapes import Shapes
from tests.build import a_plan, reference_plan
from tests.conformance.schemas import faults

SHAPES = Shapes(TEMPLATES)
STEP = {"image": "acme/train:1", "command": ["train"]}
LEGAL_KEY = re.compile(r"[a-zA-Z0-9][-a-zA-Z0-9]*")
"""argo-workflows 3.7.4 workflow/controller/cache/cache.go."""

KEY_LIMIT = 253
"""Kubernetes: the longest key in the data of a ConfigMap."""

POOL = {
    "kind": "karpenter",
    "instanceFamilies": ["g5"],
    "taints": ["nvidia.com/gpu=true:NoSchedule"],
}


def _objects(plan):
    return {
        (one["kind"], one["metadata"]["name"]): one
        for each in argo.emit(plan, SHAPES)
        for one in each.objects
    }


def _pipeline(steps, components=None, **changes):
    plan = a_plan(
        pipelines={"churn": {"steps": steps, **changes}},
        nodePools={"gpu": POOL},
        components=components or {},
    )
    return _objects(plan)


def _template(steps, **changes):
    template = _pipeline(steps, **changes)["WorkflowTemplate", "churn"]
    assert faults(template) == []
    return template["spec"]


def _step(changes=None, **others):
    [_, step] = _template({"train": {**STEP, **(changes or {})}}, **others)["templates"]
    return step


def _tasks(steps):
    tasks = _template(steps)["templates"][0]["dag"]["tasks"]
    return {task["name"]: task for task in tasks}


def _environment(changes=None, **others):
    rows = _step(changes, **others)["container"]["env"]
    assert len({row["name"] for row in rows}) == len(rows)
    return {row["name"]: row.get("value", row.get("valueFrom")) for row in rows}


def _memo_key(steps, name, **others):
    templates = _template(steps, **others)["templates"]
    [memoize] = [step["memoize"] for step in templates if step["name"] == name]
    return memoize["key"]


def test_the_cluster_takes_every_object_of_the_reference():
    objects = _objects(reference_plan())

    assert objects.keys() == {
        ("ConfigMap", "artifact-repositories"),
        ("CronWorkflow", "iris-training"),
        ("Role", "workflow-executor"),
        ("RoleBinding", "workflow-executor"),
        ("ServiceAccount", "pipeline-iris-training"),
        ("WorkflowTemplate", "iris-training"),
    }
    assert [fault for one in objects.values() for fault in faults(one)] == []


def test_a_platform_without_pipelines_gets_nothing():
    assert _objects(a_plan()) == {}


def test_what_a_namespace_shares_is_there_once():
    pipelines = {name: {"steps": {"train": STEP}} for name in ("one", "two")}
    emitted = list(argo.emit(a_plan(pipelines=pipelines), SHAPES))
    objects = {(one["kind"], one["metadata"]["name"]): one for a in emitted for one in a.objects}
    binding = objects["RoleBinding", "workflow-executor"]

    assert len({each.path for each in emitted}) == len(emitted) == len(objects)
    assert {each.path.split("/")[1] for each in emitted} == {"pipelines-mlops"}
    assert [one["name"] for one in binding["subjects"]] == ["pipeline-one", "pipeline-two"]


def test_each_pipeline_writes_under_its_own_prefix_with_the_key_of_the_bucket():
    repositories = _pipeline({"train": STEP})["ConfigMap", "artifact-repositories"]["data"]

    assert yaml.safe_load(repositories["churn"]) == {
        "archiveLogs": True,
        "s3": {
            "bucket": "acme-artifacts-dev",
            "endpoint": "s3.amazonaws.com",
            "region": "eu-west-1",
            "useSDKCreds": True,
            "keyFormat": "pipelines/churn/{{workflow.name}}/{{pod.name}}",
        },
    }


def test_the_template_names_a_repository_that_is_there():
    emitted = _pipeline({"train": STEP})
    reference = emitted["WorkflowTemplate", "churn"]["spec"]["artifactRepositoryRef"]

    assert reference["key"] in emitted["ConfigMap", reference["configMap"]]["data"]


def test_every_key_is_one_that_the_identity_may_write():
    plan = reference_plan()
    [workflow] = plan.workflows
    writable = {
        resource.partition(":::")[2].partition("/")[2].removesuffix("*")
        for statement in workflow.identity.statements
        for resource in statement.resources
    }
    template = _objects(plan)["WorkflowTemplate", workflow.name]
    keys = [
        output["s3"]["key"]
        for step in template["spec"]["templates"]
        for output in step.get("outputs", {}).get("artifacts", ())
    ]

    assert len(keys) == len(set(keys)) == 4
    assert "pipelines/iris-training/" in writable
    assert all(key.startswith("pipelines/iris-training/{{workflow.name}}/") for key in keys)


def test_the_account_takes_the_role_of_the_pipeline():
    account = _pipeline({"train": STEP})["ServiceAccount", "pipeline-churn"]

    role = "arn:aws:iam::111122223333:role/acme-dev-pipeline-churn"
    assert account["metadata"]["annotations"] == {"eks.amazonaws.com/role-arn": role}
    assert _template({"train": STEP})["serviceAccountName"] == "pipeline-churn"


def test_the_executor_may_report_results_and_nothing_else():
    [rule] = _pipeline({"train": STEP})["Role", "workflow-executor"]["rules"]

    assert rule == {
        "apiGroups": ["argoproj.io"],
        "resources": ["workflowtaskresults"],
        "verbs": ["create", "patch"],
    }


def test_pods_have_the_label_that_network_policies_select():
    metadata = _template({"train": STEP})["podMetadata"]

    assert metadata["labels"] == {"mlopsgen/pipeline": "churn"}
    assert metadata["annotations"] == {"karpenter.sh/do-not-disrupt": "true"}


def test_a_step_waits_for_the_steps_it_is_told_to_and_those_whose_outputs_it_takes():
    steps = {
        "load": {**STEP, "outputs": {"rows": "/out/rows.csv"}},
        "check": STEP,
        "train": {**STEP, "after": ["check"], "inputs": {"data": "load.rows"}},
    }
    tasks = _tasks(steps)

    assert "dependencies" not in tasks["load"]
    assert tasks["train"]["dependencies"] == ["check", "load"]
    assert tasks["train"]["arguments"]["artifacts"] == [
        {"name": "data", "from": "{{tasks.load.outputs.artifacts.rows}}"}
    ]


def test_no_step_can_have_the_name_of_the_entrypoint():
    spec = _template({"dag": STEP, "main": STEP})
    names = [step["name"] for step in spec["templates"]]

    assert names[0] == spec["entrypoint"]
    assert len(set(names)) == len(names)


def test_inputs_are_found_where_the_documentation_says():
    steps = {
        "load": {**STEP, "outputs": {"rows": "/out/rows.csv"}},
        "train": {**STEP, "inputs": {"data": "load.rows"}},
    }
    [_, _, train] = _template(steps)["templates"]

    assert train["inputs"]["artifacts"] == [{"name": "data", "path": "/in/data"}]


@pytest.mark.parametrize(
    ("outputs", "folders"),
    [
        (["/out/a.csv", "/out/b.csv"], ["/out"]),
        (["/out/a.csv", "/out/deep/b.csv"], ["/out"]),
        (["/out/a.csv", "/outer/b.csv"], ["/out", "/outer"]),
        (["/tmp/a.csv", "/tmp/deep/b.csv"], []),
        (["/model"], ["/model"]),
    ],
)
def test_outputs_have_a_folder_that_can_be_written(outputs, folders):
    step = _step({"outputs": {f"o{index}": path for index, path in enumerate(outputs)}})
    mounts = {row["mountPath"]: row["name"] for row in step["container"]["volumeMounts"]}

    assert list(mounts) == ["/tmp", *folders]
    assert {row["name"] for row in step["volumes"]} == set(mounts.values())


def test_parameters_reach_a_step_as_variables_and_never_as_text_of_its_command():
    step = {"command": ["sh", "-c", "train $PARAM_DATA_SET"]}
    parameters = {"data-set": "$(reboot)"}

    assert _environment(step, parameters=parameters)["PARAM_DATA_SET"] == (
        "{{=replace(replace(workflow.parameters['data-set'], '$', '$$'), '{',"
        " '{$(MLOPSGEN_EMPTY)')}}"
    )
    assert _step(step, parameters=parameters)["container"]["command"] == step["command"]
    spec = _template({"train": STEP}, parameters=parameters)
    assert spec["arguments"]["parameters"] == [{"name": "data-set", "value": "$(reboot)"}]


def test_a_step_has_a_user_although_its_image_does_not_know_the_number():
    assert _environment()["USER"] == "churn"


def test_what_users_write_into_the_environment_stands():
    assert _environment()["HOME"] == "/tmp"
    assert _environment({"env": {"HOME": "/home/me"}})["HOME"] == "/home/me"


def test_secrets_come_from_the_secret_of_the_step():
    step = {"secrets": {"TOKEN": "aws-sm:acme/hub#token"}}
    plan = a_plan(pipelines={"churn": {"steps": {"train": {**STEP, **step}}}})
    [bundle] = plan.secrets

    reference = {"name": bundle.name, "key": "TOKEN"}
    assert _environment(step)["TOKEN"] == {"secretKeyRef": reference}
    assert [key.key for key in bundle.keys] == ["TOKEN"]


def test_mlflow_is_found_at_the_service_that_its_chart_makes():
    steps = {"train": {**STEP, "registers": "churn-model@challenger"}}
    emitted = _pipeline(steps, components={"mlflow": {}}, experiment="churn")
    [_, step] = emitted["WorkflowTemplate", "churn"]["spec"]["templates"]
    environment = {row["name"]: row["value"] for row in step["container"]["env"]}

    assert environment["MLFLOW_TRACKING_URI"] == "http://mlflow.mlflow.svc:80"
    assert environment["MLFLOW_EXPERIMENT_NAME"] == "churn"
    assert environment["MODEL_NAME"] == "churn-model"
    assert environment["MODEL_ALIAS"] == "challenger"


def test_without_mlflow_there_is_no_address():
    assert "MLFLOW_TRACKING_URI" not in _environment()


def test_memory_is_limited_to_what_is_asked_for_and_cpus_are_not():
    resources = _step({"resources": {"cpu": "1500m", "memory": "3072Mi"}})["container"]["resources"]

    assert resources == {
        "requests": {"cpu": "1500m", "memory": "3Gi"},
        "limits": {"memory": "3Gi"},
    }


def test_gpus_are_asked_for_and_limited_alike():
    step = _step({"gpus": 2, "pool": "gpu"})
    resources = step["container"]["resources"]

    assert resources["requests"]["nvidia.com/gpu"] == "2"
    assert resources["limits"]["nvidia.com/gpu"] == "2"
    assert "/dev/shm" in {row["mountPath"] for row in step["container"]["volumeMounts"]}


def test_a_step_is_bound_to_its_pool_and_tolerates_its_taints():
    step = _step({"pool": "gpu"})

    assert step["nodeSelector"] == {"mlopsgen/pool": "gpu"}
    assert step["tolerations"] == [
        {"key": "nvidia.com/gpu", "operator": "Equal", "value": "true", "effect": "NoSchedule"}
    ]


def test_a_step_without_a_pool_is_bound_to_none():
    assert not {"nodeSelector", "tolerations"} & _step().keys()


def test_a_lost_node_is_a_reason_to_try_again_however_long_the_first_try_took():
    retry = _step({"retries": 2})["retryStrategy"]

    assert retry["limit"] == "2"
    assert retry["retryPolicy"] == "Always"
    assert "maxDuration" not in retry["backoff"]
    assert "retryStrategy" not in _step()


def test_a_timeout_ends_one_try_and_the_deadline_the_run():
    spec = _template({"train": {**STEP, "timeout": "90m"}}, deadline="6h")

    assert spec["activeDeadlineSeconds"] == 6 * 3600
    assert spec["templates"][1]["activeDeadlineSeconds"] == 90 * 60


def test_pods_pass_the_restricted_level():
    spec = _template({"train": STEP})
    container = spec["templates"][1]["container"]["securityContext"]

    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] > 0
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["allowPrivilegeEscalation"] is False
    assert container["readOnlyRootFilesystem"] is True
    assert container["capabilities"] == {"drop": ["ALL"]}


MEMOIZED = {**STEP, "after": ["load"], "memoize": {"key": ["day"], "ttl": "24h"}}
DAG = {"load": STEP, "features": MEMOIZED, "train": {**STEP, "after": ["features"]}}
DAY = {"day": "1", "data-set": "x"}


def test_a_memo_key_is_legal_whatever_the_parameters_are():
    long = {"load": STEP, "f" * 63: MEMOIZED}
    key = _memo_key(long, "f" * 63, parameters=DAY)
    evaluated = re.sub(r"\{\{=.*?\}\}", "0" * 64, key)

    assert LEGAL_KEY.fullmatch(evaluated)
    assert len(evaluated) <= KEY_LIMIT


def test_the_parameters_are_hashed_by_argo():
    memoized = {**MEMOIZED, "memoize": {"key": ["day", "data-set"], "ttl": "24h"}}
    key = _memo_key({**DAG, "features": memoized}, "features", parameters=DAY)

    values = "workflow.parameters['day'], workflow.parameters['data-set']"
    assert key.endswith(f"-{{{{=sprig.sha256sum(toJson([{values}]))}}}}")


def test_outputs_of_an_older_definition_are_not_taken():
    new = {**STEP, "image": "acme/train:2"}
    before = _memo_key(DAG, "features", parameters=DAY)

    assert _memo_key({**DAG, "features": {**MEMOIZED, **new}}, "features", parameters=DAY) != before
    assert _memo_key({**DAG, "load": new}, "features", parameters=DAY) != before


def test_what_comes_later_or_decides_no_output_keeps_the_key():
    later = {**DAG["train"], "image": "acme/train:2"}
    slower = {**MEMOIZED, "retries": 3, "resources": {"cpu": 4}}
    before = _memo_key(DAG, "features", parameters=DAY)

    assert _memo_key({**DAG, "train": later}, "features", parameters=DAY) == before
    assert _memo_key({**DAG, "features": slower}, "features", parameters=DAY) == before


def test_the_cache_is_left_to_the_controller_which_replaces_its_labels():
    emitted = _pipeline(DAG, parameters=DAY)
    [_, _, features, _] = emitted["WorkflowTemplate", "churn"]["spec"]["templates"]

    assert features["memoize"]["cache"]["configMap"]["name"] == "memo-churn"
    assert features["memoize"]["maxAge"] == "24h"
    assert ("ConfigMap", "memo-churn") not in emitted


def test_only_pipelines_with_a_schedule_run_by_themselves():
    assert ("CronWorkflow", "churn") not in _pipeline({"train": STEP})

    schedule = {"cron": "0 4 * * *", "timezone": "Europe/Amsterdam", "concurrency": "Replace"}
    spec = _pipeline({"train": STEP}, schedule=schedule)["CronWorkflow", "churn"]["spec"]
    assert spec["schedules"] == ["0 4 * * *"]
    assert spec["timezone"] == "Europe/Amsterdam"
    assert spec["concurrencyPolicy"] == "Replace"
    assert spec["workflowSpec"] == {"workflowTemplateRef": {"name": "churn"}}
