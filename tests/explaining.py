"""Pages that ask about their platform, as data: what is asked, and what is answered.

Each `sh` block is a command, and the block that follows is what it prints. Run as a program
it rewrites the answers.
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

PAGE = ROOT / "docs" / "how-to" / "explain.md"
PAGES = (PAGE, ROOT / "docs" / "how-to" / "report.md")
_ASKED = re.compile(
    r"(^```sh\n(.*?)\n```\n\n```(?:text|mermaid)\n)(.*?)(^```$)", re.MULTILINE | re.DOTALL
)
_PLATFORM = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def answers(page: Path) -> dict[str, str]:
    """Return what each command of *page* prints now."""
    text = page.read_text(encoding="utf-8")
    platform = _PLATFORM.search(text)
    assert platform is not None
    with TemporaryDirectory() as folder, contextlib.chdir(folder):
        Path("platform.yaml").write_text(platform[1], encoding="utf-8")
        assert CliRunner().invoke(main, ["build"]).exit_code == 0
        return {command: _said(command) for _, command, _, _ in _ASKED.findall(text)}


def shown(page: Path) -> dict[str, str]:
    """Return what *page* says that each command prints."""
    found = _ASKED.findall(page.read_text(encoding="utf-8"))
    return {command: output for _, command, output, _ in found}


def _said(command: str) -> str:
    program, *arguments = shlex.split(command)
    assert program == "mlopsgen"
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.stderr
    return done.stdout


def rewrite() -> None:
    """Put into each page what its commands print now."""
    for page in PAGES:
        said = answers(page)
        text = page.read_text(encoding="utf-8")
        new = _ASKED.sub(lambda found, said=said: f"{found[1]}{said[found[2]]}{found[4]}", text)
        page.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    rewrite()
