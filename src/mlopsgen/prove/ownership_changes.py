"""What changes after it was applied: fields that others write, data that must stay, status."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mlopsgen.diagnostics import Finding, Severity, rule
from mlopsgen.facts.running import AUTHORITIES
from mlopsgen.prove.applications import FINALIZER, Application, folder_of
from mlopsgen.prove.emitted import OUR_FAULT, Emitted, Named

_COMPARE, _SYNC = (f"argocd.argoproj.io/{key}-options" for key in ("compare", "sync"))
_KEEPING = ("Prune=false", "Delete=false")

_HOLDERS = ("Namespace", "PersistentVolumeClaim")
"""Kinds that hold what nobody can apply again."""

_REQUEST_LIMIT = 1_572_864
"""Bytes: what etcd takes as one object (etcd docs, System limits, 1.5 MiB)."""

_WORDS = 230
"""Characters of what the status says of each object twice, besides its names: once whether it is
in sync and healthy, once how it was applied (argo-cd 2.14.11 pkg/apis/application/v1alpha1,
ResourceStatus and ResourceResult)."""

_TOLD = 3
"""How often it names each: in both, and in the message of the second."""


@rule("OWN004")
def changes_are_left_alone(applied: Sequence[Application]) -> Iterator[Finding]:
    """What others write into an object is no difference to Argo CD.

    The API server fills in defaults, and controllers write the certificate that they are called
    with. An Application that takes that for a difference writes it back, for ever: webhooks lose
    their certificate, and calls to them fail.
    """
    for each in applied:
        if "bootstrap" in each.found.artifact.path:
            continue
        options = each.found.annotations.get(_COMPARE, "").split(",")
        if "ServerSideDiff=true" not in options:
            told = "compares what was written, not what the API server makes of it: it lacks"
            yield _finding(each.found, f"{told} `ServerSideDiff=true`")
        if "ServerSideApply=true" not in each.options:
            yield _finding(each.found, "lacks `ServerSideApply=true`")
        if each.part and each.part.facts.chart and each.chart == each.part.facts.chart.name:
            registered = [one for hook in each.part.facts.webhooks for one in hook.registered]
            yield from _ignored(each, {(one.kind, one.name) for one in registered})


def _ignored(each: Application, registered: set[tuple[str, str]]) -> Iterator[Finding]:
    rows: Sequence[Mapping[str, Any]] = each.found.spec.get("ignoreDifferences", ())
    known = {
        (row.get("group"), row.get("kind"), row.get("name", ""), path)
        for row in rows
        for path in row.get("jqPathExpressions", ())
    }
    for kind, name in sorted(registered):
        group, path = AUTHORITIES[kind]
        if (group, kind, name, path) not in known:
            told = f"takes the certificate of {kind} `{name}` for a difference"
            yield _finding(each.found, f"{told}: `{path}` isn't among its `ignoreDifferences`")
    if registered and "RespectIgnoreDifferences=true" not in each.options:
        told = "writes back what it ignores: it lacks `RespectIgnoreDifferences=true`"
        yield _finding(each.found, told)


@rule("OWN005")
def data_is_kept(emitted: Emitted, applied: Sequence[Application]) -> Iterator[Finding]:
    """Nothing that holds data goes away with a line of platform.yaml.

    Argo CD deletes what is no longer in Git. With a namespace goes everything in it, with a
    definition every object of its kinds: models, workflows and what they were about to write.
    """
    for found in emitted.objects.of(*_HOLDERS):
        options = found.annotations.get(_SYNC, "").split(",")
        for lacking in [each for each in _KEEPING if each not in options and folder_of(found)]:
            yield _finding(found, f"goes with its Application: it lacks `{lacking}`")
    holders = {folder_of(found) for found in emitted.objects.of(*_HOLDERS)}
    for each in applied:
        if each.folder in holders and each.folder and each.deletes:
            yield _finding(each.found, f"deletes what holds data with it: it has `{FINALIZER}`")
        if each.part and each.part.facts.crds and each.deletes:
            crds, chart = each.part.facts.crd_chart, each.part.facts.chart
            brings = crds.name if crds else chart.name if chart else ""
            if each.chart == brings:
                told = f"deletes the definitions of kinds with it: it has `{FINALIZER}`"
                yield _finding(each.found, told)


@rule("OWN006", Severity.WARNING)
def applications_are_small(emitted: Emitted, applied: Sequence[Application]) -> Iterator[Finding]:
    """The status of every Application fits into one object.

    Argo CD writes into the status of an Application how each of its objects is. Once that is
    larger than what etcd takes, the status is no longer written: the Application looks as it did
    last, whatever happens.
    """
    sizes: dict[str, list[int]] = {}
    for kind, members in emitted.objects.kinds.items():
        for found in members:
            if folder := folder_of(found):
                sizes.setdefault(folder, []).append(_told(kind, found))
    for each in applied:
        told = sizes.get(each.folder, [])
        if sum(told) > _REQUEST_LIMIT:
            size, limit = (f"{number / 2**20:.1f} MiB" for number in (sum(told), _REQUEST_LIMIT))
            message = f"{each.found.subject} has {len(told)} objects, whose status takes {size}"
            yield Finding(
                at=each.found.origin,
                message=f"{message}; etcd takes {limit}",
                fix=_fewer(emitted, each.folder, sum(told)),
            )


def _fewer(emitted: Emitted, folder: str, size: int) -> str:
    """Return what makes the Application of *folder* half as large as it may be."""
    space = next((each.namespace for each in emitted.plan.served if each.application == folder), "")
    spec = emitted.plan.platform.namespaces.get(space)
    if spec is None:
        return "spread what is in it over more platforms: nothing divides this Application"
    wanted = spec.applications * -(-2 * size // _REQUEST_LIMIT)
    return f"write `applications: {wanted}` for the namespace `{space}` (docs/how-to/gitops.md)"


def _told(kind: str, found: Named) -> int:
    """Return the characters that the status has for an object."""
    names = len(found.body["apiVersion"]) + len(kind) + len(found.namespace) + len(found.name)
    return _WORDS + _TOLD * names


def _finding(found: Named, told: str) -> Finding:
    return Finding(at=found.origin, message=f"{found.subject} {told}", fix=OUR_FAULT)
