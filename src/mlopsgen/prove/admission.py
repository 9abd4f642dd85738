"""Admission: the API server takes each object, and the controller behind it uses it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from jsonschema_rs import Draft202012Validator

from mlopsgen.artifact import Artifact, Object
from mlopsgen.diagnostics import Finding, Related, Rule
from mlopsgen.prove import schemas
from mlopsgen.prove.emitted import OUR_FAULT, called, origin
from mlopsgen.prove.wording import worded

REFUSED = Rule(
    "ADMIT001",
    "the API server takes every object",
    "An object that Kubernetes refuses stops the whole Argo CD Application that it is in, and"
    " nothing behind it in the order of syncing is applied.",
)
OUTSIDE = Rule(
    "ADMIT002",
    "every object keeps to the contract of its kind",
    "A contract holds what mlopsgen writes and the pinned version of an operator reads. What is"
    " outside of it is refused, or worse, taken and ignored.",
)
UNKNOWN = Rule(
    "ADMIT003",
    "every object is of a kind that can be checked",
    "An object without a schema and without a contract would be written unproved, and be wrong"
    " for the first time in the cluster.",
)
TWICE = Rule(
    "ADMIT004",
    "no object is written twice",
    "Two files with the same kind, namespace and name are one object in the cluster: the one that"
    " is applied last wins, and Argo CD applies the other one again.",
)
MISNAMED = Rule(
    "ADMIT005",
    "names and labels keep to the limits of Kubernetes",
    "The API server refuses an object whose name or label is too long or has a character that"
    " names can't have.",
)
UNVERSED = Rule(
    "ADMIT006",
    "the objects of the cluster's Kubernetes version are known",
    "Fields come and go with Kubernetes' versions. Held against those of another version, an"
    " object that is refused would pass.",
)
RULES = (REFUSED, OUTSIDE, UNKNOWN, TWICE, MISNAMED, UNVERSED)

FIX = (
    "change the value in platform.yaml that it came from; if none is to blame, it is a fault of"
    " mlopsgen: report it with this message"
)

Demand = tuple[Rule, Draft202012Validator]


def admitted(
    artifacts: Iterable[Artifact], kubernetes: str, variants: Mapping[str, str] | None = None
) -> Iterator[Finding]:
    """Yield what a cluster of version *kubernetes* would have against the objects.

    *variants* are those of our contracts, by kind, that the installed components go by.
    """
    if kubernetes not in schemas.versions():
        yield _unversed(kubernetes)
        return
    first: dict[tuple[str, ...], Artifact] = {}
    for artifact in artifacts:
        for document in artifact.objects:
            kind, version = document.get("kind", ""), document.get("apiVersion", "")
            variant = (variants or {}).get(kind, "")
            demands = _demands(version, kind, kubernetes, variant, patched=_patched(artifact))
            if len(demands) == 1:
                yield _unknown(artifact, document)
            for rule, validator in demands:
                if not validator.is_valid(document):
                    yield from _faults(artifact, document, rule, validator)
            identity = _identity(document)
            if identity in first:
                yield _twice(first[identity], artifact, document)
            first.setdefault(identity, artifact)


@cache
def _demands(
    api_version: str, kind: str, kubernetes: str, variant: str, *, patched: bool
) -> tuple[Demand, ...]:
    """Return what objects of a kind are held against, with the rule that each stands for."""
    core = schemas.core(api_version, kind, kubernetes)
    held = schemas.widened if patched else schemas.contract
    contract = held(api_version, kind, variant)
    demands = ((MISNAMED, schemas.every_object()), (REFUSED, core), (OUTSIDE, contract))
    return tuple((rule, validator) for rule, validator in demands if validator is not None)


def _patched(artifact: Artifact) -> bool:
    """Say whether users patched an object in it: the contract holds what the emitters write."""
    return any(each[:1] == ("patches",) for each in artifact.origin)


def _faults(
    artifact: Artifact, document: Object, rule: Rule, validator: Draft202012Validator
) -> Iterator[Finding]:
    subject = f"`{artifact.path}`: {called(document)}"
    for error in validator.iter_errors(document):
        yield rule.at(origin(artifact), f"{subject}: {worded(error)}", fix=FIX)


def _unknown(artifact: Artifact, document: Object) -> Finding:
    group = document.get("apiVersion", "")
    return UNKNOWN.at(
        origin(artifact),
        f"`{artifact.path}`: {called(document)} is of a kind of `{group}` that has neither a"
        " schema nor a contract",
        fix=OUR_FAULT,
    )


def _twice(first: Artifact, second: Artifact, document: Object) -> Finding:
    return TWICE.at(
        origin(second),
        f"{called(document)} is in `{second.path}`, and in `{first.path}` before it",
        fix="rename one of the two values in platform.yaml that it came from",
        related=(Related(origin(first), f"`{first.path}` comes from here"),),
    )


def _unversed(kubernetes: str) -> Finding:
    known = schemas.versions()
    nearest = min(known, key=lambda version: abs(_minor(version) - _minor(kubernetes)))
    return UNVERSED.at(
        ("cluster", "version"),
        f"the cluster has Kubernetes {kubernetes}; the objects of {known[0]} to {known[-1]} are"
        " known",
        fix=f'write `version: "{nearest}"`, or install a kubernetes-validate that has {kubernetes}',
    )


def _minor(version: str) -> int:
    return int(version.partition(".")[2])


def _identity(document: Object) -> tuple[str, ...]:
    metadata = document.get("metadata", {})
    group = document.get("apiVersion", "").rpartition("/")[0]
    kind, name = document.get("kind", ""), metadata.get("name", "")
    return group, kind, metadata.get("namespace", ""), name
