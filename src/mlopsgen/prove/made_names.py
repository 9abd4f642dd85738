"""Names that are made of others: by KServe, external-secrets, Argo CD and AWS."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mlopsgen import names
from mlopsgen.diagnostics import Finding, SpecPath, rule
from mlopsgen.plan.balancing import ANNOTATION
from mlopsgen.prove.emitted import TFVARS, Emitted
from mlopsgen.prove.services import Service, made

_GROUP = f"{ANNOTATION}group.name"
_GROUP_LIMIT = 63
"""aws-load-balancer-controller 2.16.0 docs/guide/ingress/annotations.md."""

_FIX = "shorten the name in platform.yaml that it is made of"


@rule("RESOLVE004")
def made_names_fit(emitted: Emitted, serving: Iterable[Service]) -> Iterator[Finding]:
    """Names that are made of others are short enough, and no two things share one.

    KServe, external-secrets and AWS make names of those in the objects. One that comes out too
    long is refused long after the object was taken, and of two things with one name each undoes
    the other.
    """
    for subject, at, name, limit in _limited(emitted):
        if len(name) > limit:
            told = f"{subject} makes `{name}`, {len(name)} characters long; {limit} are taken"
            yield Finding(at=at, message=told, fix=_FIX)
    yield from _shared_services(emitted, serving)
    yield from _shared_secrets(emitted)


def _limited(emitted: Emitted) -> Iterator[tuple[str, SpecPath, str, int]]:
    """Yield each name that is made, with what it is made of and how long it may be."""
    for found in emitted.objects.of("InferenceService"):
        for name in made(found):
            host = f"{name}-{found.namespace}"
            yield found.subject, found.origin, host, names.HOST_LABEL_LIMIT
            yield found.subject, found.origin, f"isvc.{name}", names.LABEL_LIMIT
    for found in emitted.objects.of("CronWorkflow"):
        yield found.subject, found.origin, found.name, names.CRON_WORKFLOW_LIMIT
    for found in emitted.objects.of("Ingress"):
        group = found.annotations.get(_GROUP, "")
        yield found.subject, found.origin, group, _GROUP_LIMIT
    for found in emitted.objects.of("Application"):
        yield found.subject, found.origin, found.name, names.APPLICATION_LIMIT
    for name, queue in emitted.terraform.get("event_queues", {}).items():
        for each in (name, queue["dead_letters"]["name"]):
            yield f"`{TFVARS}`: the queue `{name}`", ("pipelines",), each, names.QUEUE_LIMIT


def _shared_services(emitted: Emitted, serving: Iterable[Service]) -> Iterator[Finding]:
    first: dict[tuple[str, str], Service] = {}
    origins = {
        each.subject: each.origin for each in emitted.objects.of("InferenceService", "Service")
    }
    for each in serving:
        before = first.setdefault((each.namespace, each.name), each)
        if before is not each:
            at = origins.get(each.maker, ("components",))
            told = f"{each.maker} makes the Service `{each.namespace}/{each.name}`, which"
            yield Finding(
                at=at, message=f"{told} {before.maker} makes too", fix="rename one of the two"
            )


def _shared_secrets(emitted: Emitted) -> Iterator[Finding]:
    first: dict[tuple[str, str], str] = {}
    for found in emitted.objects.of("ExternalSecret"):
        name = found.spec["target"]["name"]
        before = first.setdefault((found.namespace, name), found.subject)
        if before is not found.subject and before != found.subject:
            told = f"{found.subject} makes the Secret `{found.namespace}/{name}`, which {before}"
            yield Finding(at=found.origin, message=f"{told} makes too", fix="rename one of the two")
