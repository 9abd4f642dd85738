"""CronWorkflows into the schedules of pipelines."""

from __future__ import annotations

from mlopsgen.diagnostics import SpecPath
from mlopsgen.imports.fragment import Fragment, Spot
from mlopsgen.imports.manifests import Manifest
from mlopsgen.imports.pipelines import SCHEDULED, referred, span
from mlopsgen.imports.tree import at, number, rows, text


def schedule(manifest: Manifest, name: str, into: Fragment) -> None:
    """Put when the pipeline *name* runs by itself."""
    here: SpecPath = ("pipelines", name, "schedule")
    into.became[manifest] = (SCHEDULED, into.get(("pipelines", name, "namespace")) or "", name)
    crons = at(manifest.body, "spec", "schedules")
    if isinstance(crons, list) and crons:
        cron = crons[0] if len(crons) == 1 else crons
        into.put((*here, "cron"), cron, Spot(manifest, ("spec", "schedules")))
    elif cron := text(manifest.body, "spec", "schedule"):
        into.put((*here, "cron"), cron, Spot(manifest, ("spec", "schedule")))
    _running(manifest, here, into)
    for index, row in rows(manifest.body, "spec", "workflowSpec", "arguments", "parameters"):
        if referred(manifest) and "value" in row:
            route = ("spec", "workflowSpec", "arguments", "parameters", index, "value")
            spot = Spot(manifest, route)
            into.put((*here, "arguments", text(row, "name")), str(row["value"]), spot)


def _running(manifest: Manifest, here: SpecPath, into: Fragment) -> None:
    """Put what holds for the runs that a schedule starts."""
    for key, word in (("timezone", "timezone"), ("concurrencyPolicy", "concurrency")):
        if value := text(manifest.body, "spec", key):
            into.put((*here, word), value, Spot(manifest, ("spec", key)))
    if at(manifest.body, "spec", "suspend") is True:
        into.put((*here, "suspended"), value=True, spot=Spot(manifest, ("spec", "suspend")))
    late = number(manifest.body, "spec", "startingDeadlineSeconds")
    if late:
        spot = Spot(manifest, ("spec", "startingDeadlineSeconds"))
        into.put((*here, "startingDeadline"), span(late), spot)
    for key, word in (
        ("successfulJobsHistoryLimit", "succeeded"),
        ("failedJobsHistoryLimit", "failed"),
    ):
        count = number(manifest.body, "spec", key)
        if count is not None:
            into.put((*here, "history", word), count, Spot(manifest, ("spec", key)))
