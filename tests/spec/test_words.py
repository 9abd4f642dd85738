"""What is said about mistakes in the spec."""

import re

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mlopsgen.spec.rules import KEY_CODES, RULES
from mlopsgen.spec.words import WORDS
from tests.spec.corpus import WRONG
from tests.spec.platforms import (
    GONE,
    PATHS,
    VALUES,
    changed,
    errors_of,
    found,
    found_in,
    without_environments,
)

CODES = {rule.code for rule in RULES}
KINDS = {*WORDS, "extra_forbidden"}
FOREIGN = re.compile(
    r"\b(dict|tuple|str|int|float|bool|NoneType|pydantic|regex|pattern|literal|Input|Extra|"
    r"invalid|please|model_type|discriminator|tag)\b"
)
PYTHON = re.compile(r"\b(None|True|False)\b|\[key\]|<class|object at")
WRITE = re.compile(r"write `(.*)`")


def only(path, value, written=lambda _path: None):
    [finding] = found(path, value, written)
    return finding.message, finding.fix


def _check(finding):
    said = f"{finding.message}\n{finding.why}\n{finding.fix}"
    assert finding.code in CODES
    assert all((finding.message, finding.why, finding.fix))
    assert "\n" not in finding.message + finding.fix
    assert not PYTHON.search(said), said
    assert not FOREIGN.search(re.sub(r"`[^`]*`", "", said)), said


@pytest.mark.parametrize(("path", "value"), WRONG)
def test_a_mistake_is_one_finding_in_our_words(path, value):
    [finding] = found(path, value)

    _check(finding)


def test_each_kind_of_error_has_words_and_none_is_there_in_vain():
    wrong = [changed(path, value) for path, value in WRONG]
    wrong.append(changed("aws", {1: 2}))
    kinds = {one["type"] for document in wrong for one in errors_of(document).errors()}

    assert kinds == KINDS


@given(path=st.sampled_from(PATHS), value=VALUES)
@settings(max_examples=400, deadline=None)
def test_any_mistake_is_told_in_our_words(path, value):
    error = errors_of(changed(path, value))
    if error is not None:
        assert {one["type"] for one in error.errors()} <= KINDS
        assert found_in(changed(path, value))
    for finding in found_in(changed(path, value)):
        _check(finding)


def _mended(document, finding):
    """Return *document* after the fix of *finding*, or None where that is no single value."""
    match = WRITE.fullmatch(finding.fix)
    if match is None:
        return None
    value = yaml.safe_load(match[1])
    if isinstance(finding.at[-1], str):
        [(key, value)] = value.items()
        assert key == finding.at[-1]
    return changed(finding.at, value, document)


@given(path=st.sampled_from(PATHS), value=VALUES)
@settings(max_examples=400, deadline=None)
def test_writing_what_the_fix_says_mends_the_mistake(path, value):
    document = changed(path, value)
    for finding in found_in(document):
        if finding.code not in KEY_CODES and (mended := _mended(document, finding)) is not None:
            left = [one for one in found_in(mended) if one.at[: len(finding.at)] == finding.at]
            assert [one for one in left if one.code not in KEY_CODES] == [], finding


def test_a_number_where_text_is_meant_is_quoted_as_it_was_written():
    assert only("cluster version", 1.1, lambda _path: "1.10") == (
        "`cluster.version` is text; 1.10 without quotes is the number 1.1",
        'write `version: "1.10"`',
    )
    assert only("aws accountId", 111122223333, lambda _path: "111122223333") == (
        "`aws.accountId` is text; 111122223333 without quotes is the number 111122223333",
        'write `accountId: "111122223333"`',
    )


def test_a_key_of_another_tool_is_translated():
    [finding] = found("models iris minReplicas", 2)

    assert finding.at == ("models", "iris", "minReplicas")
    assert finding.message == "`models.iris` has no key `minReplicas`"
    assert finding.fix == "write it below `scale`: `scale: {min: 2}`"
    assert finding.why.startswith("KServe and HPAs call it minReplicas")


