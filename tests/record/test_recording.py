"""Workflows of the real Hera, as records have them."""

import pytest
from hera.workflows import (
    DAG,
    Artifact,
    Container,
    CronWorkflow,
    NoneArchiveStrategy,
    Parameter,
    Resources,
    RetryStrategy,
    Steps,
    WorkflowTemplate,
    script,
)
from hera.workflows.models import Backoff, ValueFrom

from mlopsgen.record import UnrecordableError, recording
from mlopsgen.spec import Pipeline

IMAGE = "ghcr.io/acme/train:1.0.0"


def a_container(name, **more):
    return Container(name=name, image=IMAGE, command=["python", "-m", name], **more)


def recorded(workflow):
    """Return what is recorded of *workflow*, after platform.yaml's own forms took it."""
    found = recording(workflow.to_dict())
    Pipeline.model_validate(found)
    return found


def refused(workflow):
    with pytest.raises(UnrecordableError) as caught:
        recording(workflow.to_dict())
    return caught.value.message, caught.value.fix


def test_a_single_container_is_a_pipeline_of_one_step():
    with WorkflowTemplate(name="one", entrypoint="train") as workflow:
        a_container("train")

    assert recorded(workflow) == {
        "steps": {"train": {"image": IMAGE, "command": ["python", "-m", "train"]}}
    }


def test_a_dag_keeps_its_order():
    with WorkflowTemplate(name="dag", entrypoint="main") as workflow:
        make = a_container("work")
        with DAG(name="main"):
            first, second, third = (make(name=name) for name in ("a", "b", "c"))
            first >> [second, third]
            second >> third

    steps = recorded(workflow)["steps"]
    assert "after" not in steps["a"]
    assert steps["b"]["after"] == ["a"]
    assert sorted(steps["c"]["after"]) == ["a", "b"]


def test_groups_of_steps_run_one_after_the_other():
    with WorkflowTemplate(name="steps", entrypoint="main") as workflow:
        make = a_container("work")
        with Steps(name="main") as main:
            make(name="a")
            with main.parallel():
                make(name="b")
                make(name="c")
            make(name="d")

    steps = recorded(workflow)["steps"]
    assert [steps[name].get("after") for name in "abcd"] == [None, ["a"], ["a"], ["b", "c"]]


def test_a_step_after_a_conditional_one_runs_when_that_was_skipped():
    with WorkflowTemplate(name="when", entrypoint="main", arguments={"mode": "full"}) as workflow:
        make = a_container("work")
        with DAG(name="main"):
            first = make(name="a", when="{{workflow.parameters.mode}} == full")
            first >> make(name="b")
            make(name="c").on_failure(make(name="d"))

    steps = recorded(workflow)["steps"]
    assert steps["a"]["when"] == "parameters.mode == full"
    assert steps["b"]["depends"] == "(a.Succeeded || a.Skipped)"
    assert steps["d"]["depends"] == "c.Failed"


def test_parameters_reach_a_program_through_its_environment():
    with WorkflowTemplate(name="p", entrypoint="main", arguments={"rate": "0.1"}) as workflow:
        train = a_container(
            "train",
            args=[
                "--rate={{inputs.parameters.learning_rate}}",
                "--seed",
                "{{inputs.parameters.seed}}",
            ],
            inputs=[Parameter(name="learning_rate"), Parameter(name="seed", default="7")],
        )
        with DAG(name="main"):
            train(arguments={"learning_rate": "{{workflow.parameters.rate}}"})

    found = recorded(workflow)
    step = found["steps"]["train"]
    assert found["parameters"] == {"rate": "0.1"}
    assert step["args"] == ["--rate=$(PARAM_LEARNING_RATE)", "--seed", "$(PARAM_SEED)"]
    assert step["parameters"] == {"learning-rate": "parameters.rate"}
    assert step["env"] == {"PARAM_SEED": "7"}


def test_files_and_texts_go_from_step_to_step():
    with WorkflowTemplate(name="data", entrypoint="main") as workflow:
        ingest = a_container(
            "ingest",
            outputs=[
                Artifact(name="raw", path="/out/raw"),
                Artifact(name="log", path="/out/log", archive=NoneArchiveStrategy()),
                Parameter(name="rows", value_from=ValueFrom(path="/out/rows", default="0")),
            ],
        )
        train = a_container(
            "train",
            args=["{{inputs.artifacts.raw.path}}", "{{outputs.artifacts.model.path}}"],
            inputs=[Artifact(name="raw", path="/in/raw"), Parameter(name="rows")],
            outputs=[Artifact(name="model", path="/out/model")],
        )
        with DAG(name="main"):
            first = ingest()
            first >> train(
                arguments=[
                    first.get_artifact("raw").with_name("raw"),
                    first.get_parameter("rows").with_name("rows"),
                ]
            )

    steps = recorded(workflow)["steps"]
    assert steps["ingest"]["outputs"] == {
        "raw": "/out/raw",
        "log": {"path": "/out/log", "archive": "none"},
    }
    assert steps["ingest"]["outputParameters"] == {"rows": {"path": "/out/rows", "default": "0"}}
    assert steps["train"]["inputs"] == {"raw": "ingest.raw"}
    assert steps["train"]["parameters"] == {"rows": "ingest.rows"}
    assert steps["train"]["args"] == ["/in/raw", "/out/model"]


