"""The rules over the spec: what one look at platform.yaml can tell."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.check import (
    alerts,
    braces,
    canaries,
    capacity,
    clusters,
    components,
    conditions,
    contracts,
    doors,
    durations,
    endpoints,
    engine,
    families,
    fanout,
    features,
    files,
    fit,
    gateways,
    graph,
    helm,
    hubs,
    images,
    locks,
    memos,
    models,
    naming,
    networks,
    parameters,
    plaintext,
    pools,
    records,
    references,
    runtimes,
    scaling,
    schedules,
    signatures,
    timing,
    triggers,
    values,
    windows,
)
from mlopsgen.check.checked import Checked
from mlopsgen.diagnostics import Check, Finding
from mlopsgen.lock import Lock
from mlopsgen.spec import ALONE, Fleet, Platform

__all__ = ["CHECKS", "RULES", "Checked", "check"]

CHECKS: tuple[Check[[Checked]], ...] = (
    *references.RULES,
    *records.RULES,
    *graph.RULES,
    *values.RULES,
    *conditions.RULES,
    *fanout.RULES,
    *parameters.RULES,
    *memos.RULES,
    *files.RULES,
    *components.RULES,
    *helm.RULES,
    *families.RULES,
    *models.RULES,
    *contracts.RULES,
    *canaries.RULES,
    *scaling.RULES,
    *runtimes.RULES,
    *engine.RULES,
    *pools.RULES,
    *fit.RULES,
    *capacity.RULES,
    *naming.RULES,
    *networks.RULES,
    *hubs.RULES,
    *clusters.RULES,
    *doors.RULES,
    *gateways.RULES,
    *endpoints.RULES,
    *schedules.RULES,
    *timing.RULES,
    *durations.RULES,
    *locks.RULES,
    *braces.RULES,
    *images.RULES,
    *signatures.RULES,
    *plaintext.RULES,
    *triggers.RULES,
    *features.RULES,
    *alerts.RULES,
    *windows.RULES,
)
"""Every rule with its body, family by family."""

RULES = tuple(each.rule for each in CHECKS)


def check(
    platform: Platform, environment: str, lock: Lock, fleet: Fleet = ALONE
) -> Iterator[Finding]:
    """Yield what the rules find in *platform*, as it is in *environment* of *fleet*."""
    checked = Checked(platform, environment, lock, fleet)
    for each in CHECKS:
        yield from each(checked)
