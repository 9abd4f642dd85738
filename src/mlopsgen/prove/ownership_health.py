"""Health: Argo CD waits for what others need, and knows when it is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mlopsgen.diagnostics import Finding, rule
from mlopsgen.plan import Keeper
from mlopsgen.plan.fleet import TAUGHT
from mlopsgen.prove.applications import folder_of
from mlopsgen.prove.emitted import OUR_FAULT, Emitted

_SETTINGS = "configs.cm"
_OWN = "resource.customizations.health."


@rule("OWN009")
def health_is_known(emitted: Emitted) -> Iterator[Finding]:
    """The health of every kind that Argo CD applies is known to it, or needn't be.

    A wave waits for the health of what is in it. A kind that Argo CD knows nothing of is healthy as
    soon as it is there: nodes are asked for before their subnets are found, and pods run before
    the policy that would refuse them is in force.
    """
    keeper = emitted.plan.keeper
    health = keeper.facts.health if keeper else None
    if keeper is None or health is None:
        return
    own = _taught(emitted, keeper)
    for kind, members in emitted.objects.kinds.items():
        for found in members:
            group = found.body["apiVersion"].rpartition("/")[0]
            known = {*health.assessed, *health.immediate} - {*health.misjudged}
            if not folder_of(found) or f"{group}/{kind}" in known:
                continue
            if f"{_OWN}{group}_{kind}" not in own:
                why = health.misjudged.get(f"{group}/{kind}", "")
                told = f"is of a kind whose health Argo CD {_version(keeper)} doesn't know"
                wrong = f"its check {why}" if why else "its next wave doesn't wait for it"
                yield Finding(
                    at=found.origin,
                    message=f"{found.subject} {told}: {wrong}",
                    fix=OUR_FAULT,
                )
                break


def _taught(emitted: Emitted, keeper: Keeper) -> set[str]:
    """Return the settings by which Argo CD knows the health of more kinds.

    Those of a hub are in its own files, where they are looked for by the components that are here.
    """
    if keeper.away:
        return {f"{_OWN}{kind}" for name in emitted.plan.parts for kind in TAUGHT.get(name, ())}
    settings = emitted.value("argocd", _SETTINGS)
    return {*settings} if isinstance(settings, Mapping) else set()


def _version(keeper: Keeper) -> str:
    """Return the version of Argo CD that reconciles the cluster."""
    app = keeper.facts.app
    return app.version if app else ""
