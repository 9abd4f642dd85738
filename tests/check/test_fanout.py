"""Fan-out, parameters and memoized steps."""

import pytest

from mlopsgen.diagnostics import Severity
from tests.check.platforms import a_step, codes, found, only, running


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"withItems": [1], "withParam": "parameters.list"}, "has `withItems`, `withParam`"),
        ({"withItems": []}, "is empty"),
        ({"withSequence": {"count": 3, "end": 4}}, "has both `count` and `end`"),
        ({"withSequence": {"start": 3}}, "has neither `count` nor `end`"),
    ],
)
def test_a_step_fans_out_in_one_way(keys, message):
    finding = only(running({"fit": a_step(**keys)}, parameters={"list": "[1]"}))

    assert finding.code == "FAN001"
    assert message in finding.message


@pytest.mark.parametrize(
    "keys",
    [{"withItems": [1, "a"]}, {"withParam": "parameters.list"}, {"withSequence": {"count": 3}}],
)
def test_one_way_is_fine(keys):
    assert found(running({"fit": a_step(**keys)}, parameters={"list": "[1]"})) == []


@pytest.mark.parametrize("value", ["nl, be", "{}", "3", "[1", "[" * 5000])
def test_what_is_no_list_is_found(value):
    step = a_step(withParam="parameters.list")

    assert codes(running({"fit": step}, parameters={"list": value})) == ["FAN002"]


def test_a_number_is_no_list():
    step = a_step(withParam="parameters.list")
    finding = only(running({"fit": step}, parameters={"list": {"type": "integer", "default": 3}}))

    assert finding.code == "FAN002"
    assert "`list` has `type: integer`, and is no list" in finding.message


def test_a_list_that_is_given_when_a_run_starts_is_not_known():
    step = a_step(withParam="parameters.list")

    assert found(running({"fit": step}, parameters={"list": {"description": "any"}})) == []


def test_files_of_many_are_not_handed_on():
    many = a_step(withItems=[1, 2], outputs={"model": "/out/model"})
    steps = {"fit": many, "choose": a_step(after=["fit"], inputs={"model": "fit.model"})}
    finding = only(running(steps))

    assert finding.code == "FAN003"
    assert finding.related[0].at == ("pipelines", "train", "steps", "fit", "withItems")


def test_a_list_is_not_compared():
    many = a_step(withItems=[1, 2], outputParameters={"score": "/out/score"})
    steps = {"fit": many, "next": a_step(after=["fit"], when="fit.score > 1")}

    assert "its outputs are a list" in only(running(steps)).message


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"parameters": {"x": "fit.scroe"}}, "`fit` has no output parameter `scroe`"),
        ({"parameters": {"x": "fit.model"}}, "`model` is a file"),
        ({"parameters": {"x": "later.score"}}, "doesn't come after `later`"),
        ({"parameters": {"x": "item.depth"}}, "has no items"),
        ({"withParam": "fit.scroe"}, "has no output parameter"),
        ({"withParam": "parameters.none"}, "has no such parameter"),
        ({"withItems": [{"a": 1}, {"b": 1}], "parameters": {"x": "item.a"}}, "item 1 has no `a`"),
        ({"withItems": ["a"], "parameters": {"x": "item.a"}}, "item 0 has no `a`"),
        ({"withSequence": {"count": 2}, "parameters": {"x": "item.a"}}, "are numbers"),
    ],
)
def test_a_value_that_nothing_has_is_found(keys, message):
    score = {"outputParameters": {"score": "/out/score"}}
    fit = a_step(outputs={"model": "/out/model"}, **score)
    steps = {"fit": fit, "next": a_step(after=["fit"], **keys), "later": a_step(**score)}
    [finding] = [each for each in found(running(steps)) if each.code != "DAG002"]

    assert finding.code == "REF006"
    assert message in finding.message


@pytest.mark.parametrize(
    "keys",
    [
        {"parameters": {"x": "fit.score", "y": "parameters.market"}},
        {"withItems": [{"a": 1}, {"a": 2}], "parameters": {"x": "item.a", "y": "item"}},
        {"withParam": "fit.score", "parameters": {"x": "item.anything"}},
        {"withSequence": {"count": 2}, "parameters": {"x": "item"}},
    ],
)
def test_a_value_that_something_has_is_fine(keys):
    fit = a_step(outputParameters={"score": "/out/score"})
    steps = {"fit": fit, "next": a_step(after=["fit"], **keys)}

    assert found(running(steps, parameters={"market": "nl"})) == []


