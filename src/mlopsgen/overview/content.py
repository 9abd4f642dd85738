"""What a page is about: a platform that builds, with what was found and what was decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from mlopsgen.artifact import Artifact
from mlopsgen.compiler import DEFAULT_ENVIRONMENT, everywhere
from mlopsgen.diff.bill import Bill, bill
from mlopsgen.explain.held import entry, held
from mlopsgen.explain.parity import Difference, differences
from mlopsgen.explain.project import Project
from mlopsgen.graph import Graph, graph
from mlopsgen.load import gathered
from mlopsgen.plan import Plan
from mlopsgen.report.ignored import Ignored, judged
from mlopsgen.report.located import Located, Source, in_order, located


@dataclass(frozen=True, slots=True)
class Environment:
    """One environment, as it would be written."""

    name: str
    plan: Plan
    artifacts: tuple[Artifact, ...]
    graph: Graph
    bill: Bill | None

    @property
    def anchor(self) -> str:
        """Where it begins on the page. No name has a dot, so that what follows one is below it."""
        return f"in-{self.name}"

    @property
    def head(self) -> str:
        """The id of its heading."""
        return f"{self.anchor}.head"


@dataclass(frozen=True, slots=True)
class Content:
    """A platform with all environments that are shown."""

    platform: str
    environments: tuple[Environment, ...]
    findings: tuple[Located, ...]
    """Warnings: errors leave nothing to show."""

    waivers: tuple[Ignored, ...]
    parity: tuple[Difference, ...]


def overview(project: Project, plans: Mapping[str, Plan]) -> Content:
    """Return what is to be shown of *project*, whose environments became *plans*."""
    environments = tuple(
        Environment(name, plan, project.drafts[name][0].artifacts, graph(plan), bill(None, plan))
        for name, plan in plans.items()
    )
    findings, waivers = _found(project)
    platform = next(iter(plans.values())).platform.name
    return Content(platform, environments, findings, waivers, _parity(project))


def _found(project: Project) -> tuple[tuple[Located, ...], tuple[Ignored, ...]]:
    """Return the warnings, and those that a comment takes away, as a build tells them."""
    source = project.loaded.source
    findings = [
        replace(each, environments=(name,))
        for name, (draft, _) in project.drafts.items()
        for each in gathered(draft.findings, source, name)
    ]
    items = everywhere(located(findings, source), project.environments)
    declared = tuple(project.loaded.overlays) or (DEFAULT_ENVIRONMENT,)
    complete = set(declared) <= set(project.environments)
    kept = judged(items, source.ignores(), complete=complete)
    return in_order((*kept.items, *located(kept.comments, source))), kept.ignored


def _parity(project: Project) -> tuple[Difference, ...]:
    source: Source = project.loaded.source
    values = {name: held(project, name, source) for name in project.environments}
    return tuple(differences(values, lambda name, path: entry(project, name, source, path)))
