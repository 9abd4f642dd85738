"""What an emitter yields: one file of the output, as values, with where it came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mlopsgen.diagnostics import SpecPath

Object = Mapping[str, Any]
"""A Kubernetes object as plain data: dicts, lists, str, int, float, bool, None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """One file under generated/<env>/.

    `path` is relative to that folder, with forward slashes. `body` is what stands in it:
    Kubernetes objects for manifests (one YAML document each), a mapping for values files and
    JSON, text for everything else. `origin` names the values in platform.yaml it came from.
    """

    path: str
    body: tuple[Object, ...] | Object | str
    emitter: str
    origin: tuple[SpecPath, ...]

    @property
    def objects(self) -> tuple[Object, ...]:
        """The Kubernetes objects in the file; none for values, JSON and text."""
        return self.body if isinstance(self.body, tuple) else ()


def manifest(
    application: str, document: Object, *, emitter: str, origin: SpecPath, qualified: bool = False
) -> Artifact:
    """Return the file of *document* in the folder of *application*: <kind>-<name>.yaml.

    With *qualified* the name is <namespace>.<name>, for Applications that span namespaces; a
    dot is in neither, so no two objects share a file.
    """
    metadata = document["metadata"]
    name = f"{metadata['namespace']}.{metadata['name']}" if qualified else metadata["name"]
    path = f"apps/{application}/{document['kind'].lower()}-{name}.yaml"
    return Artifact(path=path, body=(document,), emitter=emitter, origin=(origin,))


def header(origin: Iterable[SpecPath]) -> str:
    """Return the line over a file in YAML that says where it came from."""
    origins = ", ".join(".".join(map(str, path)) for path in origin)
    return f"# Made by mlopsgen from {origins}; change platform.yaml and build again.\n"


@dataclass(frozen=True, slots=True)
class Rendered:
    """A file ready to be written: its path under generated/<env>/ and its bytes."""

    path: str
    data: bytes
    emitter: str
    origin: tuple[SpecPath, ...]
