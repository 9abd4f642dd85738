"""What was emitted, as proofs look it up: objects by kind, Helm values, Terraform's variables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlopsgen.artifact import Artifact, Object
from mlopsgen.diagnostics import SpecPath
from mlopsgen.plan import Part, Plan
from mlopsgen.spec import Component

TFVARS = "terraform/platform.tfvars.json"
HELM = "helm/"

OUR_FAULT = "it is a fault of mlopsgen: report it with this message"


def called(document: Object) -> str:
    """Return the name of an object: its kind, namespace and name."""
    metadata = document.get("metadata", {})
    namespace, name = metadata.get("namespace"), metadata.get("name", "")
    whole = f"{namespace}/{name}" if namespace else name
    return f"{document.get('kind', '')} `{whole}`"


def origin(artifact: Artifact) -> SpecPath:
    """Return the first value that a file came from."""
    return artifact.origin[0] if artifact.origin else ()


@dataclass(frozen=True, slots=True)
class Named:
    """An object, with the file that it is in."""

    artifact: Artifact
    body: Object
    name: str
    namespace: str
    """Empty for what belongs to the whole cluster."""

    @property
    def spec(self) -> Mapping[str, Any]:
        """Its spec, empty without one."""
        spec: Mapping[str, Any] = self.body.get("spec", {})
        return spec

    @property
    def annotations(self) -> Mapping[str, str]:
        """Its annotations."""
        annotations: Mapping[str, str] = self.body["metadata"].get("annotations", {})
        return annotations

    @property
    def origin(self) -> SpecPath:
        """The value in platform.yaml that it came from."""
        return origin(self.artifact)

    @property
    def subject(self) -> str:
        """What a message calls it: its file, kind and name."""
        return f"`{self.artifact.path}`: {called(self.body)}"


@dataclass(frozen=True, slots=True)
class Objects:
    """Objects by kind, and by kind, namespace and name."""

    kinds: Mapping[str, tuple[Named, ...]]
    named: Mapping[tuple[str, str, str], Named]

    def of(self, *kinds: str) -> Iterator[Named]:
        """Yield the objects of *kinds*."""
        for kind in kinds:
            yield from self.kinds.get(kind, ())

    def find(self, kind: str, namespace: str, name: str) -> Named | None:
        """Return the object of *kind* with that name, if there is one."""
        return self.named.get((kind, namespace, name))

    def names(self, kind: str, namespace: str) -> list[str]:
        """Return the names of the objects of *kind* in *namespace*."""
        return [each.name for each in self.of(kind) if each.namespace == namespace]


def objects(artifacts: Iterable[Artifact]) -> Objects:
    """Return the objects in *artifacts*; of two with one name, the first."""
    kinds: dict[str, list[Named]] = {}
    named: dict[tuple[str, str, str], Named] = {}
    for artifact in artifacts:
        for body in artifact.objects:
            metadata = body["metadata"]
            each = Named(artifact, body, metadata["name"], metadata.get("namespace", ""))
            kinds.setdefault(body["kind"], []).append(each)
            named.setdefault((body["kind"], each.namespace, each.name), each)
    return Objects({kind: tuple(members) for kind, members in kinds.items()}, named)


@dataclass(frozen=True, slots=True)
class Emitted:
    """Everything that was emitted for one environment."""

    plan: Plan
    artifacts: Sequence[Artifact]
    objects: Objects
    values: Mapping[str, Artifact]
    """Helm values by component."""

    terraform: Mapping[str, Any]
    """Terraform's variables; none where they weren't emitted."""

    @classmethod
    def of(cls, plan: Plan, artifacts: Sequence[Artifact]) -> Emitted:
        """Return *artifacts* in order."""
        values: dict[str, Artifact] = {}
        terraform: Mapping[str, Any] = {}
        for artifact in artifacts:
            if artifact.path.startswith(HELM):
                values[artifact.path.removeprefix(HELM).removesuffix(".yaml")] = artifact
            elif artifact.path == TFVARS and isinstance(artifact.body, Mapping):
                terraform = artifact.body
        return cls(plan, artifacts, objects(artifacts), values, terraform)

    def value(self, component: str, path: str) -> Any:  # noqa: ANN401 - whatever stands there
        """Return the Helm value of *component* at the dotted *path*, None where nothing stands."""
        artifact = self.values.get(component)
        return at(artifact.body if artifact else None, path)

    def text(self, component: str, path: str) -> str:
        """Return the text at the dotted *path* in the Helm values; empty where none stands."""
        found = self.value(component, path)
        return found if isinstance(found, str) else ""

    def theirs(self, component: str, path: str) -> Any:  # noqa: ANN401 - whatever stands there
        """Return what users themselves wrote at *path* of the Helm values; None for nothing."""
        part = self.plan.parts.get(component)
        return at(values_of_users(part) if part else None, path)

    def place(self, component: str, *paths: str | tuple[str, ...]) -> SpecPath:
        """Return the first of *paths*, dotted or not, that users wrote; else the component."""
        return place_of_users(self.plan.parts[component], paths)


def place_of_users(part: Part, paths: Iterable[str | tuple[str, ...]]) -> SpecPath:
    """Return the first of *paths*, dotted or not, that users wrote; else the component itself."""
    theirs = values_of_users(part)
    for path in paths:
        steps = tuple(path.split(".")) if isinstance(path, str) else path
        if theirs and written(theirs, steps):
            return (*part.origin, "values", *steps)
    return part.origin


def values_of_users(part: Part) -> Mapping[str, Any]:
    """Return the Helm values that users wrote for a component themselves."""
    return part.spec.values if isinstance(part.spec, Component) else {}


def written(theirs: object, path: Iterable[str | int]) -> bool:
    """Say whether users wrote something at *path* of Helm values, or in place of what it is in."""
    for step in path:
        if not isinstance(theirs, Mapping):
            return True
        if step not in theirs:
            return False
        theirs = theirs[step]
    return True


def reached(node: object, path: Iterable[str | int]) -> Any:  # noqa: ANN401 - whatever stands there
    """Return what stands at *path* in *node*, through maps; None where nothing does."""
    for step in path:
        node = node.get(step) if isinstance(node, Mapping) else None
    return node


def at(node: Any, path: str) -> Any:  # noqa: ANN401 - whatever stands there
    """Return what stands at the dotted *path* in *node*, None where nothing does."""
    return reached(node, path.split("."))
