"""The emitted objects that make up a workflow, found by kind, namespace and name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from mlopsgen.artifact import Artifact, Object
from mlopsgen.diagnostics import SpecPath

_GROUPS = ("argoproj.io", "")
"""Those of Argo Workflows, and of Kubernetes itself."""


@dataclass(frozen=True, slots=True)
class Named:
    """An object, with the file that it is in."""

    artifact: Artifact
    body: Object

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.body["metadata"]["name"])

    @property
    def namespace(self) -> str:
        """Its namespace, empty for what belongs to the whole cluster."""
        return str(self.body["metadata"].get("namespace", ""))

    @property
    def subject(self) -> str:
        """What a message calls it: its file, kind and name."""
        name = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"`{self.artifact.path}`: {self.body['kind']} `{name}`"

    @property
    def origin(self) -> SpecPath:
        """The value in platform.yaml that it came from."""
        return self.artifact.origin[0] if self.artifact.origin else ()


@dataclass(frozen=True, slots=True)
class Objects:
    """Objects by kind."""

    kinds: Mapping[str, tuple[Named, ...]]

    def of(self, kind: str) -> tuple[Named, ...]:
        """Return the objects of *kind*."""
        return self.kinds.get(kind, ())

    def find(self, kind: str, namespace: str, name: str) -> Named | None:
        """Return the object of *kind* with that name, if there is one."""
        return next(self._named(kind, namespace, name), None)

    def _named(self, kind: str, namespace: str, name: str) -> Iterator[Named]:
        for each in self.of(kind):
            if (each.namespace, each.name) == (namespace, name):
                yield each

    def names(self, kind: str, namespace: str) -> list[str]:
        """Return the names of the objects of *kind* in *namespace*."""
        return [each.name for each in self.of(kind) if each.namespace == namespace]


def objects(artifacts: Iterable[Artifact]) -> Objects:
    """Return the objects in *artifacts* that workflows are made of."""
    found: dict[str, list[Named]] = {}
    for artifact in artifacts:
        for body in artifact.objects:
            if body["apiVersion"].rpartition("/")[0] in _GROUPS:
                found.setdefault(body["kind"], []).append(Named(artifact, body))
    return Objects({kind: tuple(each) for kind, each in found.items()})
