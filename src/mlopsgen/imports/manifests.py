"""Manifests: the documents of YAML files, each read as strictly as platform.yaml is."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from mlopsgen.diagnostics import Finding, Place, Related, SpecPath
from mlopsgen.imports.rules import NO_OBJECT, RENDERED
from mlopsgen.imports.tree import inside, rows, text
from mlopsgen.load import files
from mlopsgen.load.places import Node, places
from mlopsgen.load.reader import read
from mlopsgen.load.rules import TOO_LARGE, UNREADABLE
from mlopsgen.report.located import dotted

MOST_BYTES = 32 * 1024 * 1024
"""Of all files together; as much as a platform and what it includes may have."""

_ENDINGS = (".yaml", ".yml")
_MARK = re.compile(r"^(?:---(?=[ \t\r\n]|\Z)|\.\.\.[ \t]*\r?$)", re.MULTILINE)
_HELM = re.compile(
    r"^[^#\n]*\{\{-?\s*(?:\.(?:Values|Release|Chart|Files|Capabilities|Template)\b"
    r"|(?:include|define|toYaml|template)\b)|^\s*\{\{-?\s*(?:if|range|with|end|else)\b[^$\n]*\}\}",
    re.MULTILINE,
)
"""What Helm replaces. Argo's `{{inputs.x}}` and Prometheus's `{{ $labels.x }}` are none of it."""


@dataclass(frozen=True, eq=False)
class Manifest:
    """One Kubernetes object of a file."""

    file: str
    body: Mapping[str, Any]
    document: str
    before: int
    """Lines of the file before the document."""

    below: SpecPath = ()
    """Where in the document it stands; not empty in a List."""

    @property
    def kind(self) -> str:
        """Its kind."""
        return text(self.body, "kind")

    @property
    def version(self) -> str:
        """Its apiVersion."""
        return text(self.body, "apiVersion")

    @property
    def name(self) -> str:
        """Its name."""
        return text(self.body, "metadata", "name")

    @property
    def namespace(self) -> str:
        """Its namespace, empty where it doesn't say."""
        return text(self.body, "metadata", "namespace")

    @property
    def title(self) -> str:
        """What a message calls it."""
        whole = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.kind} `{whole}`"

    @cached_property
    def _root(self) -> Node:
        return places(self.file, self.document)

    def place(self, path: SpecPath = ("metadata", "name")) -> Place:
        """Return where the deepest value at or above *path* stands in its file."""
        node, deepest = self._root, self._root
        for step in (*self.below, *path):
            if (child := node.children.get(step)) is None:
                break
            node = deepest = child
        return replace(deepest.at, line=deepest.at.line + self.before)


@dataclass(frozen=True, slots=True)
class Read:
    """What files hold: objects, what is wrong, the texts that findings quote."""

    manifests: tuple[Manifest, ...]
    findings: tuple[Finding, ...]
    texts: Mapping[str, str]
    kustomized: tuple[str, ...]
    """Kustomizations, which only kustomize itself can apply."""


def read_all(paths: Sequence[Path]) -> Read:
    """Return the objects in *paths*, files or folders, in the order given and then of names."""
    manifests: list[Manifest] = []
    findings: list[Finding] = []
    texts: dict[str, str] = {}
    kustomized: list[str] = []
    left = MOST_BYTES
    closed: list[OSError] = []
    for path in dict.fromkeys(_files(paths, closed)):
        name = files.shown(str(path))
        content = _content(path, name)
        if isinstance(content, Finding):
            findings.append(content)
            continue
        left -= len(content.encode())
        if left < 0:
            said = f"the files up to `{name}` have more than {MOST_BYTES:,} bytes"
            fix = "import the folders one by one"
            findings.append(TOO_LARGE.at(Place(name, 1, 1), said, fix=fix))
            break
        texts[name] = content
        if path.stem == "kustomization":
            kustomized.append(name)
            continue
        for document in _documents(name, content):
            manifests += document if isinstance(document, list) else ()
            findings += document if isinstance(document, tuple) else ()
    findings += map(_closed, closed)
    return Read(tuple(manifests), tuple(findings), texts, tuple(kustomized))


