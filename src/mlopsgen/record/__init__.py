"""What is recorded of a pipeline written in Python: its steps, in the words of platform.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlopsgen.record.errors import UnrecordableError
from mlopsgen.record.workflow import recording
from mlopsgen.serialize import to_yaml

__all__ = ["Recording", "UnrecordableError", "recording", "text_of"]


@dataclass(frozen=True, slots=True)
class Recording:
    """A pipeline as its Python says it.

    `files` has the SHA-256 of each file of the project that took part, `steps` and what else there
    is stands in `body`, as in platform.yaml.
    """

    pipeline: str
    source: str
    files: Mapping[str, str]
    body: Mapping[str, Any]


def text_of(recording: Recording) -> str:
    """Return the file that *recording* is kept in; it is read like any part of platform.yaml."""
    recorded = {"source": recording.source, "files": dict(recording.files)}
    file = recording.source.rpartition(":")[0]
    head = (
        f"# Made by `mlopsgen record {recording.pipeline}` from {file};"
        " change that and record again.\n"
    )
    body = {"recorded": recorded, **recording.body}
    return head + to_yaml([{"pipelines": {recording.pipeline: body}}])
