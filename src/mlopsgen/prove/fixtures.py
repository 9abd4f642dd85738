"""Fixtures: objects that lie beside the policies, held against what was emitted of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import yaml

from mlopsgen.artifact import Artifact, Object, Rendered
from mlopsgen.plan.applications import POLICIES
from mlopsgen.plan.signatures import POLICY
from mlopsgen.plan.specimen import DENY, FIXTURES, MESSAGE
from mlopsgen.prove.cel import Situation
from mlopsgen.prove.policies import Policy, policy
from mlopsgen.prove.signing import Asked, asked

_IN_FORCE = f"apps/{POLICIES}/"
_KIND = "ValidatingAdmissionPolicy"


@dataclass(frozen=True, slots=True)
class Tried:
    """How the fixtures of one environment went."""

    count: int
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Judges:
    policies: Mapping[str, Policy]
    rules: tuple[Asked, ...]
    """What images need signatures for, by Kyverno's policy."""


def tried(files: Sequence[Rendered]) -> Tried:
    """Hold the fixtures among *files* against the policies among them."""
    judges = _judges(files)
    cases = [
        (file.path, document)
        for file in files
        if file.path.startswith(FIXTURES)
        for document in _documents(file)
    ]
    told = ((path, document, _fault(judges, path, document)) for path, document in cases)
    faults = (f"{path}: {_titled(document)} {fault}" for path, document, fault in told if fault)
    return Tried(len(cases), tuple(faults))


def _judges(files: Sequence[Rendered]) -> _Judges:
    found = [
        Artifact(path=each.path, body=_documents(each), emitter=each.emitter, origin=each.origin)
        for each in files
        if each.path.startswith(_IN_FORCE)
    ]
    read = [policy(each) for one in found for each in one.objects if each["kind"] == _KIND]
    return _Judges({each.name: each for each in read}, tuple(asked(found)))


def _fault(judges: _Judges, path: str, document: Object) -> str:
    """Return what a policy does with *document* that it should not; "" where all is well."""
    name, wanted, _ = path.removeprefix(FIXTURES).rsplit(".", 2)
    said = _said(judges, name, document)
    if said is None:
        return f"has no policy `{name}` to be held against"
    if wanted != DENY:
        return f"has to be let in by the policy `{name}`, which says: {said[0]}" if said else ""
    expected = document["metadata"]["annotations"][MESSAGE]
    if expected in said:
        return ""
    does = f"it says: {said[0]}" if said else "it lets it in"
    return f"has to be refused by the policy `{name}` with: {expected}; {does}"


def _said(judges: _Judges, name: str, document: Object) -> tuple[str, ...] | None:
    """Return what is said to whoever creates *document*; None where there is no policy *name*.

    Of a policy in CEL that is what it finds first; an image may need several signatures.
    """
    namespace = document["metadata"]["namespace"]
    if name == POLICY:
        return tuple(_unsigned(judges.rules, document, namespace)) if judges.rules else None
    if name not in judges.policies:
        return None
    refusals = judges.policies[name].refusals(Situation(document, namespace))
    return tuple(islice(refusals, 1))


def _unsigned(rules: Sequence[Asked], document: Object, namespace: str) -> Iterator[str]:
    """Yield the signatures that Kyverno would look for; no image of a fixture has one."""
    images = [each["image"] for each in document["spec"]["containers"]]
    for rule in rules:
        if namespace in rule.namespaces and any(rule.covers(image) for image in images):
            yield f"it needs the signature `{rule.name}`"


def _titled(document: Object) -> str:
    return f"{document['kind']} `{document['metadata']['name']}`"


def _documents(file: Rendered) -> tuple[Object, ...]:
    return tuple(yaml.load_all(file.data, Loader=yaml.CSafeLoader))
