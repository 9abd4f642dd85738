from pathlib import Path

import pytest

from mlopsgen.write import MANIFEST, compare, write
from tests.write.trees import a_file, beside, tree


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd",
        "../prod/a.yaml",
        "apps/../../a.yaml",
        "apps/..",
        "./a.yaml",
        "apps/./a.yaml",
        "apps//a.yaml",
        "apps/",
        "apps\\a.yaml",
        "a\0.yaml",
        "a\n.yaml",
    ],
)
def test_a_path_that_is_not_plain_is_our_bug(tmp_path, path):
    with pytest.raises(ValueError, match="is empty or absolute, or has"):
        write(tmp_path / "generated", {"dev": [a_file(path)]})

    assert beside(tmp_path / "generated") == set()


@pytest.mark.parametrize("environment", ["", "..", ".", "/", "a/b", "a\\b"])
def test_an_environment_that_is_no_folder_name_is_our_bug(tmp_path, environment):
    with pytest.raises(ValueError, match=r"is empty or absolute, or has|holds a `/`"):
        compare(tmp_path / "generated", {environment: []})


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        ("a.yaml", "a.yaml", "the same file"),
        ("a.yaml", "A.yaml", "the same file"),
        ("caf\u00e9.yaml", "cafe\u0301.yaml", "the same file"),
        ("apps/a.yaml", "Apps/b.yaml", "the same folder"),
        ("apps", "apps/a.yaml", "is a file and `apps` a folder"),
        ("apps/a/b/c.yaml", "apps/a", "is a file and `apps/a` a folder"),
        (MANIFEST, "a.yaml", "the same file"),
        ("Manifest.json", "a.yaml", "the same file"),
    ],
)
def test_two_paths_that_cannot_stand_together_are_our_bug(tmp_path, first, second, words):
    with pytest.raises(ValueError, match=words):
        compare(tmp_path / "generated", {"dev": [a_file(first), a_file(second)]})


def test_environments_that_differ_only_in_case_are_our_bug(tmp_path):
    with pytest.raises(ValueError, match="`dev` and `Dev` are the same file"):
        compare(tmp_path / "generated", {"dev": [], "Dev": []})


def test_a_name_longer_than_a_file_system_takes_is_our_bug(tmp_path):
    with pytest.raises(ValueError, match="has a name of 256 bytes in it; 255 fit"):
        compare(tmp_path / "generated", {"dev": [a_file("apps/" + "é" * 128)]})


def test_text_that_is_not_unicode_is_our_bug(tmp_path):
    with pytest.raises(ValueError, match="cannot be written as UTF-8"):
        compare(tmp_path / "generated", {"dev": [a_file("a\udcff")]})


@pytest.mark.parametrize("path", ["a" * 255, "...", "..a", ".hidden", "a b", "é/ü.yaml", "a/b/c/d"])
def test_plain_paths_are_written(tmp_path, path):
    write(tmp_path / "generated", {"dev": [a_file(path, "text")]})

    assert (tmp_path / "generated" / "dev" / path).read_text() == "text"


@pytest.mark.parametrize("name", [".", "..", "/", "a/.."])
def test_an_output_folder_without_a_name_is_refused(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)

    with pytest.raises(OSError, match="needs a name of its own"):
        write(Path(name), {"dev": tree(a_yaml="a")})

    assert list(tmp_path.iterdir()) == []
