"""What the originals ask Prometheus for, held against what is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mlopsgen.compiler import Draft
from mlopsgen.diagnostics import Finding
from mlopsgen.imports.alerts import carried_as_written
from mlopsgen.imports.manifests import Manifest
from mlopsgen.imports.rules import UNANSWERED
from mlopsgen.imports.tree import rows, text
from mlopsgen.later import later
from mlopsgen.prove.metric_sources import world
from mlopsgen.prove.metric_written import declared


def faults(manifests: Iterable[Manifest], draft: Draft) -> Iterator[Finding]:
    """Yield the expressions that give nothing, of those that aren't in the fragment.

    Those that are in it are proved there, as any alert of users' own is.
    """
    rules = [one for one in manifests if one.kind == "PrometheusRule"]
    if draft.plan is None or "prometheus" not in draft.plan.parts or not rules:
        return
    known = declared(world(draft.plan, draft.artifacts), draft.plan.platform.alerts.metrics)
    promql = later("mlopsgen.prove.promql")
    for one in rules:
        for group, each in rows(one.body, "spec", "groups"):
            for index, row in rows(each, "rules"):
                if not text(row, "expr") or carried_as_written(text(row, "alert")):
                    continue
                name = text(row, "alert") or text(row, "record")
                _, found = promql.faults(text(row, "expr"), known)
                path = ("spec", "groups", group, "rules", index, "expr")
                for fault in found:
                    said = f"`{name}` of {one.title} {fault.told}"
                    yield UNANSWERED.at(one.place(path), said, fix=fault.fix)
