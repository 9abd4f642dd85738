"""Tags and paths: what a program is given in place of what Argo and a container would give it."""

from pathlib import Path

import pytest

from mlopsgen.local import Filling, RefusedError, parameters, read
from tests.local.emitted import STEP, document, pipeline

ROOT = Path("/srv/root")
HOSTILE = ["{{workflow.name}}", "$(touch x)", "'; rm -rf / #", "a\nb", "{{=1+1}}", "\\1", ""]


def _filled(changes, given=None, **rest):
    found = pipeline(
        {
            "make": {**STEP, "outputs": {"raw": "/out/raw.csv"}},
            "take": {
                **STEP,
                "after": ["make"],
                "inputs": {"raw": "make.raw"},
                "outputs": {"clean": "/out/clean.csv"},
                **changes,
            },
        },
        **rest,
    )
    filling = Filling.of(found, "churn-local", parameters(found, given or {}), {})
    return filling.program(found.steps[1], ROOT)


@pytest.mark.parametrize(
    ("text", "placed"),
    [
        ("/in/raw", "/srv/root/in/raw"),
        ("/out/clean.csv", "/srv/root/out/clean.csv"),
        ("/out", "/srv/root/out"),
        ("/out/more/file", "/srv/root/out/more/file"),
        ("/tmp/cache", "/srv/root/tmp/cache"),
        ("--raw=/in/raw", "--raw=/srv/root/in/raw"),
        ("cat /in/raw > /out/clean.csv", "cat /srv/root/in/raw > /srv/root/out/clean.csv"),
        ("/in/raw:/out", "/srv/root/in/raw:/srv/root/out"),
        ("/in/raw2", "/in/raw2"),
        ("/in/raw.gz", "/in/raw.gz"),
        ("/in/raw-1", "/in/raw-1"),
        ("/data/in/raw", "/data/in/raw"),
        ("https://example.com/tmp/x", "https://example.com/tmp/x"),
        ("s3://acme/out", "s3://acme/out"),
        ("/output", "/output"),
        ("../in/raw", "../in/raw"),
    ],
)
def test_a_declared_path_is_placed_where_it_stands_as_one(text, placed):
    argv, _ = _filled({"args": [text]})

    assert argv[-1] == placed


def test_paths_in_the_environment_are_placed_too():
    _, env = _filled({"env": {"DATA": "/in/raw"}})

    assert (env["DATA"], env["HOME"]) == ("/srv/root/in/raw", "/srv/root/tmp")


@pytest.mark.parametrize("value", HOSTILE)
def test_a_parameter_is_a_value_and_nothing_more(value):
    _, env = _filled({}, {"dataset": value}, parameters={"dataset": "iris"})

    assert env["PARAM_DATASET"] == value


@pytest.mark.parametrize(
    ("text", "handed"),
    [
        ("$(MINE)", "1"),
        ("$$(MINE)", "$(MINE)"),
        ("$(NOT_THERE)", "$(NOT_THERE)"),
        ("$MINE $", "$MINE $"),
        ("$(MINE", "$(MINE"),
        ("{{workflow.name}}", "{{workflow.name}}"),
    ],
)
def test_references_to_variables_are_replaced_as_the_kubelet_does(text, handed):
    argv, env = _filled({"args": [text], "env": {"MINE": "1", "SECOND": text}})

    assert argv[-1] == env["SECOND"] == handed


def test_parameters_have_their_defaults():
    _, env = _filled({}, parameters={"min-rows": "5"})

    assert env["PARAM_MIN_ROWS"] == "5"


def test_an_unknown_parameter_is_refused_with_the_one_that_is_near():
    found = pipeline({"train": STEP}, parameters={"dataset": "iris"})

    with pytest.raises(RefusedError) as caught:
        parameters(found, {"datasets": "x"})

    assert caught.value.message == "`churn` has no parameter `datasets`"
    assert caught.value.fix == "write `dataset`"


def test_a_tag_that_only_argo_can_fill_is_refused():
    found = document({"train": {**STEP, "args": ["x"]}})
    found["spec"]["templates"][1]["container"]["args"] = ["{{pod.name}}"]
    read_back = read(found)

    with pytest.raises(RefusedError, match=r"\{\{pod\.name\}\}"):
        Filling.of(read_back, "churn-local", {}, {}).program(read_back.steps[0], ROOT)
