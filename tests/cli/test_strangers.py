"""What people do who have read nothing yet: odd paths, closed streams, keys pressed half way."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from mlopsgen.cli import main
from tests.cli.test_commands import CLEAN, WRONG


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "teams a" / "search"
    folder.mkdir(parents=True)
    (folder / "platform.yaml").write_text(CLEAN, encoding="utf-8")
    return folder


def run(*arguments):
    return CliRunner().invoke(main, arguments)


def started(*arguments, **options):
    command = [sys.executable, "-m", "mlopsgen", *arguments]
    return subprocess.Popen(command, text=True, stderr=subprocess.PIPE, **options)


@pytest.mark.parametrize("form", ["text", "json", "github", "sarif", "junit"])
def test_places_are_named_from_where_the_command_runs(project, form):
    (project / "platform.yaml").write_text(WRONG, encoding="utf-8")

    done = run("validate", "teams a/search/platform.yaml", "--format", form)

    file = "teams%20a/search/platform.yaml" if form == "sarif" else "teams a/search/platform.yaml"
    assert file in done.output


def test_an_excerpt_is_shown_wherever_the_platform_is(project, monkeypatch):
    (project / "platform.yaml").write_text(WRONG, encoding="utf-8")
    inside = run("validate", str(project / "platform.yaml")).stderr
    monkeypatch.chdir(project)
    beside = run("validate").stderr
    (project.parent / "else").mkdir()
    monkeypatch.chdir(project.parent / "else")
    outside = run("validate", "../search/platform.yaml").stderr

    assert "--> teams a/search/platform.yaml:5:1\n 5 | modles: {}\n" in inside
    assert "--> platform.yaml:5:1\n 5 | modles: {}\n" in beside
    assert "--> ../search/platform.yaml:5:1\n 5 | modles: {}\n" in outside


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("platform", [".", "", "teams a"])
def test_a_folder_in_place_of_the_platform_is_a_finding(platform):
    done = run("build", platform)

    assert done.exit_code == 1
    assert f"`{platform or '.'}` is a folder, not a file" in done.stderr


@pytest.mark.parametrize("command", ["validate", "fix", "fmt", "diff"])
def test_a_file_without_rights_is_a_finding_too(project, monkeypatch, command):
    def refused(path, *_arguments):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "access", lambda *_: False)
    monkeypatch.setattr("mlopsgen.load.files._head", refused)

    done = run(command, str(project / "platform.yaml"))

    assert done.exit_code == 1
    assert "`platform.yaml` cannot be read: permission denied" in done.stderr


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("out", [".", "..", "teams a/.."])
def test_the_output_folder_needs_a_name(out):
    done = run("build", "teams a/search/platform.yaml", "--out", out)

    assert done.exit_code == 2
    assert "needs a name of its own" in done.stderr


def test_manifests_count_as_files(project, monkeypatch):
    monkeypatch.chdir(project)

    first = run("build").stdout
    check = run("build", "--check").stdout
    count = sum(path.is_file() for path in Path("generated").rglob("*"))

    assert first == f"generated: {count} files for default ({count} new, 0 changed, 0 deleted)\n"
    assert check == f"generated: up to date ({count} files)\n"
    assert run("validate").stdout == f"{count} files: no findings\n"
    assert json.loads(run("validate", "--format", "json").stdout)["artifacts"] == count


def test_one_difference_is_a_singular(project, monkeypatch):
    monkeypatch.chdir(project)
    run("build")
    Path("generated/default/apps/namespaces/namespace-mlops.yaml").unlink()

    assert run("build", "--check").stdout.startswith("generated: 1 difference (")


def test_a_closed_standard_output_is_no_bug(project):
    done = subprocess.run(
        ["sh", "-c", f"exec '{sys.executable}' -m mlopsgen validate >&-"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_a_reader_that_has_read_enough_sees_no_traceback(project):
    with started("schema", cwd=project, stdout=subprocess.PIPE) as child:
        assert child.stdout.read(1) == "{"
        child.stdout.close()

        assert child.wait(60) in {0, 141}
        assert child.stderr.read() == ""


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("validate 2>&-", 0),
        ("build --check 2>&-", 1),
        ("fix --check 2>&-", 0),
        ("import . 2>&-", 1),
        ("fmt - < platform.yaml >&-", 0),
        ("fmt - <&-", 2),
        ("init --guided q <&-", 2),
        ("--help > /dev/full", 2),
        ("fmt - < platform.yaml > /dev/full", 2),
        ("report --out nowhere/r.html", 2),
        ("report --out platform.yaml/r.html", 2),
        ("init platform.yaml", 2),
    ],
)
def test_whatever_the_streams_are_nothing_of_ours_is_told(project, line, code):
    if "/dev/full" in line and not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")

    done = subprocess.run(
        ["sh", "-c", f"'{sys.executable}' -m mlopsgen {line}"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == code, done.stderr
    assert "bug of mlopsgen" not in done.stderr
    assert ".r.html." not in done.stderr


def test_a_full_disk_is_named():
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        with started("explain", stdout=full) as child:
            assert child.wait(60) == 2
            assert child.stderr.read() == "Error: No space left on device\n"
    finally:
        os.close(full)


def test_a_bug_of_ours_ends_with_2_and_asks_to_be_reported():
    code = (
        "import mlopsgen.cli as cli\n"
        "def broken(**_):\n"
        "    raise ValueError('ours')\n"
        "cli.main.commands['build'].callback = broken\n"
        "import sys\n"
        "sys.argv = ['mlopsgen', 'build']\n"
        "cli.program()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "ValueError: ours" in done.stderr
    assert "This is a bug of mlopsgen" in done.stderr


def test_an_interrupted_build_ends_as_shells_expect_and_leaves_nothing_beside(project):
    code = (
        "import signal, sys, os\n"
        "import mlopsgen.cli as cli, mlopsgen.cli.run as run\n"
        "compile_platform = run.compile_platform\n"
        "def interrupted(*arguments):\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    return compile_platform(*arguments)\n"
        "run.compile_platform = interrupted\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background\n"
        "sys.argv = ['mlopsgen', 'build']\n"
        "cli.program()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=False
    )

    assert done.returncode == 130
    assert "Traceback" not in done.stderr
    assert [path.name for path in project.iterdir()] == ["platform.yaml"]
