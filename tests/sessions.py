"""The pages that show commands, as data: what is typed, in which folder, and what comes of it.

A page is read from top to bottom, as somebody does who follows it:

- `yaml` is the platform.yaml of a new folder, which is committed;
- `yaml title="name"` is a new file of the folder, or what a file that is there says by now;
- `diff` is a change of platform.yaml;
- `sh` has commands, and the block that follows it, with nothing between, is what they print.

What isn't to be run is `bash`. Run as a program it rewrites what is printed and what files say.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from click.testing import CliRunner

from mlopsgen.cli import main
from tests.build import ROOT

PAGES = tuple(
    ROOT / "docs" / name
    for name in (
        "how-to/edit.md",
        "how-to/explain.md",
        "how-to/import.md",
        "how-to/patches.md",
        "how-to/report.md",
        "how-to/review.md",
        "tutorial.md",
    )
)
_BLOCK = re.compile(
    r"^(?P<fence>`{3,})(?P<kind>\w+)(?: title=\"(?P<title>[^\"]+)\")?\n(?P<body>.*?)^(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)
_REVISION = re.compile(r"\b[0-9a-f]{10}\b")
_DAY = "2026-01-01T00:00:00Z"
_GIT = {
    "GIT_AUTHOR_NAME": "acme",
    "GIT_AUTHOR_EMAIL": "acme@example.com",
    "GIT_AUTHOR_DATE": _DAY,
    "GIT_COMMITTER_NAME": "acme",
    "GIT_COMMITTER_EMAIL": "acme@example.com",
    "GIT_COMMITTER_DATE": _DAY,
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}
_ELSEWHERE = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "MLOPSGEN_PLATFORM")
"""Variables that would lead commands out of the folder of a page, such as a hook of git sets."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows at `place` of its text, what is true now, and of what."""

    of: str
    place: tuple[int, int]
    then: str
    now: str

    @property
    def true(self) -> bool:
        """Whether they are the same. Names of commits follow from every generated file: any do."""
        return _REVISION.sub("", self.then) == _REVISION.sub("", self.now)


@dataclass(slots=True)
class _Session:
    folders: contextlib.ExitStack

    def start(self, platform: str) -> None:
        self.folders.enter_context(contextlib.chdir(self.folders.enter_context(_folder())))
        Path("platform.yaml").write_text(platform, encoding="utf-8")
        for arguments in ("init -q -b main", "add -A", "commit -qm 1"):
            _git(arguments.split())

    def run(self, commands: str) -> str:
        """Run *commands* and return what a terminal shows of them."""
        return "".join(self._said(line) for line in commands.splitlines())

    def _said(self, line: str) -> str:
        command, _, target = line.partition(" > ")
        match shlex.split(command, comments=True):
            case ["git", *arguments]:
                return _git(arguments)
            case ["cd", folder]:
                self.folders.enter_context(contextlib.chdir(folder))
                return ""
            case ["mlopsgen", *arguments]:
                done = CliRunner(env=dict.fromkeys(_ELSEWHERE)).invoke(main, arguments)
                assert done.exit_code in {0, 1}, done.output
                if not target:
                    return done.output
                Path(target).write_text(done.stdout, encoding="utf-8")
                return done.stderr
        msg = f"pages don't run `{line}`"
        raise AssertionError(msg)


def shown(page: Path) -> Iterator[Shown]:
    """Follow *page* and yield each thing that it shows."""
    text = page.read_text(encoding="utf-8")
    with contextlib.ExitStack() as folders:
        folders.enter_context(contextlib.chdir(folders.enter_context(_folder())))
        session, ran = _Session(folders), ("", 0, "")
        for block in _BLOCK.finditer(text):
            command, end, said = ran
            body, file = block["body"], Path(block["title"] or "platform.yaml")
            if block["kind"] == "sh":
                ran = (body.strip(), block.end(), session.run(body))
            elif command and not text[end : block.start()].strip():
                yield Shown(command, block.span("body"), body, said)
            elif block["kind"] == "diff":
                _change(file, body)
            elif block["title"] and file.exists():
                yield Shown(str(file), block.span("body"), body, file.read_text(encoding="utf-8"))
            elif block["title"]:
                file.write_text(body, encoding="utf-8")
            elif block["kind"] == "yaml":
                session.start(body)


def _folder() -> TemporaryDirectory[str]:
    return TemporaryDirectory()


def _git(arguments: list[str]) -> str:
    kept = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
    done = subprocess.run(
        ["git", *arguments], env=kept | _GIT, check=True, capture_output=True, text=True
    )
    return done.stdout + done.stderr


def _change(file: Path, change: str) -> None:
    """Take the lines with a minus out of *file* and put those with a plus in their place.

    Lines without either only say where.
    """
    text = file.read_text(encoding="utf-8")
    old, new = (
        "".join(line[1:] for line in change.splitlines(keepends=True) if line[0] in f" {sign}")
        for sign in "-+"
    )
    assert text.count(old) == 1, change
    file.write_text(text.replace(old, new), encoding="utf-8")


def rewrite() -> None:
    """Put into each page what is true now."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for each in reversed(list(shown(page))):
            if not each.true:
                start, end = each.place
                text = text[:start] + each.now + text[end:]
        page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    rewrite()
