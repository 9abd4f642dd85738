import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from mlopsgen.cli import main
from mlopsgen.edit.saving import Change, encoded, save


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "platform.yaml"
    path.write_bytes(b"old")
    return path


def test_a_file_is_replaced_and_keeps_its_mode(file):
    file.chmod(0o640)

    save([Change(file, b"old", b"new")])

    assert file.read_bytes() == b"new"
    assert file.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in file.parent.iterdir()] == ["platform.yaml"]


def test_a_link_stays_a_link(file):
    link = file.with_name("link.yaml")
    link.symlink_to(file.name)

    save([Change(link, b"old", b"new")])

    assert link.is_symlink()
    assert file.read_bytes() == b"new"


def test_nothing_is_written_when_one_of_several_was_changed_meanwhile(file):
    other = file.with_name("platform.lock")
    other.write_bytes(b"theirs")

    with pytest.raises(OSError, match="changed by somebody else"):
        save([Change(file, b"old", b"new"), Change(other, b"ours", b"new")])

    assert (file.read_bytes(), other.read_bytes()) == (b"old", b"theirs")
    assert len(list(file.parent.iterdir())) == 2


def test_a_new_file_never_replaces_one(file):
    with pytest.raises(OSError, match="is there already"):
        save([Change(file, None, b"new")])

    assert file.read_bytes() == b"old"


def test_a_file_that_may_not_be_written_is_left(file):
    file.chmod(0o444)

    with pytest.raises(PermissionError):
        save([Change(file, b"old", b"new")])

    assert file.read_bytes() == b"old"


def test_what_was_written_is_taken_back_when_the_next_file_fails(file, monkeypatch):
    other, fresh = file.with_name("platform.lock"), file.with_name("fresh")
    other.write_bytes(b"old")
    replace = Path.replace

    def failing(self, target):
        if Path(target).name == "platform.lock":
            raise OSError(28, "No space left on device", str(target))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", failing)
    with pytest.raises(OSError, match="No space left"):
        save(
            [Change(file, b"old", b"new"), Change(fresh, None, b"new"), Change(other, b"old", b"x")]
        )

    assert (file.read_bytes(), other.read_bytes()) == (b"old", b"old")
    assert not fresh.exists()


def test_a_byte_order_mark_stays():
    assert encoded("a", b"\xef\xbb\xbfb") == b"\xef\xbb\xbfa"
    assert encoded("a", b"b") == b"a"


@pytest.mark.parametrize("command", ["fix", "fmt"])
def test_commands_write_through_links_and_leave_what_may_not_be_written(
    tmp_path, monkeypatch, command
):
    monkeypatch.chdir(tmp_path)
    wrong = b"apiVersion: mlopsgen/v1beta1\nname: acme\naws: {region: eu-west-1,  accountId: 1}\n"
    (tmp_path / "there").mkdir()
    real = tmp_path / "there" / "real.yaml"
    real.write_bytes(wrong.replace(b": 1}", b": 111122223333}"))
    Path("platform.yaml").symlink_to("there/real.yaml")
    before = real.read_bytes()
    real.chmod(0o444)

    refused = CliRunner().invoke(main, [command])
    assert (refused.exit_code, real.read_bytes()) == (2, before)
    assert "platform.yaml: Permission denied" in refused.stderr

    os.chmod(real, 0o644)  # noqa: PTH101 - the link itself has no mode
    assert CliRunner().invoke(main, [command]).exit_code in {0, 1}
    assert real.read_bytes() != before
    assert Path("platform.yaml").is_symlink()


@pytest.mark.parametrize("command", ["fix", "fmt"])
def test_what_is_no_utf8_is_found_and_not_written(tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    Path("platform.yaml").write_bytes("name:  café\n".encode("cp1252"))

    done = CliRunner().invoke(main, [command])

    assert done.exit_code == 1
    assert "LOAD003" in done.stderr
    assert Path("platform.yaml").read_bytes() == "name:  café\n".encode("cp1252")


def test_fmt_reads_standard_input(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    done = CliRunner().invoke(main, ["fmt", "-"], input="a:   {b: 1 }\r\n")

    assert done.stdout_bytes == b"a: {b: 1}\r\n"
    assert CliRunner().invoke(main, ["fmt", "-", "--check"], input="a:  1\n").exit_code == 1


def test_fmt_lays_out_what_is_included_and_says_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("platform.yaml").write_text("name: acme\ninclude: [team.yaml]\n")
    Path("team.yaml").write_text("models:\n    iris: {}\n")

    checked = CliRunner().invoke(main, ["fmt", "--check"])
    shown = CliRunner().invoke(main, ["fmt", "--diff"])
    done = CliRunner().invoke(main, ["fmt"])

    assert (checked.exit_code, shown.exit_code, done.exit_code) == (1, 1, 0)
    assert checked.stderr == "would change: team.yaml\n"
    assert checked.stdout == "1 file would change, 1 as they were\n"
    assert "-    iris: {}\n+  iris: {}" in shown.stdout
    assert done.stdout == "changed: team.yaml\n1 file changed, 1 as they were\n"
    assert Path("team.yaml").read_text() == "models:\n  iris: {}\n"
    assert CliRunner().invoke(main, ["fmt", "--check"]).exit_code == 0