def test_a_key_one_level_too_high_is_sent_down():
    assert only("pipelines iris-training cron", "0 4 * * *") == (
        "`pipelines.iris-training` has no key `cron`",
        'write it below `schedule`: `schedule: {cron: "0 4 * * *"}`',
    )
    assert only("alerts MLflowDown", {"for": "5m"})[1] == (
        "write it below `tune`: `tune: {MLflowDown: ...}`"
    )


@pytest.mark.parametrize(
    ("path", "fix"),
    [
        ("aws account_id", "write `accountId` instead of `account_id`"),
        ("models iris sorce", "write `source` instead of `sorce`"),
        ("nodepools", "write `nodePools` instead of `nodepools`"),
        ("nodePools general instanceType", "write `instanceTypes` instead of `instanceType`"),
        ("dashboards colour", "take `colour` away; the keys are `builtin`"),
    ],
)
def test_an_unknown_key_has_the_likeliest_fix(path, fix):
    assert only(path, "x")[1] == fix


def test_a_key_under_another_name_is_not_missing_too():
    document = changed("models iris source", GONE)
    document["models"]["iris"]["storageUri"] = "s3://acme/iris"

    [finding] = found_in(document)

    assert finding.fix == "write `source` instead of `storageUri`"


def test_a_missing_key_is_shown_with_a_value_that_would_do():
    assert only("aws", GONE) == (
        "the platform has no `aws`",
        'write `aws: {region: eu-west-1, accountId: "111122223333"}`',
    )


def test_a_choice_is_guessed_from_its_letters():
    assert only("models iris runtime", "sklern") == (
        (
            "`models.iris.runtime` is `sklern`; it is one of `custom`, `huggingface`, `lightgbm`, "
            "`mlflow`, `onnx`, `pytorch`, `sklearn`, `tensorflow`, `triton`, `vllm`, `xgboost`"
        ),
        "write `runtime: sklearn`",
    )
    assert only("nodePools training capacity", "ON_DEMAND")[1] == "write `capacity: on-demand`"


def test_a_value_of_several_kinds_is_told_once():
    assert only("alerts builtin", "some") == (
        "`alerts.builtin` is `some`; it is one of `all`, `none` or a list",
        "write one of `all`, `none`",
    )
    assert only("alerts builtin", 3)[0] == (
        "`alerts.builtin` is one of `all`, `none` or a list; 3 is a number"
    )
    assert only("alerts builtin", ["MLFlowDown"])[1] == "write `MLflowDown`"


def test_a_pool_of_no_kind_is_told_by_its_keys():
    [finding] = found("nodePools gpu-workloads kind", GONE)

    assert finding.at == ("nodePools", "gpu-workloads", "kind")
    assert finding.fix == "write `kind: karpenter`"


def test_a_path_has_no_step_that_nobody_wrote():
    [finding] = found("nodePools general min", -1)

    assert finding.at == ("nodePools", "general", "min")
    assert (
        finding.message == "`nodePools.general.min` is -1; it must be at least 0 and at most 1000"
    )


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("python -m train", ["python", "-m", "train"]),
        (
            "train --name 'a b' --data=$(PARAM_DATA)",
            ["train", "--name", "a b", "--data=$(PARAM_DATA)"],
        ),
        ("load && train", ["sh", "-c", "load && train"]),
        ("train $HOME", ["sh", "-c", "train $HOME"]),
        ("it's", ["sh", "-c", "it's"]),
        ("train", ["train"]),
    ],
)
def test_a_line_of_a_shell_becomes_a_list_of_arguments(text, meant):
    fix = only("pipelines iris-training steps data-ingestion command", text)[1]

    assert yaml.safe_load(WRITE.search(fix)[1]) == {"command": meant}


def test_bounds_have_all_their_digits():
    message, fix = only(
        "pipelines iris-training steps data-ingestion withSequence", {"end": 10000000}
    )

    assert "at most 1000000" in message
    assert fix == "write `end: 1000000`"


