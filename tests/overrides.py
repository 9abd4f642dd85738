"""What users may write into Helm values: each value that we set, and each that charts have, tried.

Run as a program it rewrites the tables under tests/prove/overrides/. A row is a path, and for each
value that was tried what is said about it: a rule, or a dash. What mlopsgen leaves to the chart
stands below what it sets, a value in each row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby
from typing import Any

from mlopsgen.artifact import Artifact
from mlopsgen.check.checked import Checked
from mlopsgen.check.helm import RULES
from mlopsgen.diagnostics import Finding
from mlopsgen.emit import helm
from mlopsgen.facts.helm import EVERY, chart_values
from mlopsgen.imports.ground import PLATFORM
from mlopsgen.lock import Lock
from mlopsgen.plan import Plan, plan
from mlopsgen.prove import identity, schemas
from mlopsgen.prove.chosen_agreement import overruled
from mlopsgen.prove.chosen_words import WORDS
from mlopsgen.prove.emitted import HELM, Emitted
from mlopsgen.prove.given import given
from mlopsgen.resources import TEMPLATES
from mlopsgen.shapes import Shapes
from mlopsgen.spec import Platform
from tests.build import ROOT
from tests.prove.emitting import emit

TABLES = ROOT / "tests" / "prove" / "overrides"
SHAPES = Shapes(TEMPLATES)
CERTIFICATE = "arn:aws:acm:eu-west-1:111122223333:certificate/0a1b2c3d-1111-2222-3333-444455556666"
SIGNED = {
    "images": ["111122223333.dkr.ecr.eu-west-1.amazonaws.com/ml/*"],
    "signers": [{"issuer": "https://accounts.google.com", "subject": "*@acme.com"}],
}
MORE: Mapping[str, Any] = {
    "aws": {**PLATFORM["aws"], "natGateways": "per-zone"},
    "policies": {"signatures": {"ours": SIGNED}},
    "exposure": {
        name: {"alb": "internal", "host": f"{name}.example.com", "certificate": CERTIFICATE}
        for name in ("argocd", "mlflow")
    },
    "namespaces": {"mlops": {"owners": ["ml-team"]}},
    "nodePools": {
        **PLATFORM["nodePools"],
        "gpu": {
            "kind": "karpenter",
            "instanceFamilies": ["g5"],
            "taints": ["nvidia.com/gpu=true:NoSchedule"],
            "limits": {"gpus": 8},
        },
    },
    "pipelines": {
        "train": {
            "namespace": "mlops",
            "parameters": {"x": {"default": "1"}},
            "steps": {
                "a": {
                    "image": "python:3.12.1",
                    "command": ["python"],
                    "memoize": {"key": ["x"], "ttl": "24h"},
                }
            },
        }
    },
}

Path = tuple[str, ...]
_OTHER = {
    "dnsPolicy": ("Default", "ClusterFirst"),
    "tag": ("latest",),
    "type": ("LoadBalancer", "ClusterIP"),
    "priorityClassName": ("acme-high", "system-cluster-critical"),
    "podLabels": ({"app.kubernetes.io/name": "x"}, {"acme.com/team": "search"}),
    "commonLabels": ({"app.kubernetes.io/name": "x"}, {"acme.com/team": "search"}),
}
"""What is tried where true, false, a number and a text would say nothing."""

_RIGHTS = {
    "allowPrivilegeEscalation": (True, False),
    "capabilities": ({"add": ["SYS_ADMIN"]}, {"drop": ["ALL"]}),
    "privileged": (True, False),
    "runAsNonRoot": (True, False),
    "runAsUser": (0, 1000),
    "seccompProfile": ({"type": "Unconfined"}, {"type": "RuntimeDefault"}),
}
"""What is tried in security contexts."""


@cache
def platform() -> Platform:
    """Return a platform with every component."""
    return Platform.model_validate({**deepcopy(dict(PLATFORM)), **deepcopy(dict(MORE))})


@cache
def ground() -> tuple[Plan, tuple[Artifact, ...]]:
    """Return its plan, and what is emitted of it."""
    planned = plan(platform(), "dev", Lock())
    return planned, emit(planned)


@cache
def ours() -> Mapping[str, Mapping[str, Any]]:
    """Return the Helm values that we write, by component."""
    found = (each for each in ground()[1] if each.path.startswith(HELM))
    return {each.path.removeprefix(HELM).removesuffix(".yaml"): each.body for each in found}


def nested(path: Path, value: object) -> Any:
    """Return Helm values with nothing but *value* at *path*."""
    for step in reversed(path):
        value = {step: value}
    return value


def found(component: str, values: Mapping[str, Any]) -> list[Finding]:
    """Return what is said about the Helm *values* of users for one component."""
    whole = platform()
    spec = whole.components.declared()[component].model_copy(update={"values": values})
    components = whole.components.model_copy(update={component.replace("-", "_"): spec})
    checked = Checked(whole.model_copy(update={"components": components}), "dev", Lock())
    return [each for one in RULES for each in one(checked)] or stated(component, values)


def stated(component: str, values: Mapping[str, Any]) -> list[Finding]:
    """Return what is said about them by what is proved, whatever the rules say."""
    planned, artifacts = ground()
    part = planned.parts[component]
    spec = part.spec.model_copy(update={"values": values})
    changed = replace(planned, parts={**planned.parts, component: replace(part, spec=spec)})
    [artifact] = [each for each in helm.emit(changed, SHAPES) if each.path[5:-5] == component]
    told = list(given(changed, [artifact]))
    rest = [artifact if each.path == artifact.path else each for each in artifacts]
    emitted = Emitted.of(changed, rest)
    return told or list(overruled(emitted)) or list(identity.proved(emitted))


def walked(node: Mapping[str, Any], path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield every value in *node* with its path, maps before what is in them."""
    for key, value in node.items():
        yield (*path, key), value
        if isinstance(value, Mapping):
            yield from walked(value, (*path, key))


