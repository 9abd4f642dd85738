"""What stands in the files of one environment: objects, values and text, by what they are."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import yaml

from mlopsgen.artifact import Artifact
from mlopsgen.compiler import rendered
from mlopsgen.plan.specimen import FIXTURES

MANIFEST = "manifest.json"
"""Lists the others; what it says of a file changes with the file."""

TFVARS = "terraform/platform.tfvars.json"
"""What Terraform is told of the environment."""


class Key(NamedTuple):
    """What tells a document from every other: an object's group, kind and name, or its file."""

    group: str
    kind: str
    namespace: str
    name: str

    @property
    def title(self) -> str:
        """As people name it: `InferenceService mlops/iris`, or the file."""
        if not self.kind:
            return self.name
        return f"{self.kind} {self.namespace}/{self.name}".replace(" /", " ")


@dataclass(frozen=True, slots=True)
class Document:
    """An object or a whole file; `made` is what it is rendered from, or its bytes."""

    key: Key
    path: str
    body: Any
    made: Artifact | bytes

    def text(self) -> str:
        """Return the file that it stands in."""
        if isinstance(self.made, bytes):
            return self.made.decode("utf-8", "replace")
        [one] = rendered((self.made,))
        return one.data.decode()


Documents = Mapping[Key, Document]


def of_artifacts(artifacts: Iterable[Artifact]) -> Documents:
    """Return what *artifacts* hold."""
    found: dict[Key, Document] = {}
    for artifact in artifacts:
        for body in artifact.objects or (artifact.body,):
            key = _key(body) if artifact.objects else None
            key = key or Key("", "", "", artifact.path)
            found[key] = Document(key, artifact.path, body, artifact)
    return found


def of_files(files: Mapping[str, bytes]) -> Documents:
    """Return what stands in *files*, by their path in the folder of the environment.

    A file that can't be read as what its name says is compared as text.
    """
    found: dict[Key, Document] = {}
    for path, data in files.items():
        if path == MANIFEST:
            continue
        bodies = list(_read(path, data))
        for body in bodies:
            key = (_key(body) if path.endswith(".yaml") else None) or Key("", "", "", path)
            found[key] = Document(key, path, body, data)
    return found


def _read(path: str, data: bytes) -> Iterator[Any]:
    text = data.decode("utf-8", "replace")
    try:
        # Fixtures are objects as well, of which none is in the cluster.
        if path.endswith(".yaml") and not path.startswith(FIXTURES):
            bodies = list(yaml.load_all(text, Loader=yaml.CSafeLoader))
        elif path.endswith(".json"):
            bodies = [json.loads(text)]
        else:
            bodies = [text]
    except (yaml.YAMLError, ValueError, RecursionError):
        bodies = [text]
    # A file with two documents that are no objects would be one key for two things.
    yield from bodies if len(bodies) == 1 or all(map(_key, bodies)) else [text]


def _key(body: object) -> Key | None:
    """Return what tells the object *body* from others; None where it is none."""
    match body:
        case {
            "apiVersion": str(version),
            "kind": str(kind),
            "metadata": {"name": str(name), **metadata},
        }:
            group = version.rpartition("/")[0]
            return Key(group, kind, str(metadata.get("namespace", "")), name)
        case _:
            return None
