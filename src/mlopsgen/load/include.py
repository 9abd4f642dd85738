"""Which files the patterns under `include` stand for."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from mlopsgen.diagnostics import Finding, Rule
from mlopsgen.load.files import shown
from mlopsgen.load.rules import INCLUDE, NO_MATCH, TOO_MANY_FILES
from mlopsgen.load.scalars import shortened
from mlopsgen.load.source import INCLUDE as KEY
from mlopsgen.load.source import Source

MAX_FILES = 1_000

RECORDS = ".recorded.yaml"
"""What the files end in that hold what was recorded of a pipeline written in Python."""

_Wrong = tuple[Rule, str, str]
"""A rule with message and fix, for which the place is still to be found."""

_MAGIC = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class Included:
    """The files to read, sorted by their names relative to the project folder."""

    names: tuple[str, ...]
    findings: tuple[Finding, ...]


def included(patterns: object, folder: Path, root: str, source: Source) -> Included:
    """Return the files in *folder* that *patterns* match, without *root*, the file itself."""
    if not isinstance(patterns, list) or len(patterns) > MAX_FILES:
        message = f"`include` is no list of at most {MAX_FILES:,} patterns"
        fix = "write it as [teams/*.yaml]"
        return Included((), (INCLUDE.at(source.locate((KEY,)), message, fix=fix),))
    names: set[str] = set()
    findings: list[Finding] = []
    for index, pattern in enumerate(patterns):
        found = set(_found(pattern, folder)) - {root}
        wrong = _wrong(pattern) or _unusable(pattern, found)
        names |= found
        if wrong is None and len(names) > MAX_FILES:
            message = f"`{shortened(pattern)}` makes it {len(names):,} files to include"
            wrong = (TOO_MANY_FILES, f"{message}; at most {MAX_FILES:,} are read", "narrow it")
        if wrong is not None:
            rule, message, fix = wrong
            findings.append(rule.at(source.locate((KEY, index)), message, fix=fix))
        if len(names) > MAX_FILES:
            return Included((), tuple(findings))
    return Included(tuple(sorted(names)), tuple(findings))


def _wrong(pattern: object) -> _Wrong | None:
    """Return why *pattern* cannot be followed, or None."""
    if not isinstance(pattern, str) or not pattern:
        return INCLUDE, "a pattern under `include` is not text", "write a path in quotes"
    text = shortened(pattern)
    parts = PurePosixPath(pattern).parts
    if pattern.startswith("/") or ".." in parts:
        message = f"`{text}` leads outside the project folder"
        return INCLUDE, message, "move the files into the project folder"
    if "**" in pattern:
        message = f"`{text}` searches every folder below"
        return INCLUDE, message, "write one `*` for each level: teams/*/*.yaml"
    if not parts or "\\" in pattern:
        return INCLUDE, f"`{text}` names no file", "write a path with `/` between folders"
    return None


def _unusable(pattern: str, found: set[str]) -> _Wrong | None:
    """Return what is wrong with the files that *pattern* matches, or None."""
    if not found:
        message = f"`{shortened(pattern)}` matches no file"
        return NO_MATCH, message, "correct the pattern, or delete it"
    for name in sorted(found):
        if shown(name) != name:
            message = f"the file name `{shown(name)}` has characters that cannot be shown"
            return INCLUDE, message, "rename the file"
    return None


def _found(pattern: str, folder: Path) -> Iterator[str]:
    if _wrong(pattern) is None:
        yield from _matches(folder, folder, "", PurePosixPath(pattern).parts)


def _matches(root: Path, folder: Path, prefix: str, parts: tuple[str, ...]) -> Iterator[str]:
    """Yield what *parts* match below *folder*; folders that lead out of *root* stay closed.

    A pattern for names does not match hidden files, as in a shell.
    """
    first, *rest = parts
    if not _inside(root, folder):
        return
    if _MAGIC.search(first):
        names = [name for name in _names(folder) if fnmatchcase(name, first)]
        names = [name for name in names if not name.startswith(".") or first.startswith(".")]
    else:
        names = [first] if os.path.lexists(folder / first) else []
    for name in sorted(names):
        if name.endswith(RECORDS):
            continue  # read with the pipeline that it is of
        if rest:
            yield from _matches(root, folder / name, f"{prefix}{name}/", tuple(rest))
        else:
            yield f"{prefix}{name}"


def _inside(root: Path, folder: Path) -> bool:
    try:
        return folder.resolve(strict=True).is_relative_to(root)
    except (OSError, RuntimeError):  # RuntimeError: a loop of links, before Python 3.13
        return False


def _names(folder: Path) -> list[str]:
    try:
        return [entry.name for entry in folder.iterdir()]
    except OSError:
        return []
