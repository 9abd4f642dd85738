"""README.md as data: its example, the change that breaks it, and what mlopsgen says then.

Run as a program it rewrites the output that README.md shows.
"""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory

from mlopsgen.compiler import Compilation, compile_platform
from mlopsgen.report import as_text
from tests.build import ROOT

README = ROOT / "README.md"


def block(kind: str) -> str:
    """Return the first block of README.md in the language *kind*."""
    found = re.search(
        rf"^```{kind}\n(.*?)^```$", README.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    assert found is not None, f"README.md has no block of {kind}"
    return found[1]


def changed() -> str:
    """Return the example after the change that README.md shows."""
    taken, given = (line[1:] for line in block("diff").splitlines())
    assert block("yaml").count(taken) == 1
    return block("yaml").replace(taken, given)


def compiled(platform: str) -> Compilation:
    """Compile the text *platform*."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "platform.yaml"
        file.write_text(platform, encoding="utf-8")
        return compile_platform(file)


def first_finding(platform: str) -> str:
    """Return the first thing that `mlopsgen build` says about *platform*."""
    compilation = compiled(platform)
    return as_text.render(compilation.findings[:1], compilation.source, color=False)


def rewrite() -> None:
    """Show what the change gives now."""
    shown = f"```text\n{block('text')}```"
    now = f"```text\n{first_finding(changed())}```"
    README.write_text(README.read_text("utf-8").replace(shown, now), encoding="utf-8")


if __name__ == "__main__":
    rewrite()
