"""Policies: what the platform's own ValidatingAdmissionPolicies have against its objects."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlopsgen.artifact import Artifact, Object
from mlopsgen.diagnostics import Finding, Rule, Severity
from mlopsgen.names import NAME_LABEL
from mlopsgen.plan import Plan
from mlopsgen.plan.policies import SINCE, known
from mlopsgen.prove.cel import Situation, UndecidedError, inlined, named
from mlopsgen.prove.created import WORKFLOWS, Created, Resource, created, injection
from mlopsgen.prove.emitted import OUR_FAULT

REFUSED = Rule(
    "ADMIT007",
    "every object passes the policies of its own platform",
    "The API server asks the policies for each object and each pod that a controller makes of one."
    " What they refuse is never there: a model has no pods, a pipeline no steps, and Argo CD's"
    " Application stops.",
)
UNENFORCED = Rule(
    "ADMIT008",
    "the cluster's Kubernetes knows policies",
    "Before 1.30 the API server doesn't have ValidatingAdmissionPolicy in v1. Images from anywhere"
    " would run, and an owner could start a Workflow as any service account of the namespace.",
    Severity.WARNING,
)
RULES = (REFUSED, UNENFORCED)

Place = tuple[Resource, str]
"""A resource and a namespace: what decides which policies are asked."""

_KIND = "ValidatingAdmissionPolicy"
_FIXES = {
    "confined-pods": "confine its containers as the Pod Security level `restricted` asks",
    "fixed-tags": "name the image with a version or a digest",
    "known-registries": "add its registry to `policies.registries`, or take the image from one"
    " that is there",
    "labelled-objects": "leave the labels that mlopsgen gives it",
    "own-account": "run a pipeline of platform.yaml, as its own service account",
}
"""The smallest change, by policy."""


@dataclass(frozen=True, slots=True)
class Validation:
    """One thing that a policy asks for: both expressions stand alone, without variables."""

    expression: str
    message: str
    told: str
    """Gives a message that names what is wrong; empty where there is none."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy as the API server evaluates it."""

    name: str
    namespaces: frozenset[str]
    resources: frozenset[Resource]
    passes: str
    """True where all validations are, or the policy isn't for the object."""

    validations: tuple[Validation, ...]

    @property
    def words(self) -> frozenset[str]:
        """Everything in its expressions that may be the key of a map."""
        texts = (self.passes, *(each.told for each in self.validations))
        return frozenset(word for text in texts for word in named(text))

    def covers(self, one: Created) -> bool:
        """Say whether *one* is of the namespaces and resources that the policy is for."""
        return one.resource in self.resources and one.namespace in self.namespaces

    def refusals(self, situation: Situation) -> Iterator[str]:
        """Yield what it says against an object; a policy without a verdict refuses."""
        try:
            if situation.value(self.passes):
                return
        except UndecidedError as fault:
            yield f"it can't be judged: {fault}"
            return
        for each in self.validations:
            try:
                if not situation.value(each.expression):
                    yield situation.value(each.told) if each.told else each.message
            except UndecidedError as fault:
                yield f"it can't be judged: {fault}"


def obeyed(plan: Plan, artifacts: Sequence[Artifact]) -> Iterator[Finding]:
    """Yield what the emitted policies that refuse have against the emitted objects."""
    if not known(plan) and any(each.workloads for each in plan.namespaces.values()):
        yield _unenforced(plan)
    read = [each for each in artifacts if readable(each)]
    for each in artifacts if len(read) < len(artifacts) else ():
        if each not in read:
            said = f"`{each.path}`: the policy lacks what mlopsgen gives to each"
            yield REFUSED.at(each.origin[0], said, fix=OUR_FAULT)
    if not (policies := in_force(read)):
        return
    injected = injection(plan)
    bench = Bench(policies)
    for artifact in artifacts:
        for document in artifact.objects:
            for one in created(artifact, document, injected):
                yield from bench.judged(one)


