"""What a change says in the words of platform.yaml."""

from mlopsgen.diff import compared
from tests.diff import LOCK, REFERENCE, SMALL, change, side


def _sentences(comparison, environment="prod"):
    [one] = [each for each in comparison.environments if each.name == environment]
    return [said.sentence for said in one.said]


def test_replicas_are_said_as_people_say_them(tmp_path):
    found = change(tmp_path, REFERENCE, ("{min: 1, max: 5, metric", "{min: 1, max: 6, metric"))

    assert _sentences(found, "dev") == ["iris: max replicas 5 -> 6"]
    [dev, prod] = found.environments
    assert (dev.said[0].place.file, dev.said[0].place.line) == ("platform.yaml", 111)
    assert prod.state == "unchanged"


def test_a_family_is_said_once_with_the_models_that_take_it(tmp_path):
    found = change(tmp_path, SMALL, ("scale: {max: 2}", "scale: {max: 4}"))

    assert _sentences(found) == ["families.tabular: scale.max 2 -> 4, for churn"]


def test_an_overlay_is_said_with_its_own_line(tmp_path):
    found = change(tmp_path, SMALL, ("  prod: {}", "  prod: {models: {fraud: {scale: {max: 9}}}}"))

    assert _sentences(found) == ["fraud: max replicas 3 -> 9"]
    assert found.environments[1].said[0].place.line == SMALL.count("\n")
    assert found.environments[0].state == "unchanged"


def test_an_entry_is_new_or_gone_as_a_whole(tmp_path):
    found = change(tmp_path, SMALL, ("  churn: {family: tabular}", "  spam: {family: tabular}"))

    assert _sentences(found) == ["churn: removed", "spam: added"]


def test_a_default_is_said_where_a_value_goes_away(tmp_path):
    found = change(tmp_path, SMALL, ("{family: tabular, scale: {max: 3}}", "{family: tabular}"))

    assert _sentences(found) == ["fraud: max replicas 3 -> 2"]


def test_writing_a_default_down_says_nothing(tmp_path):
    found = change(tmp_path, SMALL, ("  churn: {family", "  churn: {stopped: false, family"))

    assert not found.different


def test_values_that_nobody_wrote_are_named_as_defaults(tmp_path):
    found = change(
        tmp_path, SMALL, ("m5.large], min: 2, max: 4}", "m5.large], min: 2, max: 4, disk: 80Gi}")
    )

    assert _sentences(found) == ["nodePools.general: disk 50Gi (the default) -> 80Gi"]


def test_of_a_long_value_its_start_is_shown(tmp_path):
    source = f"s3://acme-models/{'a' * 200}/1"
    found = change(
        tmp_path,
        SMALL,
        ("fraud: {family: tabular", f'fraud: {{family: tabular, source: "{source}"'),
    )

    shown = f"{source[:40]}... (219 characters)"
    assert _sentences(found) == [f"fraud: source s3://acme-models/fraud/1 -> {shown}"]


def test_secrets_are_not_shown(tmp_path):
    found = change(tmp_path, REFERENCE, ("mlops/huggingface#token", "mlops/hub#token"))

    assert _sentences(found) == ["mistral-7b: secrets.HF_TOKEN not shown -> not shown"]


def test_a_new_version_in_the_lock_is_said_of_the_model(tmp_path):
    old = side(tmp_path, REFERENCE, "before")
    assert '"version": "3"' in LOCK
    new = side(tmp_path, REFERENCE, "after", lock=_newer(LOCK))

    found = compared(old, new)

    assert any(
        "version 3 -> version 7" in each and each.startswith("iris: ")
        for each in _sentences(found, "dev")
    ), _sentences(found, "dev")


def _newer(lock):
    return lock.replace('"version": "3"', '"version": "7"').replace("m-6d0e1c52", "m-7d0e1c52")
