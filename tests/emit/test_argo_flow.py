"""The order of steps, and how they run: conditions, tries, locks, volumes, schedules."""

import pytest

from mlopsgen.emit import argo
from mlopsgen.resources import TEMPLATES
from mlopsgen.shapes import Shapes
from tests.build import a_plan
from tests.conformance.schemas import faults

SHAPES = Shapes(TEMPLATES)
STEP = {"image": "acme/train:1", "command": ["train"]}


def _objects(steps, namespace=None, **pipeline):
    plan = a_plan(
        pipelines={"churn": {"steps": steps, **pipeline}}, namespaces={"mlops": namespace or {}}
    )
    found = {
        (one["kind"], one["metadata"]["name"]): one
        for each in argo.emit(plan, SHAPES)
        for one in each.objects
    }
    assert [fault for one in found.values() for fault in faults(one)] == []
    return found


def _spec(steps, **pipeline):
    return _objects(steps, **pipeline)["WorkflowTemplate", "churn"]["spec"]


def _tasks(steps, template="DAG", **pipeline):
    templates = {one["name"]: one for one in _spec(steps, **pipeline)["templates"]}
    return {task["name"]: task for task in templates[template]["dag"]["tasks"]}


def _template(changes, **pipeline):
    return _spec({"fit": {**STEP, **changes}}, **pipeline)["templates"][1]


def test_without_conditions_the_order_is_plain():
    tasks = _tasks({"a": STEP, "b": {**STEP, "after": ["a", "a"]}})

    assert tasks["b"] == {"name": "b", "template": "b", "dependencies": ["a"]}


def test_a_step_after_one_that_may_be_skipped_runs_only_where_that_succeeded():
    steps = {
        "a": STEP,
        "b": {**STEP, "after": ["a"], "when": "parameters.x == 'y'"},
        "c": {**STEP, "after": ["b"]},
        "d": {**STEP, "depends": "b.Skipped || b.Failed"},
    }
    tasks = _tasks(steps, parameters={"x": "y"})

    assert [tasks[name].get("depends") for name in steps] == [
        None,
        "a.Succeeded",
        "b.Succeeded",
        "b.Skipped || b.Failed",
    ]
    assert not any("dependencies" in task for task in tasks.values())


def test_what_a_step_takes_from_is_waited_for_beside_what_it_says():
    steps = {
        "a": {**STEP, "outputs": {"f": "/out/f"}, "outputParameters": {"v": "/out/v"}},
        "b": {**STEP, "outputs": {"f": "/out/f"}},
        "c": {
            **STEP,
            "depends": "b.Failed || b.Skipped",
            "parameters": {"v": "a.v"},
            "inputs": {"f": {"from": "a.f", "optional": True}},
        },
        "d": {**STEP, "after": ["c"], "inputs": {"f": {"from": "b.f", "optional": True}}},
    }
    tasks = _tasks(steps)

    assert tasks["c"]["depends"] == "(b.Failed || b.Skipped) && a.Succeeded"
    assert tasks["d"]["depends"] == "c.Succeeded && (b.Succeeded || b.Skipped || b.Omitted)"
    assert tasks["d"]["arguments"]["artifacts"] == [
        {"name": "f", "from": "{{tasks.b.outputs.artifacts.f}}", "optional": True}
    ]


def test_items_that_were_all_skipped_are_no_success():
    steps = {
        "each": {**STEP, "withItems": [1, 2], "when": "item > 1"},
        "after": {**STEP, "after": ["each"]},
    }

    assert _tasks(steps)["after"]["depends"] == "each.Succeeded && each.AnySucceeded"


def test_pods_of_one_step_never_write_to_one_key():
    alone = _template({"outputs": {"model": "/out/model"}})
    many = _template({"outputs": {"model": "/out/model"}, "withItems": [1, 2]})

    [one] = alone["outputs"]["artifacts"]
    [each] = many["outputs"]["artifacts"]
    assert one["s3"]["key"] == "pipelines/churn/{{workflow.name}}/fit/model.tgz"
    assert each["s3"]["key"] == "pipelines/churn/{{workflow.name}}/fit/{{pod.name}}/model.tgz"