def test_the_end_of_a_name_has_its_dot():
    trigger = {"new": {"s3": {"prefix": "data/", "suffix": "*.csv"}}}
    fix = only("pipelines iris-training triggers", trigger)[1]

    assert fix == 'write `suffix: ".csv"`'


def test_the_name_of_an_entry_is_at_fault_at_its_key():
    document = changed("models Iris_V2", without_environments()["models"]["iris"])

    [finding] = found_in(document)

    assert finding.code in KEY_CODES
    assert finding.at == ("models", "Iris_V2")
    assert finding.fix == "write `iris-v2` instead"


def test_an_entry_called_like_pydantic_marks_keys_keeps_its_place():
    [finding] = found(("models", "iris", "[key]"), 1)

    assert finding.at == ("models", "iris", "[key]")
    assert finding.message == "`models.iris` has no key `[key]`"


@pytest.mark.parametrize(
    ("path", "value", "fix"),
    [
        ("models iris resources memory", "2GB", "write `memory: 2Gi`"),
        ("models iris resources memory", 2147483648, "write `memory: 2Gi`"),
        ("models iris resources memory", 0, "write `memory: 2Gi`"),
        ("models iris resources memory", "0Gi", "write `memory: 2Gi`"),
        ("models iris resources cpu", "0m", "write `cpu: 2`"),
        ("nodePools general disk", 0, "write `disk: 50Gi`"),
        ("models iris resources cpu", "2 cores", "write `cpu: 2`"),
        ("nodePools gpu-workloads expireAfter", "30d", "write `expireAfter: 720h`"),
        ("models iris scale target", "70%", "write `target: 70`"),
        ("aws zones", 7, "write `zones: 3`"),
        ("storage database multiAz", "yes", "write `multiAz: true`"),
        ("models iris exposure host", "https://Iris.acme.com/x", "write `host: iris.acme.com`"),
        ("components kserve chart", 0.16, 'write `chart: "0.16.0"`'),
        ("components kserve chart", True, "write it like `chart: 1.8.0`"),
        ("cluster version", "1.33.4", 'write `version: "1.33"`'),
        ("models iris source", "acme/iris", "write `source: hf://acme/iris`"),
        ("aws zones", None, "write a value, or take `zones` away"),
        ("models iris vllm", {"maxModelLen": 1, "swapSpace": 1e308}, "write `swapSpace: 4096`"),
        ("models iris vllm", {"maxModelLen": 1, "cpuOffloadGb": -1}, "write `cpuOffloadGb: 0`"),
        (
            "models iris vllm",
            {"maxModelLen": 1, "lora": {"adapters": {"a": "hf://a/b"}, "maxLoraRank": "64"}},
            "write `maxLoraRank: 64`",
        ),
    ],
)
def test_the_fix_is_what_was_probably_meant(path, value, fix):
    assert only(path, value)[1] == fix


def test_a_secret_is_not_repeated():
    [finding] = found("models iris secrets", {"TOKEN": "hunter2"})

    assert "hunter2" not in finding.message + finding.fix
    assert "history of the repository" in finding.why


def test_a_long_value_is_clipped():
    [finding] = found("aws region", "x" * 500)

    assert finding.message == (
        f"`aws.region` is `{'x' * 60}...`; it must be an AWS region, such as eu-west-1"
    )


def test_a_value_cannot_reach_the_terminal():
    [finding] = found("aws region", "\x1b[31m\u202e")

    assert finding.message.isprintable()


def test_a_number_in_quotes_is_told_from_the_choice_it_looks_like():
    options = {"maxModelLen": 1, "lora": {"adapters": {"a": "hf://a/b"}, "maxLoraRank": "64"}}
    [finding] = found("models iris vllm", options)

    assert "is the text `64`; it is one of `8`, `16`, `32`, `64`" in finding.message
