"""From platform.yaml on disk to plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlopsgen.diagnostics import Finding, Place
from mlopsgen.load import files
from mlopsgen.load.families import met, with_families
from mlopsgen.load.include import included
from mlopsgen.load.mends import mended
from mlopsgen.load.merge import idle_deletions, merged, overlay_onto, with_patches
from mlopsgen.load.reader import MAX_FINDINGS, MAX_VALUES, Reading, read
from mlopsgen.load.records import missing, outdated, record_of, written_in_python
from mlopsgen.load.rules import TOO_MANY_FILES, UNREADABLE
from mlopsgen.load.source import INCLUDE, PIPELINES, Source
from mlopsgen.load.terraform import Modules, modules

MAX_TOTAL_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Loaded:
    """A platform as plain data, and what is wrong with its files.

    `base` is the root file merged with its includes, without `include` and `environments`. It
    is empty when a file could not be read whole; when only single values were refused it holds
    the rest, with those values as text.
    """

    base: dict[str, Any]
    overlays: dict[str, dict[str, Any]]
    source: Source
    findings: tuple[Finding, ...]
    modules: Modules | None = None
    """What the Terraform of the project takes; None where it isn't ours."""


def load(
    platform: Path, *, records: bool = True, instead: Mapping[str, bytes] | None = None
) -> Loaded:
    """Return what *platform* and the files it includes say. Reads each file once.

    Of the files in *instead*, by their names in the project, it takes what stands there.

    Mistakes of users are findings, a missing file among them; nothing is raised for them.
    Without *records*, pipelines that are written in Python have only what platform.yaml says.
    """
    project = _Project(platform, instead or {})
    root = project.read(platform, project.root)
    if root.whole:
        for name in project.includes(root.data):
            project.read(platform.parent / name, name)
        if records:
            project.read_records()
    return project.loaded()


def overlaid(loaded: Loaded, environment: str) -> dict[str, Any]:
    """Return the platform of *environment*: maps merge by key, all else replaces, null deletes.

    Each model is laid over its family by the same rules.
    """
    overlay = loaded.overlays.get(environment, {})
    data = with_patches(overlay_onto(loaded.base, overlay), loaded.base, overlay)
    return with_families(data, loaded.base, overlay)


class _Project:
    """The files read so far and what they have left of the limits."""

    def __init__(self, platform: Path, instead: Mapping[str, bytes]) -> None:
        self.root = files.shown(platform.name or ".")
        self._instead = instead
        self._folder = platform.parent
        self._texts: dict[str, str] = {}
        self._data: dict[str, dict[str, Any]] = {}
        self._records: dict[str, tuple[str, dict[str, Any]]] = {}
        self._findings: list[Finding] = []
        self._whole = True
        self._bytes = MAX_TOTAL_BYTES
        self._values = MAX_VALUES

    def read(self, path: Path, name: str) -> Reading:
        """Read one file, unless the limits are spent or there are findings enough."""
        nothing = Reading({}, (), whole=False, values=0)
        if self._bytes < 0 or self._values < 0 or len(self._findings) >= MAX_FINDINGS:
            self._whole = False
            return nothing
        text = self._text(path, name)
        if text is None:
            self._whole = False
            return nothing
        self._texts[name] = text
        reading = read(name, text, self._values)
        self._values -= reading.values
        self._findings += reading.findings
        self._whole &= reading.whole
        if reading.whole:
            self._data[name] = reading.data
        return reading

    def _text(self, path: Path, name: str) -> str | None:
        folder = self._resolved()
        data = self._instead.get(name) or (
            files.contents(path, name, folder) if folder else _no_folder(name)
        )
        if isinstance(data, Finding):
            self._findings.append(data)
            return None
        self._bytes -= len(data)
        if self._bytes < 0:
            message = f"the files up to `{name}` have more than {MAX_TOTAL_BYTES:,} bytes"
            at = Place(name, 1, 1)
            self._findings.append(TOO_MANY_FILES.at(at, message, fix="narrow the pattern"))
            return None
        text = files.decoded(data, name)
        if isinstance(text, Finding):
            self._findings.append(text)
            self._texts[name] = data.decode("utf-8", "replace")
            return None
        return text

    def _resolved(self) -> Path | None:
        try:
            return self._folder.resolve(strict=True)
        except (OSError, RuntimeError):  # RuntimeError: a loop of links, before Python 3.13
            return None

    def includes(self, data: dict[str, Any]) -> tuple[str, ...]:
        """Return the files that the root's *data* includes."""
        folder = self._resolved()
        if data.get(INCLUDE) is None or folder is None:
            return ()
        source = Source(self.root, self._texts, self._data)
        found = included(data[INCLUDE], folder, self.root, source)
        self._findings += found.findings
        self._whole &= not found.findings
        return found.names

    def read_records(self) -> None:
        """Read what was recorded of pipelines that are written in Python."""
        folder = self._resolved()
        pairs = [pair for data in self._data.values() for pair in written_in_python(data)]
        if folder is None or not pairs:
            return
        source = Source(self.root, self._texts, self._data)
        for pipeline, text in pairs:
            name = record_of(pipeline, text)
            if absent := missing(pipeline, name, folder, source):
                self._findings.append(absent)
            elif (reading := self.read(folder / name, name)).whole:
                del self._data[name]
                self._records[name] = (pipeline, reading.data)
                self._findings += outdated(pipeline, name, reading.data, folder, source)

    def loaded(self) -> Loaded:
        """Return everything read, merged."""
        source = Source(self.root, self._texts, self._data, self._records)
        if not self._whole:
            known = tuple(mended(self._findings[:MAX_FINDINGS], source))
            return Loaded({}, {}, source, known)
        result = merged(self._data, source)
        if not self._findings:
            for pipeline, data in self._records.values():
                pipelines = result.base[PIPELINES]
                pipelines[pipeline] = overlay_onto(data[PIPELINES][pipeline], pipelines[pipeline])
        findings = [*self._findings, *result.findings, *idle_deletions(result, met, source)]
        return Loaded(
            result.base,
            result.overlays,
            source,
            tuple(mended(findings[:MAX_FINDINGS], source)),
            None if findings else modules(self._folder),
        )


def _no_folder(name: str) -> Finding:
    message = f"the folder of `{name}` is not there"
    return UNREADABLE.at(Place(name, 1, 1), message, fix="check the path")