@pytest.mark.parametrize(
    ("parameter", "message"),
    [
        ({"type": "integer", "default": "ten"}, "must be a whole number"),
        ({"type": "integer", "default": 1.5}, "must be a whole number"),
        ({"type": "integer", "default": True}, "must be a whole number"),
        ({"type": "number", "default": "x"}, "must be a number"),
        ({"type": "boolean", "default": "yes"}, "must be `true` or `false`"),
        ({"type": "boolean", "default": 1}, "must be `true` or `false`"),
        ({"default": "lagre", "enum": ["small", "large"]}, "isn't one of `small`, `large`"),
        ({"type": "integer", "default": 0, "minimum": 1}, "the least is 1"),
        ({"type": "integer", "default": 9, "maximum": 8}, "the most is 8"),
        ({"type": "integer", "enum": [1, "two"]}, "must be a whole number"),
        ({"type": "number", "minimum": 3, "maximum": 2}, "`minimum` of"),
        ({"type": "integer", "default": 10, "minimum": 10, "maximum": 2}, "`minimum` of"),
        ({"type": "integer", "default": 1, "minimum": 1.2, "maximum": 1.8}, "no whole number"),
        ({"minimum": 3}, "and is no number"),
    ],
)
def test_a_value_that_does_not_fit_is_found(parameter, message):
    finding = only(running({"fit": a_step()}, parameters={"x": parameter}))

    assert finding.code == "PARAM001"
    assert message in finding.message


@pytest.mark.parametrize("limit", [float("inf"), float("nan"), -float("inf")])
def test_a_limit_without_end_is_no_traceback(limit):
    parameter = {"type": "integer", "default": 1, "minimum": limit, "maximum": 5}

    assert {one.code for one in found(running({"fit": a_step()}, parameters={"x": parameter}))} <= {
        "PARAM001"
    }


def test_a_whole_number_is_mended_with_a_whole_number():
    parameter = {"type": "integer", "default": 1, "minimum": 1.5}

    finding = only(running({"fit": a_step()}, parameters={"x": parameter}))

    assert finding.fix == "write 2"


@pytest.mark.parametrize(
    "parameter",
    [
        {"type": "integer", "default": 10, "minimum": 1, "maximum": 10}, {"type": "number"},
        {"type": "number", "default": 1e-3}, {"type": "boolean", "default": True},
        {"type": "boolean", "default": "true"}, {"enum": ["a", "b"], "default": "b"},
        {"optional": True}, {"type": "integer", "enum": [1, 2], "default": 2}, "text",
    ],
)  # fmt: skip
def test_a_value_that_fits_is_fine(parameter):
    assert found(running({"fit": a_step()}, parameters={"x": parameter})) == []


def _scheduled(arguments, **parameters):
    schedule = {"cron": "@daily", "arguments": arguments}
    return running({"fit": a_step()}, schedule=schedule, parameters=parameters)


def test_a_schedule_gives_what_is_asked_for_and_no_more():
    asked = {"description": "no default"}
    assert codes(_scheduled({}, market=asked)) == ["PARAM002"]
    assert codes(_scheduled({"markt": "nl"}, market=asked)) == ["PARAM002", "PARAM002"]
    assert codes(_scheduled({"market": "nl"}, market=asked)) == []
    assert codes(_scheduled({"market": "xx"}, market={"enum": ["nl"]})) == ["PARAM001"]
    assert codes(_scheduled({}, market={"optional": True})) == []
    assert found(running({"fit": a_step()}, parameters={"market": asked})) == []


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"env": {"PARAM_DATA_SET": "x"}}, "the place of `pipelines.train.parameters.data-set`"),
        ({"secrets": {"PARAM_DATA_SET": "aws-sm:a/b#c"}}, "takes the place of"),
        ({"withItems": [1], "env": {"ITEM": "x"}}, "takes the place of"),
        ({"env": {"A": "x"}, "secrets": {"A": "aws-sm:a/b#c"}}, "steps.fit.env.A"),
    ],
)  # fmt: skip
def test_a_variable_that_two_would_have_is_found(keys, message):
    finding = only(running({"fit": a_step(**keys)}, parameters={"data-set": "x"}))

    assert finding.code == "PARAM003"
    assert finding.severity is Severity.WARNING
    assert message in finding.message


LEFT = {"outputParameters": {"rows": "/out/rows"}}
MEMO = {"memoize": {"key": ["market"], "ttl": "48h"}}
BOTH = {"market": "nl", "since": "2026"}


