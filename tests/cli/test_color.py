"""Color: what `--color` says, and else what the terminal, NO_COLOR and TERM say."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from mlopsgen.cli import main

FOR_PROGRAMS = {"completion", "schema"}
BROKEN = {
    "build": (),
    "diff": (),
    "explain": ("model", "iris", "--platform", "platform.yaml"),
    "fix": (),
    "fmt": (),
    "graph": (),
    "import": ("manifests", "--into", "platform.yaml"),
    "lock": (),
    "migrate": (),
    "promote": ("iris", "--from", "dev", "--to", "prod"),
    "record": (),
    "report": (),
    "run-local": ("training",),
    "show": (),
    "test": (),
    "validate": (),
}
"""Commands that show what is wrong with a platform, and what they have to be told."""


@pytest.fixture(autouse=True)
def _project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("platform.yaml").write_text("name: [acme\n", encoding="utf-8")
    Path("manifests").mkdir()


def test_every_command_for_people_can_be_told():
    able = {
        name
        for name, command in main.commands.items()
        if any(option.name == "color" for option in command.params)
    }

    assert able == main.commands.keys() - FOR_PROGRAMS
    assert able == BROKEN.keys() | {"doctor", "init"}


@pytest.mark.parametrize("command", BROKEN)
def test_what_is_told_holds(command):
    run = CliRunner().invoke

    always, never = (
        run(main, [command, *BROKEN[command], "--color", choice]) for choice in ("always", "never")
    )

    assert (always.exit_code, never.exit_code) == (1, 1), always.output
    assert "\x1b[1;31merror[" in always.stderr
    assert "\x1b" not in never.output


@pytest.mark.parametrize(
    ("variables", "painted"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)],
    ids=str,
)
def test_a_terminal_is_painted_unless_somebody_minds(variables, painted):
    ours, theirs = pty.openpty()
    plain = {key: text for key, text in os.environ.items() if key != "NO_COLOR"}

    subprocess.run(
        [sys.executable, "-m", "mlopsgen", "validate"],
        env=plain | {"TERM": "xterm"} | variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        check=False,
    )
    os.close(theirs)
    said = os.read(ours, 65536).decode()
    os.close(ours)

    assert "error[" in said
    assert ("\x1b[" in said) is painted
