import pytest

from mlopsgen.spec import Platform
from tests.check.platforms import a_platform, a_step, codes, found, only, without

KEY = "body.Records.0.s3.object.key"
QUEUE = "arn:aws:sqs:eu-west-1:111122223333:drift"


def _triggered(triggers, *, others=None, parameters=None):
    pipelines = {
        "train": {
            "parameters": {"dataset": "", "mode": ""} if parameters is None else parameters,
            "triggers": triggers,
            "steps": {"fit": a_step()},
        },
        **(others or {}),
    }
    return a_platform(components={**without(), "argo-events": {}}, pipelines=pipelines)


def _also(triggers):
    return {"report": {"triggers": triggers, "steps": {"write": a_step()}}}


@pytest.mark.parametrize(
    "trigger",
    [
        {"s3": {"prefix": "data/"}},
        {"s3": {"prefix": "data/2026.x/a_b/", "suffix": ".csv", "events": ["ObjectRemoved"]}},
        {"sqs": {"queue": QUEUE}, "fromEvent": {"dataset": "body.a.0.b-c"}},
        {"s3": {"prefix": "data/"}, "fromEvent": {"dataset": KEY, "mode": "messageId"}},
        {"sqs": {"queue": f"{QUEUE}.fifo"}},
        {"s3": {"prefix": "pipelines-data/"}, "arguments": {"mode": ""}},
    ],
)
def test_a_trigger_that_is_right_is_fine(trigger):
    assert found(_triggered({"new": trigger})) == []


def test_triggers_need_argo_events():
    platform = _triggered({"new": {"s3": {"prefix": "data/"}}})
    del platform["components"]["argo-events"]

    finding = only(platform)
    assert finding.code == "NEED001"
    assert finding.at == ("pipelines", "train", "triggers")
    assert "argo-events" in finding.fix


@pytest.mark.parametrize(
    ("trigger", "message"),
    [
        ({}, "listens to nothing"),
        ({"s3": {"prefix": "data/"}, "sqs": {"queue": QUEUE}}, "listens to `s3` and to `sqs`"),
    ],
)
def test_a_trigger_listens_to_one_thing(trigger, message):
    finding = only(_triggered({"new": trigger}))

    assert finding.code == "TRIG001"
    assert message in finding.message


@pytest.mark.parametrize("key", ["arguments", "fromEvent"])
def test_a_parameter_that_the_pipeline_lacks_is_found(key):
    value = "x" if key == "arguments" else KEY
    finding = only(_triggered({"new": {"s3": {"prefix": "data/"}, key: {"data-set": value}}}))

    assert finding.code == "TRIG002"
    assert finding.at == ("pipelines", "train", "triggers", "new", key, "data-set")
    assert finding.fix.startswith("write `dataset`, or add `data-set`")


def test_a_pipeline_without_parameters_is_told_to_have_one():
    trigger = {"s3": {"prefix": "data/"}, "arguments": {"mode": "x"}}
    finding = only(_triggered({"new": trigger}, parameters={}))

    assert finding.fix == "add `mode` to `parameters` of `train`"


def test_a_name_that_hurts_is_shown_on_one_line():
    trigger = {"s3": {"prefix": "data/"}, "arguments": {"a\n\x1b[31m{{b}}": "x"}}
    finding = only(_triggered({"new": trigger}))

    assert finding.code == "TRIG002"
    assert "\n" not in finding.message + finding.fix
    assert "\x1b" not in finding.message + finding.fix


def test_a_parameter_is_set_once():
    trigger = {
        "s3": {"prefix": "data/"},
        "arguments": {"dataset": "x"},
        "fromEvent": {"dataset": KEY},
    }

    assert codes(_triggered({"new": trigger})) == ["TRIG003"]


@pytest.mark.parametrize(
    ("events", "path", "message"),
    [
        (["ObjectCreated"], "body.Records.0.s3.key", "events of S3 have no such value"),
        (["ObjectCreated"], "messageAttributes.a.b", "events of S3 have no such value"),
        (
            ["ObjectCreated", "ObjectRemoved"],
            "body.Records.0.s3.object.size",
            "which a file that is removed doesn't have",
        ),
    ],
)
def test_what_is_taken_is_in_the_event(events, path, message):
    trigger = {"s3": {"prefix": "data/", "events": events}, "fromEvent": {"dataset": path}}
    finding = only(_triggered({"new": trigger}))

    assert finding.code == "TRIG004"
    assert message in finding.message


