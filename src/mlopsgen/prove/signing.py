"""What Kyverno is asked to verify, read from its policies and values as they were emitted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlopsgen.artifact import Artifact, Object
from mlopsgen.plan import Plan
from mlopsgen.plan.signatures import matches, repository, seen
from mlopsgen.prove.created import PODS, Created, created, injection
from mlopsgen.prove.grants import Grant, Grants

NAME = "kubernetes.io/metadata.name"
_LOG_IN = Grant("ecr:GetAuthorizationToken", "*")
_PULL = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
"""What Kyverno does in ECR: it reads manifests and what a signature signs (v1.16.1 pkg/cosign)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One rule of a ClusterPolicy: which images need whose signature."""

    artifact: Artifact
    name: str
    namespaces: frozenset[str]
    references: frozenset[str]
    signers: frozenset[tuple[str, str]]
    refuses: bool
    """Whether it keeps pods from starting, also while Kyverno can't be asked."""

    def covers(self, image: str) -> bool:
        """Say whether it is for *image*, as a pod names it."""
        name = seen(image)
        return any(matches(each, name) for each in self.references)


def asked(artifacts: Iterable[Artifact]) -> Iterator[Asked]:
    """Yield the rules of the emitted policies."""
    for artifact in artifacts:
        for document in artifact.objects:
            if document["kind"] == "ClusterPolicy":
                yield from _rules(artifact, document)


def _rules(artifact: Artifact, document: Object) -> Iterator[Asked]:
    spec = document["spec"]
    closed = spec["webhookConfiguration"]["failurePolicy"] == "Fail"
    for rule in spec["rules"]:
        [matched] = rule["match"]["any"]
        [verified] = rule["verifyImages"]
        [attestors] = verified["attestors"]
        keyless = [entry["keyless"] for entry in attestors["entries"]]
        yield Asked(
            artifact=artifact,
            name=rule["name"],
            namespaces=frozenset(matched["resources"]["namespaces"]),
            references=frozenset(verified["imageReferences"]),
            signers=frozenset((each["issuerRegExp"], each["subjectRegExp"]) for each in keyless),
            # A pod of several images, one of which no rule is for, isn't held to its digests
            # (v1.16.1 pkg/engine/handlers/validation/validate_image.go, Process): they are put in.
            refuses=closed and verified["failureAction"] == "Enforce" and verified["mutateDigest"],
        )


def pods(plan: Plan, artifacts: Iterable[Artifact]) -> Iterator[tuple[Created, tuple[str, ...]]]:
    """Yield each pod that comes of *artifacts*, with its images."""
    injected = injection(plan)
    for artifact in artifacts:
        for document in artifact.objects:
            for one in created(artifact, document, injected):
                if one.resource == PODS:
                    yield one, tuple(dict.fromkeys(_images(one.body["spec"])))


def _images(spec: Mapping[str, Any]) -> Iterator[str]:
    for key in ("containers", "initContainers"):
        yield from (each["image"] for each in spec.get(key, ()) if each.get("image"))


def selected(expressions: Sequence[Mapping[str, Any]], namespace: str) -> bool:
    """Say whether a selector of namespaces takes *namespace*, which has no labels but its name.

    A selector without expressions takes all of them.
    """
    labels = {NAME: namespace}
    for each in expressions:
        value, written = labels.get(str(each.get("key"))), each.get("values")
        values = written if isinstance(written, list | tuple) else ()
        match each.get("operator"):
            case "In":
                taken = value in values
            case "NotIn":
                taken = value not in values
            case "Exists":
                taken = value is not None
            case _:
                taken = value is None
        if not taken:
            return False
    return True


def reads(plan: Plan, artifacts: Sequence[Artifact]) -> Grants:
    """Return what Kyverno has to be allowed in ECR for the images that it is asked about."""
    rules = tuple(asked(artifacts))
    if not rules:
        return frozenset()
    found: set[Grant] = set()
    for one, images in pods(plan, artifacts):
        for image in images:
            if (place := repository(image)) and any(
                each.covers(image) and one.namespace in each.namespaces for each in rules
            ):
                found |= {_LOG_IN, *(Grant(action, place) for action in _PULL)}
    return frozenset(found)
