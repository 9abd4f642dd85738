"""Pipelines that are written in Python: what was recorded of them, read beside their source.

A build never runs the Python. `mlopsgen record` does, and writes what it says as YAML in the words
of platform.yaml, with the digests of the files that it was made of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any

from mlopsgen.diagnostics import Finding, Place
from mlopsgen.load import files
from mlopsgen.load.include import RECORDS
from mlopsgen.load.rules import RECORD_BROKEN, RECORD_MISSING, RECORD_STALE
from mlopsgen.load.scalars import shortened
from mlopsgen.load.source import PIPELINES, Source

SOURCE = re.compile(
    r"(?P<file>[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*\.py):[A-Za-z_][A-Za-z0-9_]*"
)
"""A file in the project, and a name in it."""

RECORDED, FILES = "recorded", "files"


def written_in_python(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the pipelines of *data* that have a source of the right form, with it."""
    pipelines = data.get(PIPELINES)
    for name, pipeline in pipelines.items() if isinstance(pipelines, dict) else ():
        source = pipeline.get("source") if isinstance(pipeline, dict) else None
        if isinstance(source, str) and SOURCE.fullmatch(source):
            yield name, source


def record_of(pipeline: str, source: str) -> str:
    """Return the file that *pipeline* is recorded in: beside its *source*, under its own name."""
    folder = PurePosixPath(source.rpartition(":")[0]).parent
    return (folder / f"{pipeline}{RECORDS}").as_posix()


def missing(pipeline: str, name: str, folder: Path, source: Source) -> Finding | None:
    """Return that *pipeline* was not recorded yet, unless the file *name* is in *folder*."""
    if (folder / name).exists():
        return None
    return RECORD_MISSING.at(
        source.locate((PIPELINES, pipeline, "source")),
        f"`{PIPELINES}.{pipeline}` was never recorded: there is no file `{name}`",
        fix=f"run `mlopsgen record {pipeline}`",
    )


def outdated(
    pipeline: str, name: str, data: Mapping[str, Any], folder: Path, source: Source
) -> Iterator[Finding]:
    """Yield what is wrong with *data*, which the file *name* holds: its form, or its age."""
    recorded = _recorded(data, pipeline)
    if recorded is None:
        yield RECORD_BROKEN.at(
            Place(name, 1, 1),
            f"`{name}` holds no record of `{pipeline}`",
            fix=f"run `mlopsgen record {pipeline}`",
        )
        return
    for file, digest in recorded.items():
        found = files.contents(folder / file, file, folder)
        now = "" if isinstance(found, Finding) else sha256(found).hexdigest()
        if now != digest:
            state = "has changed" if now else "can't be read any more"
            yield RECORD_STALE.at(
                source.locate((PIPELINES, pipeline, "source")),
                f"`{shortened(file)}` {state} since `{PIPELINES}.{pipeline}` was recorded",
                fix=f"read what changed, then run `mlopsgen record {pipeline}`",
            )


def _recorded(data: Mapping[str, Any], pipeline: str) -> dict[str, str] | None:
    """Return the digests of the files in the record *data*; None where that has another form."""
    pipelines = data.get(PIPELINES)
    if set(data) != {PIPELINES} or not isinstance(pipelines, dict) or set(pipelines) != {pipeline}:
        return None
    mine = pipelines[pipeline]
    recorded = mine.get(RECORDED) if isinstance(mine, dict) else None
    found = recorded.get(FILES) if isinstance(recorded, dict) else None
    if not isinstance(found, dict) or not found:
        return None
    return found if all(isinstance(digest, str) for digest in found.values()) else None