def _files(paths: Sequence[Path], closed: list[OSError]) -> Iterator[Path]:
    """Yield the files to read; why a folder can't be looked into goes to *closed*."""
    for path in paths:
        if path.is_dir():
            yield from sorted(_below(path, closed))
        else:
            yield path


def _below(folder: Path, closed: list[OSError]) -> Iterator[Path]:
    for root, folders, names in os.walk(folder, onerror=closed.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = Path(root, name)
            if path.suffix in _ENDINGS and not name.startswith(".") and path.is_file():
                yield path


def _closed(error: OSError) -> Finding:
    name = files.shown(str(error.filename))
    message = f"the folder `{name}` can't be read: {error.strerror}"
    return UNREADABLE.at(Place(name, 1, 1), message, fix="check its rights, or name its files")


def _content(path: Path, name: str) -> str | Finding:
    try:
        folder = path.parent.resolve(strict=True)
    except (OSError, RuntimeError):  # RuntimeError: a loop of links, before Python 3.13
        message = f"the folder of `{name}` is not there"
        return UNREADABLE.at(Place(name, 1, 1), message, fix="check the path")
    data = files.contents(path, name, folder)
    return data if isinstance(data, Finding) else files.decoded(data, name)


def _documents(name: str, content: str) -> Iterator[list[Manifest] | tuple[Finding, ...]]:
    """Yield the objects of each document of a file, and what is wrong with it."""
    if found := _HELM.search(content):
        line = content.count("\n", 0, found.start() + len(found[0]) - len(found[0].lstrip())) + 1
        said = f"`{name}` is a template of Helm, not a manifest"
        fix = "run `helm template`, and import the file that it prints"
        yield (RENDERED.at(Place(name, line, 1), said, fix=fix),)
        return
    start, before = 0, 0
    for end, following in _cuts(content):
        chunk = content[start:end]
        if any(line.strip() and not line.lstrip().startswith("#") for line in chunk.split("\n")):
            reading = read(name, chunk)
            if reading.findings:
                yield tuple(_moved(one, before) for one in reading.findings)
            if reading.whole:
                yield from _objects(Manifest(name, reading.data, chunk, before))
        before += content.count("\n", start, following)
        start = following


def _cuts(content: str) -> Iterator[tuple[int, int]]:
    """Yield where each document ends, and where the next one begins."""
    for mark in _MARK.finditer(content):
        yield mark.start(), mark.end()
    yield len(content), len(content)


def _moved(finding: Finding, lines: int) -> Finding:
    def down(at: SpecPath | Place) -> SpecPath | Place:
        return replace(at, line=at.line + lines) if isinstance(at, Place) else at

    related = tuple(Related(down(one.at), one.message) for one in finding.related)
    return replace(finding, at=down(finding.at), related=related)


def _objects(manifest: Manifest) -> Iterator[list[Manifest] | tuple[Finding, ...]]:
    """Yield the object that a document is, or those of a List."""
    if manifest.kind.endswith("List") and isinstance(manifest.body.get("items"), list):
        for index, body in rows(manifest.body, "items"):
            below = (*manifest.below, "items", index)
            yield from _object(replace(manifest, body=body, below=below))
        return
    yield from _object(manifest)


def _object(manifest: Manifest) -> Iterator[list[Manifest] | tuple[Finding, ...]]:
    lacking = [
        dotted(path)
        for path in (("apiVersion",), ("kind",), ("metadata", "name"))
        if not text(manifest.body, *map(str, path))
    ]
    generated = text(inside(manifest.body, "metadata"), "generateName")
    if lacking:
        said = f"this document has no `{lacking[0]}`"
        fix = (
            "a run is no manifest: import the WorkflowTemplate that it comes from"
            if generated
            else f"write `{lacking[0]}`, or leave the file out"
        )
        yield (NO_OBJECT.at(manifest.place(()), said, fix=fix),)
        return
    yield [manifest]
