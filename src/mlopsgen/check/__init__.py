"""The rules over the spec: what one look at platform.yaml can tell."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.check import (
    alerts,
    canaries,
    capacity,
    components,
    contracts,
    doors,
    engine,
    families,
    fit,
    gateways,
    graph,
    images,
    models,
    naming,
    networks,
    plaintext,
    pools,
    records,
    references,
    runtimes,
    scaling,
    schedules,
)
from mlopsgen.check.checked import Checked
from mlopsgen.diagnostics import Check, Finding
from mlopsgen.lock import Lock
from mlopsgen.spec import Platform

__all__ = ["CHECKS", "RULES", "Checked", "check"]

CHECKS: tuple[Check[[Checked]], ...] = (
    *references.RULES,
    *records.RULES,
    *graph.RULES,
    *components.RULES,
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
    *doors.RULES,
    *gateways.RULES,
    *schedules.RULES,
    *images.RULES,
    *plaintext.RULES,
    *alerts.RULES,
)
"""Every rule with its body, family by family."""

RULES = tuple(each.rule for each in CHECKS)


def check(platform: Platform, environment: str, lock: Lock) -> Iterator[Finding]:
    """Yield what the rules find in *platform*, as it is in *environment*."""
    checked = Checked(platform, environment, lock)
    for each in CHECKS:
        yield from each(checked)
