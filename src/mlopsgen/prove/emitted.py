"""What was emitted, as proofs look it up: objects by kind, Helm values, Terraform's variables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mlopsgen.artifact import Artifact, Object
from mlopsgen.diagnostics import SpecPath
from mlopsgen.plan import Plan

TFVARS = "terraform/platform.tfvars.json"

OUR_FAULT = "it is a fault of mlopsgen: report it with this message"


def called(document: Object) -> str:
    """Return the name of an object: its kind, namespace and name."""
    metadata = document["metadata"]
    namespace = metadata.get("namespace")
    name = f"{namespace}/{metadata['name']}" if namespace else metadata["name"]
    return f"{document['kind']} `{name}`"


def origin(artifact: Artifact) -> SpecPath:
    """Return the first value that a file came from."""
    return artifact.origin[0] if artifact.origin else ()


@dataclass(frozen=True, slots=True)
class Found:
    """An object, and the file that it is in."""

    artifact: Artifact
    body: Object

    @property
    def name(self) -> str:
        """Its name."""
        name: str = self.body["metadata"]["name"]
        return name

    @property
    def namespace(self) -> str:
        """Its namespace, empty outside of them."""
        namespace: str = self.body["metadata"].get("namespace", "")
        return namespace

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
    def at(self) -> SpecPath:
        """The value in platform.yaml that it came from."""
        return origin(self.artifact)

    @property
    def subject(self) -> str:
        """What findings call it: its file and its name."""
        return f"`{self.artifact.path}`: {called(self.body)}"


@dataclass(frozen=True, slots=True)
class Emitted:
    """Everything that was emitted for one environment."""

    plan: Plan
    kinds: Mapping[str, tuple[Found, ...]]
    names: Mapping[tuple[str, str, str], Found]
    """Objects by kind, namespace and name."""

    values: Mapping[str, Artifact]
    """Helm values by component."""

    terraform: Mapping[str, Any]
    """Terraform's variables; none where they weren't emitted."""

    @classmethod
    def of(cls, plan: Plan, artifacts: Iterable[Artifact]) -> Emitted:
        """Return *artifacts* in order."""
        kinds: dict[str, list[Found]] = {}
        names: dict[tuple[str, str, str], Found] = {}
        values: dict[str, Artifact] = {}
        terraform: Mapping[str, Any] = {}
        for artifact in artifacts:
            body = artifact.body
            if isinstance(body, tuple):
                for document in body:
                    found = Found(artifact, document)
                    kinds.setdefault(document["kind"], []).append(found)
                    names.setdefault((document["kind"], found.namespace, found.name), found)
            elif artifact.path.startswith("helm/"):
                values[artifact.path.removeprefix("helm/").removesuffix(".yaml")] = artifact
            elif artifact.path == TFVARS and isinstance(body, Mapping):
                terraform = body
        return cls(
            plan, {key: tuple(all_) for key, all_ in kinds.items()}, names, values, terraform
        )

    def all(self, *kinds: str) -> Iterator[Found]:
        """Yield the objects of *kinds*."""
        for kind in kinds:
            yield from self.kinds.get(kind, ())

    def get(self, kind: str, namespace: str, name: str) -> Found | None:
        """Return one object, None where there is none."""
        return self.names.get((kind, namespace, name))

    def value(self, component: str, path: str) -> Any:  # noqa: ANN401 - whatever stands there
        """Return the Helm value of *component* at the dotted *path*, None where nothing stands."""
        artifact = self.values.get(component)
        node: Any = artifact.body if artifact else None
        for step in path.split("."):
            node = node.get(step) if isinstance(node, Mapping) else None
        return node
