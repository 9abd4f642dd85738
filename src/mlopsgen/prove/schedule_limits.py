"""What a namespace makes of its pods: defaults of a LimitRange, and limits that refuse them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from mlopsgen.artifact import Artifact, Object
from mlopsgen.diagnostics import SpecPath
from mlopsgen.prove.schedule_nodes import GPU
from mlopsgen.prove.schedule_pods import Form, Pod
from mlopsgen.prove.schedule_terms import Json, amounts, inside


@dataclass(frozen=True, slots=True)
class Limited:
    """An object that limits the pods of a namespace."""

    path: str
    at: SpecPath
    body: Object

    @property
    def who(self) -> str:
        """What a message calls it."""
        metadata = self.body["metadata"]
        return f"{self.body['kind']} `{metadata['namespace']}/{metadata['name']}`"


def limiting(artifacts: Iterable[Artifact], kind: str) -> dict[str, list[Limited]]:
    """Return the objects of *kind*, a LimitRange or a ResourceQuota, by namespace."""
    found: dict[str, list[Limited]] = {}
    for artifact in artifacts:
        for body in artifact.objects:
            if body["kind"] == kind:
                at = artifact.origin[0] if artifact.origin else ()
                namespace = body["metadata"]["namespace"]
                found.setdefault(namespace, []).append(Limited(artifact.path, at, body))
    return found


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the API server takes no pod like this one."""

    by: Limited
    because: str


def admitted(
    pods: Sequence[Pod], ranges: Mapping[str, Sequence[Limited]]
) -> tuple[list[Pod], list[tuple[Pod, Refusal]]]:
    """Return *pods* with what the LimitRange of their namespace gives them, and what it refuses."""
    taken: list[Pod] = []
    refused: list[tuple[Pod, Refusal]] = []
    for pod in pods:
        limits = ranges.get(pod.namespace, ())
        items = [
            (by, item)
            for by in limits
            for item in by.body.get("spec", {}).get("limits", ())
            if item.get("type") == "Container"
        ]
        extra: dict[str, int] = {}
        for container in pod.containers:
            for by, item in items:
                refusal, given = _container(container, item)
                for name, amount in given.items():
                    extra[name] = extra.get(name, 0) + amount
                refused += [(pod, Refusal(by, because)) for because in refusal]
        taken.append(_with(pod, extra) if extra else pod)
    return taken, refused


def _with(pod: Pod, extra: Mapping[str, int]) -> Pod:
    asks = dict(pod.form.asks)
    for name, amount in extra.items():
        asks[name] = asks.get(name, 0) + amount
    form = Form(tuple(sorted(asks.items())), pod.form.terms, pod.form.tolerations)
    return replace(pod, form=form)


def _container(container: Json, item: Json) -> tuple[list[str], dict[str, int]]:
    """Return why *item* refuses a container, and the requests that it gives it.

    What is left out of a LimitRange is filled in by the API server: the default limit is the
    maximum, and the default request the default limit (kubernetes 1.33
    pkg/apis/core/v1/defaults.go).
    """
    resources = container.get("resources")
    limits, requests = amounts(inside(resources, "limits")), amounts(inside(resources, "requests"))
    most, least = amounts(item.get("max")), amounts(item.get("min"))
    default = {**most, **amounts(item.get("default"))}
    request = {**least, **default, **amounts(item.get("defaultRequest"))}
    given: dict[str, int] = {}
    because = []
    for name in {**default, **request, **most, **least}:
        limit = limits.get(name, default.get(name))
        asked = requests.get(name, limits.get(name, request.get(name)))
        if name not in requests and name not in limits and asked:
            given[name] = asked
            if name == GPU:
                because.append(f"gives it {asked} of `{GPU}`, which it never asked for")
        if limit is not None and asked is not None and asked > limit:
            because.append(f"sets its limit of `{name}` below what it asks for")
        if name in most and asked is not None and asked > most[name]:
            because.append(f"allows less of `{name}` than it asks for")
        if name in least and asked is not None and asked < least[name]:
            because.append(f"wants it to ask for more of `{name}`")
    return because, given


@dataclass(frozen=True, slots=True)
class Total:
    """What the pods of a namespace ask for together, against a quota."""

    by: Limited
    resource: str
    hard: int
    asked: int
    pods: tuple[Pod, ...]
    """Those that have a share in it, the largest first."""


def exceeded(pods: Iterable[Pod], quotas: Mapping[str, Sequence[Limited]]) -> Iterator[Total]:
    """Yield what passes a quota when everything that always runs is at its largest."""
    inside: dict[str, list[Pod]] = {}
    for pod in pods:
        if not pod.component:
            inside.setdefault(pod.namespace, []).append(pod)
    for namespace, found in quotas.items():
        for by in found:
            for key, hard in amounts(by.body["spec"]["hard"]).items():
                resource = key.removeprefix("requests.")
                members = inside.get(namespace, [])
                yield from _over(by, resource, hard, members)


def _over(by: Limited, resource: str, hard: int, pods: Iterable[Pod]) -> Iterator[Total]:
    """Yield that services together, or one step alone, want more than *hard*."""
    sharing = [pod for pod in pods if pod.form.amount(resource)]
    standing = [pod for pod in sharing if pod.least or pod.most > 1]
    total = sum(pod.most * pod.form.amount(resource) for pod in standing)
    if total > hard:
        ordered = sorted(standing, key=lambda pod: -pod.most * pod.form.amount(resource))
        yield Total(by, resource, hard, total, tuple(ordered))
    for pod in sharing:
        if pod not in standing and pod.form.amount(resource) > hard:
            yield Total(by, resource, hard, pod.form.amount(resource), (pod,))