def test_a_file_may_stay_as_it_is_or_be_missing():
    outputs = {"raw": {"path": "/out/raw", "archive": "none", "optional": True}}
    [row] = _template({"outputs": outputs})["outputs"]["artifacts"]

    assert row == {
        "name": "raw",
        "path": "/out/raw",
        "optional": True,
        "archive": {"none": {}},
        "s3": {"key": "pipelines/churn/{{workflow.name}}/fit/raw"},
    }


def test_an_output_parameter_has_a_folder_to_be_written_to():
    template = _template({"outputParameters": {"score": {"path": "/score/x", "default": "0"}}})

    assert template["outputs"]["parameters"] == [
        {"name": "score", "valueFrom": {"path": "/score/x", "default": "0"}}
    ]
    assert "/score" in [row["mountPath"] for row in template["container"]["volumeMounts"]]


def test_tries_are_as_many_and_as_late_as_written():
    retries = {
        "limit": 2,
        "policy": "OnError",
        "otherNode": True,
        "backoff": {"duration": "1m", "factor": 1, "cap": "5m", "maxDuration": "2h"},
    }

    assert _template({"retries": retries})["retryStrategy"] == {
        "limit": "2",
        "retryPolicy": "OnError",
        "backoff": {"duration": "1m", "factor": "1", "cap": "5m", "maxDuration": "2h"},
        "affinity": {"nodeAntiAffinity": {}},
    }


def test_volumes_are_as_large_as_written_and_count_as_disk():
    template = _template(
        {
            "outputs": {"model": "/scratch/out/model"},
            "resources": {"ephemeralStorage": "1Gi"},
            "volumes": {
                "/scratch": {"size": "2Gi"},
                "/cache": {"size": "1Gi", "medium": "memory"},
                "/spill": {"size": "3Gi", "medium": "ebs"},
            },
        }
    )
    mounts = {row["mountPath"]: row["name"] for row in template["container"]["volumeMounts"]}
    volumes = {row.pop("name"): row for row in template["volumes"]}

    assert list(mounts) == ["/tmp", "/scratch", "/cache", "/spill"]
    assert volumes[mounts["/scratch"]] == {"emptyDir": {"sizeLimit": "2Gi"}}
    assert volumes[mounts["/cache"]] == {"emptyDir": {"medium": "Memory", "sizeLimit": "1Gi"}}
    claim = volumes[mounts["/spill"]]["ephemeral"]["volumeClaimTemplate"]["spec"]
    assert claim["resources"] == {"requests": {"storage": "3Gi"}}
    assert template["container"]["resources"]["requests"]["ephemeral-storage"] == "3Gi"
    assert template["container"]["resources"]["limits"]["ephemeral-storage"] == "3Gi"


@pytest.mark.parametrize(("folder", "gpus"), [("/tmp", 0), ("/dev/shm", 1)])
def test_a_volume_takes_the_place_of_what_is_mounted_there_anyway(folder, gpus):
    template = _template({"volumes": {folder: {"size": "1Gi"}}, "gpus": gpus})
    paths = [row["mountPath"] for row in template["container"]["volumeMounts"]]

    assert paths.count(folder) == 1
    assert len(set(paths)) == len(paths) == len(template["volumes"])


def test_locks_are_of_the_pipeline_and_of_its_steps():
    namespace = {"semaphores": {"runs": 2, "gpu": 1}}
    found = _objects(
        {"fit": {**STEP, "mutex": "model", "semaphore": "gpu"}}, namespace, semaphore="runs"
    )
    spec = found["WorkflowTemplate", "churn"]["spec"]

    assert found["ConfigMap", "semaphores"]["data"] == {"runs": "2", "gpu": "1"}
    assert spec["synchronization"] == {
        "semaphores": [{"configMapKeyRef": {"name": "semaphores", "key": "runs"}}]
    }
    assert spec["templates"][1]["synchronization"] == {
        "mutexes": [{"name": "model"}],
        "semaphores": [{"configMapKeyRef": {"name": "semaphores", "key": "gpu"}}],
    }


def test_a_priority_is_a_class_of_the_platform():
    assert _template({"priority": "high"})["priorityClassName"] == "acme-high"
    assert "priorityClassName" not in _template({})


