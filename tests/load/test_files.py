import os

import pytest

from mlopsgen.load import load
from mlopsgen.load.files import MAX_BYTES, shown
from tests.load.projects import a_platform, a_project, where


def test_a_missing_file_is_a_finding(tmp_path):
    [found] = load(tmp_path / "platform.yaml").findings

    assert found.message == "there is no file `platform.yaml`"
    assert "`mlopsgen init`" in found.fix
    [other] = load(tmp_path / "infra.yaml").findings
    assert other.fix == "pass the path of the file that there is"


def test_a_missing_folder_is_a_finding(tmp_path):
    [found] = load(tmp_path / "nowhere" / "platform.yaml").findings

    assert found.message == "the folder of `platform.yaml` is not there"


@pytest.mark.parametrize(
    ("make", "kind"),
    [(lambda path: path.mkdir(), "a folder"), (os.mkfifo, "a pipe")],
    ids=["folder", "pipe"],
)
def test_what_is_no_file_is_named(make, kind, tmp_path):
    make(tmp_path / "platform.yaml")

    [found] = load(tmp_path / "platform.yaml").findings

    assert (found.code, found.message) == ("LOAD001", f"`platform.yaml` is {kind}, not a file")


def test_a_link_inside_the_project_is_followed(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "real.yaml").write_text("a: 1\n", encoding="utf-8")
    (tmp_path / "platform.yaml").symlink_to("data/real.yaml")

    loaded = load(tmp_path / "platform.yaml")

    assert loaded.base == {"a": 1}
    assert loaded.source.locate(("a",)).file == "platform.yaml"


def test_a_project_folder_may_itself_be_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "platform.yaml").write_text("a: 1\n", encoding="utf-8")
    (tmp_path / "link").symlink_to("real")

    assert load(tmp_path / "link" / "platform.yaml").base == {"a": 1}


def test_a_link_out_of_the_project_is_refused(tmp_path):
    (tmp_path / "project").mkdir()
    (tmp_path / "secret.yaml").write_text("a: 1\n", encoding="utf-8")
    (tmp_path / "project" / "platform.yaml").symlink_to("../secret.yaml")

    assert where(load(tmp_path / "project" / "platform.yaml")) == [("LOAD023", 1, 1)]


def test_the_largest_file_is_read_and_one_byte_more_is_not(tmp_path):
    largest = b"a: 1\n#" + b"x" * (MAX_BYTES - 7) + b"\n"

    assert a_platform(tmp_path, largest).base == {"a": 1}
    [found] = a_platform(tmp_path, largest + b"\n").findings
    assert found.message == "`platform.yaml` has 4,194,305 bytes; at most 4,194,304 are read"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-16-be"])
def test_wide_encodings_are_refused(encoding, tmp_path):
    data = "\ufeffa: 1\n".encode(encoding)

    assert [found.code for found in a_platform(tmp_path, data).findings] == ["LOAD003"]


def test_a_byte_that_is_no_utf8_has_line_and_column(tmp_path):
    loaded = a_platform(tmp_path, "a: é\nb: é".encode() + b"\xe9\n")

    assert where(loaded) == [("LOAD003", 2, 5)]
    assert loaded.findings[0].message == "byte 0xE9 stands where UTF-8 has no character"


def test_an_excerpt_never_shows_what_could_fool_its_reader(tmp_path):
    loaded = a_platform(tmp_path, "a: \u202e\x1b[31mx\n")

    assert loaded.source.line("platform.yaml", 1) == "a: \ufffd\ufffd[31mx"


def test_an_excerpt_of_a_file_that_is_no_utf8_keeps_its_columns(tmp_path):
    loaded = a_platform(tmp_path, b"a: \xe9x\n")

    assert loaded.source.line("platform.yaml", 1) == "a: \ufffdx"


@pytest.mark.parametrize(("file", "number"), [("platform.yaml", 0), ("platform.yaml", 9), ("x", 1)])
def test_a_line_that_is_not_there_is_empty(file, number, tmp_path):
    assert a_platform(tmp_path, "a: 1\n").source.line(file, number) == ""


def test_a_windows_line_has_no_carriage_return(tmp_path):
    assert a_platform(tmp_path, "a: 1\r\nb: 2\r\n").source.line("platform.yaml", 1) == "a: 1"


def test_each_file_is_read_once(tmp_path, monkeypatch):
    opened = []
    real = os.open
    monkeypatch.setattr(os, "open", lambda path, *rest: opened.append(path) or real(path, *rest))

    loaded = a_project(
        tmp_path,
        {"platform.yaml": "include: ['t*.yaml', 'team.yaml']\n", "team.yaml": "a: {b: 1}\n"},
    )
    loaded.source.locate(("a", "b"))

    names = [os.path.basename(path) for path in opened]  # noqa: PTH119 - what os.open was given
    assert names.count("platform.yaml") == names.count("team.yaml") == 1


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.yaml", "a.yaml"), ("\udcff.yaml", "\\udcff.yaml"), ("a\nb", "a\ufffdb")],
)
def test_names_can_be_printed(name, expected):
    assert shown(name) == expected