class Bench:
    """Policies that judge together, and what they said before: a thousand pods are much alike."""

    def __init__(self, policies: Sequence[Policy]) -> None:
        """Seat *policies*."""
        self._policies = tuple(policies)
        self._asked: dict[Place, tuple[tuple[Policy, ...], frozenset[str]]] = {}
        self._said: dict[tuple[Place, str], tuple[tuple[Policy, str], ...]] = {}

    def judged(self, one: Created) -> Iterator[Finding]:
        """Yield what the policies that are for *one* say against it."""
        at = one.resource, one.namespace
        if at not in self._asked:
            found = tuple(policy for policy in self._policies if policy.covers(one))
            self._asked[at] = found, frozenset(word for each in found for word in each.words)
        asked, words = self._asked[at]
        if not asked:
            return
        # The policy of Workflows looks at every key; the others see what they name, and no more.
        body = one.body if one.resource == WORKFLOWS else visible(one.body, words)
        key = at, json.dumps(body)
        if key not in self._said:
            situation = Situation(body, one.namespace)
            refusals = ((each, said) for each in asked for said in each.refusals(situation))
            self._said[key] = tuple(refusals)
        for policy, message in self._said[key]:
            yield _refused(one, policy, message)


def visible(body: Any, words: frozenset[str]) -> Any:  # noqa: ANN401 - any part of an object
    """Return *body* without the keys that are not among *words*, at any depth."""
    match body:
        case dict():
            return {key: visible(value, words) for key, value in body.items() if key in words}
        case list() | tuple():
            return [visible(each, words) for each in body]
        case _:
            return body


def readable(artifact: Artifact) -> bool:
    """Say whether policies have what is read of them; the API server asks for less."""
    if not any(document["kind"].startswith(_KIND) for document in artifact.objects):
        return True
    try:
        for document in artifact.objects:
            if document["kind"] == _KIND:
                policy(document)
        in_force([artifact])
    except (KeyError, TypeError, ValueError):
        return False
    return True


def in_force(artifacts: Sequence[Artifact]) -> tuple[Policy, ...]:
    """Return the emitted policies whose binding says `Deny`."""
    objects = [document for artifact in artifacts for document in artifact.objects]
    denying = {
        document["spec"]["policyName"]
        for document in objects
        if document["kind"] == f"{_KIND}Binding" and "Deny" in document["spec"]["validationActions"]
    }
    found = (each for each in objects if each["kind"] == _KIND)
    return tuple(policy(each) for each in found if each["metadata"]["name"] in denying)


def policy(document: Object) -> Policy:
    """Return the policy in *document*, its variables put in their places."""
    spec = document["spec"]
    constraints = spec["matchConstraints"]
    [selected] = constraints["namespaceSelector"]["matchExpressions"]
    variables: dict[str, str] = {}
    for each in spec["variables"]:
        variables[each["name"]] = inlined(each["expression"], variables)
    validations = tuple(_validation(each, variables) for each in spec["validations"])
    conditions = " && ".join(f"({each['expression']})" for each in spec["matchConditions"])
    together = " && ".join(f"({each.expression})" for each in validations)
    return Policy(
        name=document["metadata"]["labels"][NAME_LABEL],
        namespaces=frozenset(selected["values"]),
        resources=frozenset(_resources(constraints["resourceRules"])),
        passes=f"!({conditions}) || ({together})",
        validations=validations,
    )


def _validation(document: Mapping[str, Any], variables: Mapping[str, str]) -> Validation:
    return Validation(
        expression=inlined(document["expression"], variables),
        message=document["message"],
        told=inlined(document.get("messageExpression", ""), variables),
    )


def _resources(rules: Sequence[Mapping[str, Any]]) -> Iterator[Resource]:
    for each in rules:
        for group in each["apiGroups"]:
            for version in each["apiVersions"]:
                for resource in each["resources"]:
                    yield group, version, resource


def _refused(one: Created, policy: Policy, message: str) -> Finding:
    metadata = one.source["metadata"]
    called = f"{one.source['kind']} `{metadata.get('namespace', '')}/{metadata['name']}`"
    return REFUSED.at(
        one.artifact.origin[0] if one.artifact.origin else (),
        f"`{one.artifact.path}`: the policy `{policy.name}` refuses"
        f" {f'{one.part}, of ' if one.part else ''}{called}: {message}",
        fix=f"{_FIXES[policy.name]}; or let the policy only warn, with the reason under"
        f" `policies.audit.{policy.name}`",
    )


def _unenforced(plan: Plan) -> Finding:
    version = plan.platform.cluster.version
    return UNENFORCED.at(
        ("cluster", "version"),
        f"the cluster has Kubernetes {version}; policies need 1.{SINCE}, so there are none",
        fix=f'write `version: "1.{SINCE}"` or a newer one',
    )