@pytest.mark.parametrize("prefix", ["pipelines/", "pipelines/train/", "mlflow/1/"])
def test_a_pipeline_is_not_started_by_what_pipelines_write(prefix):
    finding = only(_triggered({"new": {"s3": {"prefix": prefix}}}))

    assert finding.code == "TRIG005"
    assert finding.at == ("pipelines", "train", "triggers", "new", "s3", "prefix")


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        ({"prefix": "a/"}, {"prefix": "a/"}, True),
        ({"prefix": "a/"}, {"prefix": "a/b/"}, True),
        ({"prefix": "a/b/"}, {"prefix": "a/"}, True),
        ({"prefix": "a/", "suffix": ".csv"}, {"prefix": "a/"}, True),
        ({"prefix": "a/", "suffix": ".csv"}, {"prefix": "a/", "suffix": "b.csv"}, True),
        ({"prefix": "a/", "suffix": ".csv"}, {"prefix": "a/b/", "suffix": ".json"}, False),
        ({"prefix": "a/"}, {"prefix": "ab/"}, False),
        ({"prefix": "a/"}, {"prefix": "a/", "events": ["ObjectRemoved"]}, False),
    ],
)
def test_no_file_starts_two_pipelines(one, other, overlap):
    platform = _triggered({"one": {"s3": one}}, others=_also({"other": {"s3": other}}))

    assert codes(platform) == (["TRIG006"] if overlap else [])


def test_a_queue_has_one_reader():
    other = _also({"other": {"sqs": {"queue": QUEUE}}})
    finding = only(_triggered({"one": {"sqs": {"queue": QUEUE}}}, others=other))

    assert finding.code == "TRIG007"
    assert finding.at == ("pipelines", "report", "triggers", "other", "sqs", "queue")


def test_a_queue_has_a_name_that_fits():
    name = "n" * 40
    finding = only(
        _triggered({name: {"s3": {"prefix": "data/"}}, "t" * 63: {"s3": {"prefix": "b/"}}})
    )

    assert finding.code == "NAME001"
    assert "SQS queue" in finding.message


def test_two_queues_have_two_names():
    triggers = {"new": {"s3": {"prefix": "a/"}}, "new-dead": {"s3": {"prefix": "b/"}}}

    assert codes(_triggered(triggers)) == ["NAME002"]


def test_a_secret_in_an_argument_is_found():
    trigger = {"s3": {"prefix": "data/"}, "arguments": {"mode": "AKIAABCDEFGHIJKLMNOP"}}
    finding = only(_triggered({"new": trigger}))

    assert finding.code == "SEC001"
    assert finding.at[-2:] == ("arguments", "mode")


@pytest.mark.parametrize(
    "trigger",
    [
        {"s3": {"prefix": "data"}},
        {"s3": {"prefix": ""}},
        {"s3": {"prefix": "/data/"}},
        {"s3": {"prefix": "a//b/"}},
        {"s3": {"prefix": "a{{b}}/"}},
        {"s3": {"prefix": "data/", "suffix": "*"}},
        {"s3": {"prefix": "data/", "events": []}},
        {"sqs": {"queue": "https://sqs.eu-west-1.amazonaws.com/1/drift"}},
        {"sqs": {"queue": QUEUE, "key": "arn:aws:kms:eu-west-1:111122223333:alias/a"}},
        {"sqs": {"queue": QUEUE}, "fromEvent": {"dataset": "body"}},
        {"sqs": {"queue": QUEUE}, "fromEvent": {"dataset": "body.*"}},
        {"sqs": {"queue": QUEUE}, "fromEvent": {"dataset": "body.a|@this"}},
        {"sqs": {"queue": QUEUE}, "fromEvent": {"dataset": "body.#.a"}},
        {"sqs": {"queue": QUEUE}, "atMost": {"runs": 0}},
        {"sqs": {"queue": QUEUE}, "atMost": {"runs": 1, "per": "Second"}},
    ],
)
def test_what_has_another_form_is_refused(trigger):
    with pytest.raises(ValueError, match="validation error"):
        Platform.model_validate(_triggered({"new": trigger}))


@pytest.mark.parametrize(
    ("parameter", "missing"),
    [
        ({"type": "integer"}, True),
        ({"type": "integer", "default": 3}, False),
        ({"optional": True}, False),
        ("", False),
    ],
)
def test_a_run_has_every_value(parameter, missing):
    trigger = {"s3": {"prefix": "data/"}}
    platform = _triggered({"new": trigger}, parameters={"dataset": parameter})

    assert codes(platform) == (["TRIG008"] if missing else [])
    given = {**trigger, "fromEvent": {"dataset": KEY}}
    assert found(_triggered({"new": given}, parameters={"dataset": parameter})) == []