def test_parameters_say_what_a_run_may_be_started_with():
    parameters = {
        "market": "nl",
        "rows": {"enum": ["full", "sample"], "description": "Which rows"},
        "epochs": {"type": "integer", "default": 10, "minimum": 1, "maximum": 100},
        "rate": {"type": "number", "default": 0.5},
        "deep": {"type": "boolean", "optional": True},
        "note": {"optional": True},
    }
    rows = _spec({"fit": STEP}, parameters=parameters)["arguments"]["parameters"]

    assert rows == [
        {"name": "market", "value": "nl"},
        {"name": "rows", "enum": ["full", "sample"], "description": "Which rows"},
        {"name": "epochs", "value": "10", "description": "(at least 1, at most 100)"},
        {"name": "rate", "value": "0.5"},
        {"name": "deep", "value": "", "enum": ["true", "false", ""]},
        {"name": "note", "value": ""},
    ]


def test_a_schedule_says_when_how_late_and_with_what():
    schedule = {
        "cron": ["0 4 * * 1", "0 5 * * 2"],
        "startingDeadline": "90s",
        "history": {"succeeded": 0, "failed": 9},
        "suspended": True,
        "stopAfterFailures": 3,
        "arguments": {"market": "be", "deep": True, "epochs": 3},
    }
    parameters = {"market": "nl", "deep": {"type": "boolean"}, "epochs": {"type": "integer"}}
    found = _objects({"fit": STEP}, schedule=schedule, parameters=parameters)
    spec = found["CronWorkflow", "churn"]["spec"]

    assert spec["schedules"] == ["0 4 * * 1", "0 5 * * 2"]
    assert spec["startingDeadlineSeconds"] == 90
    assert spec["successfulJobsHistoryLimit"] == 0
    assert spec["failedJobsHistoryLimit"] == 9
    assert spec["suspend"] is True
    assert spec["stopStrategy"] == {"expression": "cronworkflow.failed >= 3"}
    assert spec["workflowSpec"]["arguments"]["parameters"] == [
        {"name": "market", "value": "be"},
        {"name": "deep", "value": "true"},
        {"name": "epochs", "value": "3"},
    ]


def test_what_is_left_of_a_run_is_kept_as_long_as_written():
    spec = _spec({"fit": STEP}, keep={"succeeded": "1h", "failed": "2h"}, podGC="OnPodCompletion")

    assert spec["ttlStrategy"] == {"secondsAfterSuccess": 3600, "secondsAfterFailure": 7200}
    assert spec["podGC"] == {"strategy": "OnPodCompletion"}


def test_steps_at_the_end_have_an_order_secrets_and_an_end_of_their_own():
    ends = {
        "clean": STEP,
        "tell": {
            **STEP,
            "after": ["clean"],
            "when": ["Failed", "Error"],
            "secrets": {"URL": "aws-sm:acme/tell#url"},
        },
    }
    spec = _spec({"fit": STEP}, onExit=ends)
    tasks = _tasks({"fit": STEP}, "EXIT", onExit=ends)
    templates = {one["name"]: one for one in spec["templates"]}
    environment = {row["name"]: row for row in templates["tell"]["container"]["env"]}

    assert spec["onExit"] == "EXIT"
    assert tasks["tell"]["depends"] == "clean.Succeeded"
    assert tasks["tell"]["when"] == "{{=workflow.status in ['Failed', 'Error']}}"
    assert templates["tell"]["activeDeadlineSeconds"] == 3600
    assert environment["URL"]["valueFrom"]["secretKeyRef"]["name"] == (
        "pipeline-churn-tell-secrets"
    )


def test_an_item_has_a_memo_key_of_its_own():
    memoize = {"key": ["day"], "ttl": "1h"}
    step = {**STEP, "memoize": memoize, "withItems": ["a", "b"], "parameters": {"x": "item"}}
    [_, template] = _spec({"fit": step}, parameters={"day": "1"})["templates"]

    assert template["memoize"]["key"].endswith(
        "-{{=sprig.sha256sum(toJson([workflow.parameters['day'], inputs.parameters['x'],"
        " inputs.parameters['ITEM']]))}}"
    )
