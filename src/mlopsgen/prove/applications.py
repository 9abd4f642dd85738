"""Applications as they were emitted: what each applies, and when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from mlopsgen.plan import Part
from mlopsgen.prove.emitted import Emitted, Named

WAVE = "argocd.argoproj.io/sync-wave"
FINALIZER = "resources-finalizer.argocd.argoproj.io"
"""With it whatever an Application applied is deleted when it is itself."""

BEFORE = -10_000
"""What is added to the waves of Terraform, which is done before Argo CD begins."""

_APPS = "apps/"


@dataclass(frozen=True, slots=True)
class Application:
    """One Application, and the folder or the chart that it applies."""

    found: Named
    wave: int
    folder: str
    """Below apps/; empty for a chart, and for the root."""

    chart: str
    """Name of the chart; empty for a folder."""

    part: Part | None
    """The component whose chart it is."""

    @property
    def options(self) -> list[str]:
        """The options of its sync."""
        options: list[str] = self.found.spec["syncPolicy"].get("syncOptions", [])
        return options

    @property
    def deletes(self) -> bool:
        """Whether what it applied goes with it."""
        return FINALIZER in self.found.body["metadata"].get("finalizers", ())

    def sources(self) -> Iterator[Mapping[str, Any]]:
        """Yield where it reads from."""
        yield from self.found.spec.get("sources", ())
        if source := self.found.spec.get("source"):
            yield source


def applications(emitted: Emitted) -> tuple[Application, ...]:
    """Return every Application."""
    charts = {
        chart.name: part
        for part in emitted.plan.parts.values()
        for chart in (part.facts.chart, part.facts.crd_chart, part.facts.companion_chart)
        if chart
    }
    return tuple(_application(each, charts) for each in emitted.objects.of("Application"))


def _application(found: Named, charts: Mapping[str, Part]) -> Application:
    path: str = found.spec.get("source", {}).get("path", "")
    names = [each["chart"] for each in found.spec.get("sources", ()) if "chart" in each]
    chart = names[0] if names else ""
    folder = path.rpartition(f"/{_APPS}")[2] if f"/{_APPS}" in path else ""
    return Application(found, wave(found), folder, chart, charts.get(chart))


def wave(found: Named) -> int:
    """Return the sync wave of an object; 0 for one that has none, or no number."""
    text = found.annotations.get(WAVE, "0")
    return int(text) if text.removeprefix("-").isdigit() else 0


def folder_of(found: Named) -> str:
    """Return the folder below apps/ that an object is in, empty for others."""
    return _below(found.artifact.path)


@cache
def _below(path: str) -> str:
    return path.split("/")[1] if path.startswith(_APPS) else ""