def test_items_fan_out():
    with WorkflowTemplate(name="fan", entrypoint="main") as workflow:
        plan = a_container(
            "plan", outputs=[Parameter(name="all", value_from=ValueFrom(path="/o/a"))]
        )
        work = a_container("work", inputs=[Parameter(name="item")])
        with DAG(name="main"):
            first = plan()
            work(name="listed", with_items=["a", "b"], arguments={"item": "{{item}}"})
            first >> work(
                name="planned",
                with_param=first.get_parameter("all"),
                arguments={"item": "{{item}}"},
            )

    steps = recorded(workflow)["steps"]
    assert steps["listed"]["withItems"] == ["a", "b"]
    assert steps["planned"]["withParam"] == "plan.all"
    assert steps["planned"]["parameters"] == {"item": "item"}


def test_tries_time_and_resources_are_kept():
    with WorkflowTemplate(name="r", entrypoint="train", active_deadline_seconds=3600) as workflow:
        a_container(
            "train",
            retry_strategy=RetryStrategy(limit=2, backoff=Backoff(duration="10s", factor=3)),
            timeout="30m",
            resources=Resources(cpu_request=2, memory_request="4Gi", memory_limit="8Gi", gpus=1),
        )

    found = recorded(workflow)
    step = found["steps"]["train"]
    assert found["deadline"] == "3600s"
    assert step["retries"] == {
        "limit": 2,
        "policy": "OnFailure",
        "backoff": {"duration": "10s", "factor": 3},
    }
    assert (step["timeout"], step["gpus"]) == ("30m", 1)
    assert step["resources"] == {"cpu": "2", "memory": "8Gi"}


def test_an_exit_runs_when_all_has_ended():
    with WorkflowTemplate(name="e", entrypoint="train", on_exit="tell") as workflow:
        a_container("train")
        a_container("tell")

    assert list(recorded(workflow)["onExit"]) == ["tell"]


@pytest.mark.parametrize("form", [DAG, Steps])
def test_an_exit_of_several_steps_is_refused(form):
    with WorkflowTemplate(name="e", entrypoint="train", on_exit="after") as workflow:
        a_container("train")
        tell = a_container("tell")
        with form(name="after"):
            tell(name="first")

    message, fix = refused(workflow)

    assert message == "the exit is made of `after`, which is no container and no script"
    assert fix == "let one container or script do all that is left to do"


def test_the_text_of_a_script_reaches_python_unchanged():
    @script(image=IMAGE)
    def price():
        return "$5 $(HOME) $$"

    with WorkflowTemplate(name="s", entrypoint="price") as workflow:
        price(name="price")

    *program, text = recorded(workflow)["steps"]["price"]["command"]
    assert program == ["python", "-c"]
    assert "return '$$5 $$(HOME) $$$$'" in text


@pytest.mark.parametrize(
    ("more", "message", "fix"),
    [
        ({"node_selector": {"a": "b"}}, "`nodeSelector`", "write `pool` in platform.yaml"),
        ({"security_context": {"run_as_user": 0}}, "`securityContext`", "every container is"),
        ({"service_account_name": "admin"}, "`serviceAccountName`", "a service account of its own"),
        ({"init_containers": []}, None, None),
        ({"daemon": True}, "`daemon`", "take `daemon` out"),
        ({"args": ["{{pod.name}}"]}, "`{{pod.name}}`", "pass it as a parameter"),
        ({"inputs": [Artifact(name="x", path="/data/x")]}, "expected at `/data/x`", "path='/in/x'"),
        ({"inputs": [Artifact(name="x", path="/in/x")]}, "comes from nowhere", "an earlier step"),
        ({"inputs": [Parameter(name="x")]}, "`x` of the step `train` has no value", "a default"),
        ({"retry_strategy": RetryStrategy()}, "has no limit", "write limit=2"),
        ({"command": None}, "has no command", "write command"),
        (
            {"command": ["sh", "-c"], "args": ["echo {{inputs.parameters.x}}"],
             "inputs": [Parameter(name="x", default="1")]},
            "a parameter into the text of a shell", "$PARAM_NAME",
        ),
    ],
)  # fmt: skip
def test_what_would_be_lost_is_refused(more, message, fix):
    with WorkflowTemplate(name="r", entrypoint="main") as workflow:
        work = Container(**{"name": "train", "image": IMAGE, "command": ["x"], **more})
        with DAG(name="main"):
            work(name="train")

    if message is None:
        recorded(workflow)
        return
    said, remedy = refused(workflow)
    assert message in said
    assert fix in remedy


def test_results_of_scripts_have_to_be_files():
    with WorkflowTemplate(name="r", entrypoint="main") as workflow:
        make, take = a_container("make"), a_container("take", inputs=[Parameter(name="x")])
        with DAG(name="main"):
            first = make()
            first >> take(arguments={"x": "{{tasks.make.outputs.result}}"})

    assert "write it to a file" in refused(workflow)[1]


def test_a_schedule_belongs_into_platform_yaml():
    with CronWorkflow(name="c", entrypoint="train", schedules=["0 4 * * *"]) as workflow:
        a_container("train")

    message, fix = refused(workflow)
    assert message == "it is a CronWorkflow"
    assert "`schedule` in platform.yaml" in fix