@pytest.mark.parametrize(
    "earlier",
    [
        {"memoize": {"key": ["market", "since"], "ttl": "48h"}},
        {"parameters": {"since": "parameters.since"}},
        {"when": "parameters.since == '2026'"},
        {"args": ["--since=$(PARAM_SINCE)"]},
        {"command": ["sh", "-c", "load $PARAM_SINCE"]},
    ],
)
def test_a_key_lacks_what_an_earlier_step_depends_on(earlier):
    load = a_step(**{**LEFT, **earlier})
    steps = {"load": load, "fit": a_step(after=["load"], **LEFT, **MEMO)}
    finding = only(running(steps, parameters=BOTH))

    assert finding.code == "MEMO003"
    assert finding.fix == "write `key: [market, since]`"


def test_a_key_has_the_values_that_its_step_takes():
    step = a_step(parameters={"since": "parameters.since"}, **LEFT, **MEMO)
    assert found(running({"fit": step}, parameters=BOTH)) == []

    step = a_step(args=["$(PARAM_SINCE)"], **LEFT, **MEMO)
    assert codes(running({"fit": step}, parameters=BOTH)) == ["MEMO003"]
    step = a_step(args=["$(PARAM_SINCE_WHEN)"], **LEFT, **MEMO)
    assert found(running({"fit": step}, parameters=BOTH)) == []


def test_a_memoized_step_leaves_something_and_registers_nothing():
    assert codes(running({"fit": a_step(**MEMO)}, parameters=BOTH)) == ["MEMO001"]
    registers = a_step(registers="iris@challenger", **MEMO)
    assert codes(running({"fit": registers}, parameters=BOTH)) == ["MEMO002"]


def test_outputs_are_good_for_longer_than_a_schedule_waits():
    def scheduled(cron):
        return running({"fit": a_step(**LEFT, **MEMO)}, parameters=BOTH, schedule={"cron": cron})

    assert codes(scheduled("@daily")) == []
    assert codes(scheduled("@weekly")) == ["MEMO004"]
    assert codes(scheduled(["@weekly", "0 4 * * 1"])) == []


@pytest.mark.parametrize(
    "path",
    ["/usr/x", "/etc/passwd", "/x.csv", "/in/raw", "/dev/shm/x", "/proc/1", "/opt/x",
     "/var/run/argo/x", "/var/run/secrets/x", "/out/../etc/x", "/argo/x", "//etc/x", "/bin"],
)  # fmt: skip
def test_a_file_in_the_wrong_place_is_found(path):
    steps = {
        "load": a_step(outputs={"raw": path}),
        "fit": a_step(after=["load"], inputs={"raw": "load.raw"}),
    }

    assert codes(running(steps)) == ["DAG003"]
    assert codes(running({"load": a_step(outputParameters={"rows": path})})) == ["DAG003"]


@pytest.mark.parametrize("path", ["/out/x", "/tmp/x", "/opt/ml/model", "/data", "/app/x.csv"])
def test_a_file_in_a_place_of_its_own_is_fine(path):
    steps = {
        "load": a_step(outputs={"raw": path}),
        "fit": a_step(after=["load"], inputs={"raw": "load.raw"}),
    }

    assert found(running(steps)) == []


@pytest.mark.parametrize("path", ["/usr", "/in", "/proc", "/var/run/argo", "//usr/./lib"])
def test_a_volume_over_what_is_needed_is_found(path):
    step = a_step(volumes={path: {"size": "1Gi"}})

    assert codes(running({"fit": step})) == ["DAG003"]
    assert codes(running({"fit": a_step()}, onExit={"tell": step})) == ["DAG003"]


def test_a_volume_of_its_own_is_fine():
    volumes = {path: {"size": "1Gi"} for path in ("/scratch", "/usr/data", "/tmp", "/dev/shm")}

    assert found(running({"fit": a_step(volumes=volumes)})) == []


def test_two_files_on_one_path_are_found():
    step = a_step(outputs={"a": "/out/x"}, outputParameters={"b": {"path": "/out//./x"}})
    [finding] = [each for each in found(running({"fit": step})) if each.code != "DAG002"]

    assert finding.code == "DAG003"
    assert finding.at[-3:] == ("outputParameters", "b", "path")


def test_an_output_that_nobody_takes_is_told():
    finding = only(running({"fit": a_step(outputs={"model": "/out/model"})}))

    assert finding.code == "DAG002"
    assert finding.severity is Severity.INFO
