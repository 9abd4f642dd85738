"""docs/how-to/import.md as data: its manifests, and what an import of them says.

Run as a program it rewrites what the page shows.
"""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from tempfile import TemporaryDirectory

from click.testing import CliRunner

from mlopsgen.cli import main
from tests.build import ROOT

PAGE = ROOT / "docs" / "how-to" / "import.md"
_BLOCK = re.compile(r"^```(?:text|yaml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PLACES = (1, 2)
"""The blocks, after the manifests, that an import prints: findings, then the fragment."""


def blocks() -> list[str]:
    """Return the blocks of YAML and text."""
    return _BLOCK.findall(PAGE.read_text(encoding="utf-8"))


def said() -> tuple[str, str]:
    """Return what goes to standard error and to standard output now."""
    with TemporaryDirectory() as folder, contextlib.chdir(folder):
        Path("manifests.yaml").write_text(blocks()[0], encoding="utf-8")
        done = CliRunner().invoke(main, ["import", "manifests.yaml"])
    return done.stderr, done.stdout


def rewrite() -> None:
    """Put into the page what is said now."""
    text = PAGE.read_text(encoding="utf-8")
    found = list(_BLOCK.finditer(text))
    for place, new in sorted(zip(_PLACES, said(), strict=True), reverse=True):
        text = text[: found[place].start(1)] + new + text[found[place].end(1) :]
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    rewrite()
