"""docs/how-to/edit.md as data: files, the commands that change them, and what those print.

A `yaml` block is the platform.yaml of a new folder, and each `sh` block after it a command there;
the `text` or `diff` block that follows is what it prints. Run as a program it rewrites those.
"""

from __future__ import annotations

import contextlib
import re
import shlex
from pathlib import Path
from tempfile import TemporaryDirectory

from click.testing import CliRunner

from mlopsgen.cli import main
from tests.build import ROOT

PAGE = ROOT / "docs" / "how-to" / "edit.md"
_BLOCK = re.compile(
    r"(?P<head>^```sh\n(?P<command>mlopsgen [^\n]*)\n```\n\n```(?:text|diff)\n)(?P<output>.*?)^```$"
    r"|^```yaml\n(?P<platform>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


def outputs() -> list[tuple[str, str, str]]:
    """Return each command of the page, what the page says that it prints, and what it prints."""
    found: list[tuple[str, str, str]] = []
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.chdir(stack.enter_context(TemporaryDirectory())))
        for block in _BLOCK.finditer(PAGE.read_text(encoding="utf-8")):
            if block["platform"]:
                here = stack.enter_context(TemporaryDirectory())
                stack.enter_context(contextlib.chdir(here))
                Path("platform.yaml").write_text(block["platform"], encoding="utf-8")
            else:
                found.append((block["command"], block["output"], _said(block["command"])))
    return found


def _said(command: str) -> str:
    program, *arguments = shlex.split(command)
    assert program == "mlopsgen"
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code in {0, 1}, done.output
    return done.output


def rewrite() -> None:
    """Put into the page what its commands print now."""
    said = iter(outputs())
    text = PAGE.read_text(encoding="utf-8")

    def renewed(block: re.Match[str]) -> str:
        return block[0] if block["platform"] else f"{block['head']}{next(said)[2]}```"

    PAGE.write_text(_BLOCK.sub(renewed, text), encoding="utf-8")


if __name__ == "__main__":
    rewrite()
