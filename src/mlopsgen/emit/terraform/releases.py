"""Helm releases: the charts that have to be there before Argo CD can take over."""

from __future__ import annotations

from typing import Any

from mlopsgen.facts.installing import Chart
from mlopsgen.plan import Part, Plan
from mlopsgen.plan.parts import SHARED_NAMESPACES


def releases(plan: Plan) -> dict[str, Any]:
    """Return the releases by name, in the order of their waves."""
    found: dict[str, dict[str, Any]] = {}
    for part in plan.parts.values():
        chart, crds, release = part.facts.chart, part.facts.crd_chart, part.facts.release
        if part.owner != "terraform" or chart is None or release is None:
            continue
        if crds:
            found[crds.name] = {
                **_release(part, crds, release.wave - 1),
                "skip_crds": False,
                "values_files": [],
                "wait": True,
            }
        values = [f"../helm/{part.name}.yaml"]
        found[release.name] = {
            **_release(part, chart, release.wave),
            "skip_crds": crds is not None,
            "values_files": values,
            "wait": not _waits_for_argocd(plan, part),
        }
        if companion := part.facts.companion_chart:
            found[companion.name] = {
                **_release(part, companion, release.wave + 1),
                "skip_crds": False,
                "values_files": values,
                "wait": True,
            }
    return dict(sorted(found.items(), key=lambda item: (item[1]["wave"], item[0])))


def _release(part: Part, chart: Chart, wave: int) -> dict[str, Any]:
    return {
        "chart": chart.name,
        "repository": chart.repository,
        "version": chart.version,
        "namespace": part.namespace,
        # Argo CD adopts the namespace later, with its labels.
        "create_namespace": part.namespace not in SHARED_NAMESPACES,
        "wave": wave,
    }


def _waits_for_argocd(plan: Plan, part: Part) -> bool:
    """Say whether the pods of *part* need a Secret that Argo CD has to bring first."""
    return any(secret.namespace == part.namespace for secret in plan.secrets)
