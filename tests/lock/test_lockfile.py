import json
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlopsgen.lock import Lock, LockedImage, LockedModel, read, save, text_of

MODELS = st.builds(
    lambda version, key, run, at: LockedModel.model_validate(
        {"version": version, "uri": f"s3://acme/{key}", "runId": run, "at": at}
    ),
    st.integers(1, 2**31 - 1).map(str),
    st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=20),
    st.none() | st.text("0123456789abcdef", min_size=32, max_size=32),
    st.none() | st.just("2026-01-02T03:04:05Z"),
)
SOURCES = st.from_regex(r"models:/[a-z]{1,5}@[a-z]{1,5}", fullmatch=True)
IMAGES = st.builds(
    lambda digits, at: LockedImage(digest=f"sha256:{digits}", at=at),
    st.text("0123456789abcdef", min_size=64, max_size=64),
    st.none() | st.just("2026-01-02T03:04:05Z"),
)
REFERENCES = st.from_regex(r"[a-z]{1,5}/[a-z]{1,5}:[0-9]{1,3}", fullmatch=True)


def by_environment(keys, values):
    entries = st.dictionaries(keys, values, min_size=1, max_size=3)
    return st.dictionaries(st.sampled_from(["dev", "prod", "stage"]), entries)


LOCKS = st.builds(Lock, by_environment(SOURCES, MODELS), by_environment(REFERENCES, IMAGES))


@settings(max_examples=50)
@given(LOCKS)
def test_what_is_written_is_read_back(lock):
    assert read("platform.lock", text_of(lock)) == (lock, ())


def test_entries_are_in_the_order_of_the_alphabet():
    entry = LockedModel(version="1", uri="s3://acme/a")
    one = Lock(
        {"prod": {"models:/b@x": entry, "models:/a@x": entry}, "dev": {"models:/c@x": entry}}
    )
    other = Lock({"dev": one.models["dev"], "prod": dict(reversed(one.models["prod"].items()))})

    assert text_of(one) == text_of(other)
    assert list(json.loads(text_of(one))["environments"]) == ["dev", "prod"]


def test_an_entry_without_time_and_registry_can_be_read():
    text = '{"version": 1, "environments": {"dev": {"models": {"models:/a@x": %s}}}}'

    lock, findings = read("platform.lock", text % '{"version": "3", "uri": "s3://acme/a"}')

    assert findings == ()
    assert lock.model("dev", "models:/a@x").at is None


@pytest.mark.parametrize(
    "entry",
    [
        {"version": "0"},
        {"version": "3\n"},
        {"version": 3},
        {"version": "12345678901"},
        {"uri": "s3://acme"},
        {"uri": "s3://acme/a b"},
        {"uri": "s3://acme/\x1b[31m"},
        {"uri": "s3://user@acme/a"},
        {"uri": "https://acme/a"},
        {"uri": "s3://acme/" + "a" * 1100},
        {"runId": "x"},
        {"run_id": "0" * 32},
        {"at": "yesterday"},
        {"from": "http://a b"},
        {"tracking": "http://a"},
    ],
    ids=str,
)
def test_an_entry_that_is_not_of_its_form_is_refused(entry):
    whole = {"version": "1", "uri": "s3://acme/a", **entry}
    file = {"version": 1, "environments": {"dev": {"models": {"models:/a@x": whole}}}}

    lock, findings = read("platform.lock", json.dumps(file))

    assert lock == Lock()
    assert [finding.code for finding in findings] == ["LOCK001"]


def test_nesting_without_end_is_a_finding():
    [finding] = read("platform.lock", "[" * 100_000)[1]

    assert finding.code == "LOCK001"


def test_a_lock_can_be_read_by_all_whatever_the_umask(tmp_path):
    before = os.umask(0o077)
    try:
        save(tmp_path / "platform.lock", Lock())
    finally:
        os.umask(before)

    assert (tmp_path / "platform.lock").stat().st_mode & 0o777 == 0o644


def test_a_lock_that_cannot_be_put_in_place_leaves_nothing_behind(tmp_path):
    file = tmp_path / "platform.lock"
    file.mkdir()

    with pytest.raises(OSError, match=r"platform\.lock"):
        save(file, Lock())

    assert list(tmp_path.iterdir()) == [file]
