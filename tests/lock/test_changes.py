import pytest

from mlopsgen.lock import Lock, LockedModel
from mlopsgen.lock.changes import changes, merged, wanted

A, B = "models:/a@x", "models:/b@x"


def entry(version, uri="s3://acme/a", **more):
    return LockedModel.model_validate({"version": version, "uri": uri, **more})


def said(before, after):
    return [str(change) for change in changes(before, after)]


def test_a_source_is_an_alias_or_a_version():
    assert (wanted(A).name, wanted(A).alias, wanted(A).version) == ("a", "x", None)
    assert (wanted("models:/a/3").alias, wanted("models:/a/3").version) == (None, "3")


@pytest.mark.parametrize("source", ["s3://acme/a", "hf://acme/a", "models:/a", "models:/a/b/c"])
def test_other_sources_are_not_looked_up(source):
    assert wanted(source) is None


def test_a_moved_alias_is_said_with_both_versions():
    assert said(Lock({"prod": {A: entry("3")}}), Lock({"prod": {A: entry("4")}})) == [
        "models:/a@x: 3 -> 4 in prod"
    ]


def test_files_that_moved_are_said_with_both_places():
    before, after = entry("3"), entry("3", uri="s3://acme/b")

    assert said(Lock({"prod": {A: before}}), Lock({"prod": {A: after}})) == [
        "models:/a@x: version 3, s3://acme/a -> s3://acme/b in prod"
    ]


def test_what_was_found_again_stays_as_it_was():
    old = {"dev": {A: entry("3", at="2026-01-01T00:00:00Z")}}
    found = {"dev": {A: entry("3", at="2026-02-02T00:00:00Z")}}

    assert merged(old, found, {"dev": [A]}, complete=True) == old


def test_what_is_not_used_goes():
    old = {"dev": {A: entry("3"), B: entry("1")}, "gone": {A: entry("3")}}

    assert merged(old, {}, {"dev": [A]}, complete=True) == {"dev": {A: entry("3")}}


def test_environments_that_were_not_looked_at_stay():
    old = {"dev": {A: entry("3")}, "prod": {A: entry("2")}}

    new = merged(old, {"dev": {A: entry("4")}}, {"dev": [A]}, complete=False)

    assert new == {"dev": {A: entry("4")}, "prod": {A: entry("2")}}