def instead(value: object) -> Iterator[tuple[str, object]]:
    """Yield what is tried in place of a value of ours, with a word for it."""
    match value:
        case bool():
            yield "other", not value
        case int():
            yield from (("other", value + 1), ("zero", 0))
        case str():
            yield from (("other", f"{value}x"), ("empty", ""))
        case list() | tuple():
            yield from (("other", ["x"]), ("empty", []))
        case Mapping():
            yield from (("more", {"x-acme": "y"}), ("empty", {}))
    kinds = {"bool": True, "number": 7, "text": "x", "list": ["x"], "map": {"x-acme": "y"}}
    same = {bool: "bool", int: "number", str: "text", list: "list", tuple: "list", dict: "map"}
    yield "null", None
    yield from ((kind, one) for kind, one in kinds.items() if kind != same.get(type(value)))


def beside(component: str) -> Iterator[tuple[Path, object]]:
    """Yield values that we leave to the chart, and that mean something in any of them."""
    version = ground()[0].parts[component].facts.chart.version.removeprefix("v")
    mine = {path for path, _ in walked(ours()[component])}
    held = set(_held(schemas.read(schemas.CONTRACTS / "helm" / f"{component}.json")))
    for path, kind in walked(chart_values(component, version).keys):
        if EVERY in path or path in mine or isinstance(kind, Mapping):
            continue
        if path in held or any(word.about(path) for word in WORDS):
            yield from ((path, value) for value in _tried(path, kind))
        if path[-1].endswith("ecurityContext"):
            rights = ((key, value) for key, some in _RIGHTS.items() for value in some)
            yield from (((*path, key), value) for key, value in rights)


def _held(contract: Mapping[str, Any], path: Path = ()) -> Iterator[Path]:
    """Yield the paths that a contract has something to say of."""
    for key, node in contract.get("properties", {}).items():
        yield (*path, key)
        yield from _held(node, (*path, key))


def _tried(path: Path, kind: object) -> tuple[object, ...]:
    match path[-1], kind:
        case key, _ if key in _OTHER:
            return _OTHER[key]
        case _, "bool":
            return True, False
        case _, "number":
            return (1,)
        case _, "list":
            return ([{"x": 1}], [])
        case _, "open":
            return ({"x": 1}, None)
        case _:
            return "x", ""


@dataclass(frozen=True)
class Tried:
    """A value that a user might write, with a word for it, and what is said about it."""

    path: Path
    value: object
    word: str
    """Empty for what mlopsgen leaves to the chart."""

    found: tuple[Finding, ...]

    @property
    def told(self) -> str:
        return "+".join(sorted({each.code for each in self.found})) or "-"


@cache
def tried(component: str) -> tuple[Tried, ...]:
    """Return all that is tried of one component."""
    own = (
        (path, one, word)
        for path, value in walked(ours()[component])
        for word, one in instead(value)
    )
    rest = ((path, one, "") for path, one in beside(component))
    return tuple(
        Tried(path, value, word, tuple(found(component, nested(path, value))))
        for path, value, word in (*own, *rest)
    )


def rows(component: str) -> Iterator[str]:
    """Yield the table of one component."""
    for path, some in groupby(tried(component), key=lambda each: (each.path, each.word != "")):
        name, group = ".".join(path[0]), list(some)
        if path[1]:
            yield f"{name}: {' '.join(f'{each.word}={each.told}' for each in group)}"
        else:
            yield from (f"{name} = {each.value!r}: {each.told}" for each in group)


def main() -> None:
    """Write the tables."""
    for component in ours():
        text = "".join(f"{row}\n" for row in rows(component))
        (TABLES / f"{component}.txt").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
