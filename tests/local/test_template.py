"""What is emitted is read back, and what would run otherwise here is refused."""

from copy import deepcopy

import pytest
import yaml

from mlopsgen.local import Input, RefusedError, ordered, read
from mlopsgen.patches.writable import WRITABLE
from tests.golden import compiled, platforms
from tests.local.emitted import STEP, document, pipeline, step

TEMPLATES = [
    pytest.param(yaml.safe_load(each.data), id=f"{name}-{environment}-{each.path}")
    for name, (platform, _) in platforms().items()
    for environment, tree in compiled(platform).trees.items()
    for each in tree
    if "/workflowtemplate-" in each.path
]

REFUSED = {"depends", "onExit", "when", "withItems", "withParam", "withSequence", "maxDuration"}


def test_command_and_arguments_are_one_program():
    assert step({"command": ["python", "-m"], "args": ["train", "a b"]}).argv == (
        "python",
        "-m",
        "train",
        "a b",
    )


def test_texts_of_the_environment_and_names_of_secrets_are_apart():
    found = step({"env": {"PLAIN": "1"}, "secrets": {"TOKEN": "aws-sm:acme/hub#token"}})

    assert found.env["PLAIN"] == "1"
    assert found.secrets == ("TOKEN",)
    assert "TOKEN" not in found.env


def test_inputs_name_the_output_they_come_from():
    [_, second] = pipeline(
        {
            "make": {**STEP, "outputs": {"raw": "/out/raw.csv"}},
            "take": {**STEP, "after": ["make"], "inputs": {"data": "make.raw"}},
        }
    ).steps

    assert second.inputs == (Input("data", "/in/data", "make", "raw"),)
    assert second.after == ("make",)


def test_retries_and_times_are_those_of_the_template():
    found = pipeline({"train": {**STEP, "retries": 2, "timeout": "5m"}}, deadline="1h")

    assert (found.deadline, found.steps[0].tries, found.steps[0].timeout) == (3600, 3, 300)


def test_without_retries_and_timeout_there_is_one_try_without_an_end():
    assert (step().tries, step().timeout) == (1, 0)


def test_a_step_comes_after_those_it_waits_for_and_otherwise_as_written():
    steps = pipeline(
        {
            "last": {**STEP, "after": ["second", "first"]},
            "second": {**STEP, "after": ["first"]},
            "other": STEP,
            "first": STEP,
        }
    ).steps

    assert [each.name for each in ordered(steps)] == ["other", "first", "second", "last"]


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_pipeline_is_read_or_refused_for_something_that_it_has(template):
    refused = REFUSED & _keys(template)

    if refused:
        with pytest.raises(RefusedError, match="|".join(f"`{key}`" for key in refused)):
            read(template)
    else:
        found = read(template)
        assert len(ordered(found.steps)) == len(found.steps)


@pytest.mark.parametrize("path", WRITABLE["WorkflowTemplate"])
def test_what_patches_may_write_keeps_no_pipeline_from_running_here(path):
    patched = deepcopy(document({"train": STEP}))
    [template] = [each for each in patched["spec"]["templates"] if "container" in each]
    keys = path.replace("spec.templates[].", "").removeprefix("spec.").split(".")
    place = template if "[]" in path else patched["spec"]
    for key in keys[:-1]:
        place = place.setdefault(key.removesuffix("[]"), {})
    place[keys[-1]] = "patched"

    assert len(read(patched).steps) == 1


def _keys(value):
    match value:
        case dict():
            return value.keys() | {key for one in value.values() for key in _keys(one)}
        case list():
            return {key for one in value for key in _keys(one)}
    return set()


def _changed(path, value):
    changed = deepcopy(document({"train": {**STEP, "outputs": {"raw": "/out/raw"}, "retries": 1}}))
    place = changed["spec"]
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return changed


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (["hostNetwork"], True, "`hostNetwork`"),
        (["templates", 0, "dag", "tasks", 0, "hooks"], {}, "`hooks`"),
        (["templates", 1, "initContainers"], [], "`initContainers`"),
        (["templates", 1, "sidecars"], [], "`sidecars`"),
        (["templates", 1, "container", "envFrom"], [], "`envFrom`"),
        (["templates", 1, "container", "workingDir"], "/x", "`workingDir`"),
        (["templates", 1, "outputs", "result"], "x", "`outputs.result`"),
        (["templates", 1, "outputs", "artifacts", 0, "globalName"], "x", "`globalName`"),
        (["templates", 1, "retryStrategy", "expression"], "true", "`expression`"),
        (["templates", 1, "retryStrategy", "retryPolicy"], "OnError", "`OnError`"),
    ],
)
def test_what_would_change_the_run_and_is_not_known_is_refused(path, value, named):
    with pytest.raises(RefusedError) as caught:
        read(_changed(path, value))

    assert named in caught.value.message
