"""docs/how-to/review.md as data: a change of its platform, and what is said of it.

The platform is committed, then each `diff` block is a change of it that isn't. Each `sh` block is a
command, and the block that follows is what it prints. Run as a program it rewrites the answers.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from click.testing import CliRunner

from mlopsgen.cli import main
from tests.build import ROOT

PAGE = ROOT / "docs" / "how-to" / "review.md"
_BLOCK = re.compile(r"^(`{3,})(yaml|diff|sh|text|markdown)\n(.*?)^\1$", re.MULTILINE | re.DOTALL)
_ANSWERS = ("text", "markdown")
_DAY = "2026-01-01T00:00:00Z"
_FIXED = {
    "GIT_AUTHOR_NAME": "acme",
    "GIT_AUTHOR_EMAIL": "acme@example.com",
    "GIT_AUTHOR_DATE": _DAY,
    "GIT_COMMITTER_NAME": "acme",
    "GIT_COMMITTER_EMAIL": "acme@example.com",
    "GIT_COMMITTER_DATE": _DAY,
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}
"""With them the commit has the same name everywhere."""


def answers() -> list[tuple[str, str, str]]:
    """Return each command of the page with what it says there and what it prints now."""
    text = PAGE.read_text(encoding="utf-8")
    with TemporaryDirectory() as folder, contextlib.chdir(folder):
        return list(_asked([(match[2], match[3]) for match in _BLOCK.finditer(text)]))


def _asked(blocks: list[tuple[str, str]]) -> Iterator[tuple[str, str, str]]:
    platform, command = Path("platform.yaml"), ""
    for kind, body in blocks:
        if kind == "yaml" and not platform.exists():
            platform.write_text(body, encoding="utf-8")
            for arguments in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-qm", "1")):
                subprocess.run(["git", *arguments], env=os.environ | _FIXED, check=True)
        elif kind == "diff":
            _change(platform, body)
        elif kind == "sh":
            command = body.strip()
        elif kind in _ANSWERS:
            yield command, body, _said(command)


def _change(platform: Path, change: str) -> None:
    text = platform.read_text(encoding="utf-8")
    for line in (line for line in change.splitlines(keepends=True) if line.startswith("-")):
        assert text.count(line[1:]) == 1, line
    old = "".join(line[1:] for line in change.splitlines(keepends=True) if line.startswith("-"))
    new = "".join(line[1:] for line in change.splitlines(keepends=True) if line.startswith("+"))
    assert text.count(old) == 1, change
    platform.write_text(text.replace(old, new), encoding="utf-8")


def _said(command: str) -> str:
    program, *arguments = shlex.split(command)
    assert program == "mlopsgen"
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    return done.stdout


def rewrite() -> None:
    """Put into the page what its commands print now."""
    text = PAGE.read_text(encoding="utf-8")
    said = iter([now for _, _, now in answers()])

    def renewed(match: re.Match[str]) -> str:
        if match[2] not in _ANSWERS:
            return match[0]
        return f"{match[1]}{match[2]}\n{next(said)}{match[1]}"

    PAGE.write_text(_BLOCK.sub(renewed, text), encoding="utf-8")


if __name__ == "__main__":
    rewrite()
