"""Hubs: which Argo CD reconciles a cluster, and what its environment says of that."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.check.checked import Checked, choose, declared
from mlopsgen.diagnostics import Finding, Related, Severity, SpecPath, rule
from mlopsgen.spec import hub_of
from mlopsgen.spec.said import listed, named

_HUB: SpecPath = ("gitops", "hub")


@rule("HUB001")
def hubs_have_an_argo_cd(checked: Checked) -> Iterator[Finding]:
    """A hub is an environment with an Argo CD.

    The Argo CD of the hub reconciles the cluster in place of one of its own. Without it nobody
    applies anything: the cluster stays as Terraform left it.
    """
    hub = hub_of(checked.platform, checked.environment)
    if hub is None:
        return
    clusters = checked.fleet.clusters
    if hub not in (*clusters, *checked.fleet.unread):
        others = [*clusters]
        known = choose(hub, others) if others else f"declare `{hub}` under `environments`"
        yield Finding(
            at=_HUB,
            message=f"{named(_HUB)} is `{hub}`, which isn't an environment",
            fix=f"{known}, or leave `hub` out",
            related=declared(("environments",), hub, others),
        )
    elif hub in clusters and clusters[hub].components.argocd is None and not _above(checked, hub):
        yield Finding(
            at=_HUB,
            message=f"{named(_HUB)} is `{hub}`, where no `components.argocd` is declared",
            fix=f"declare `components: {{argocd: {{}}}}` in the environment `{hub}`",
            related=(Related(("environments", hub), f"`{hub}` is here"),),
        )


def _above(checked: Checked, hub: str) -> str | None:
    """Return the hub of *hub*, which should have none."""
    cluster = checked.fleet.clusters.get(hub)
    return hub_of(cluster, hub) if cluster else None


@rule("HUB002")
def hubs_reconcile_themselves(checked: Checked) -> Iterator[Finding]:
    """The Argo CD of a hub reconciles the hub itself.

    A hub that is another's spoke has no Argo CD of its own, so that nobody would reconcile the
    clusters that name it.
    """
    hub = hub_of(checked.platform, checked.environment)
    if hub and (further := _above(checked, hub)):
        yield Finding(
            at=_HUB,
            message=f"{named(_HUB)} is `{hub}`, which is itself reconciled from `{further}`",
            fix=f"write `hub: {further}` here"
            if further != checked.environment
            else f"leave `hub` out of one of `{hub}` and `{further}`",
            related=(Related(("environments", hub), f"`{hub}` is here"),),
        )


@rule("HUB003")
def spokes_have_no_argo_cd(checked: Checked) -> Iterator[Finding]:
    """A cluster that a hub reconciles has no Argo CD of its own.

    Two of them would apply the same objects. Each takes those of the other for somebody else's,
    and neither comes to an end.
    """
    hub = hub_of(checked.platform, checked.environment)
    if hub not in checked.fleet.clusters:
        return
    found = {
        ("components", "argocd"): checked.platform.components.argocd,
        ("exposure", "argocd"): checked.platform.exposure.argocd,
    }
    for at, given in found.items():
        if given is not None:
            yield Finding(
                at=at,
                message=f"{named(at)} is there, and `{hub}` reconciles this cluster",
                fix=f"declare it in the overlay of `{hub}` alone, or write `argocd: null` under"
                f" `{at[0]}` in that of `{checked.environment}`",
                related=(Related(_HUB, "the hub is named here"),),
                on_key=True,
            )


@rule("HUB008", Severity.WARNING)
def admins_are_those_of_the_hub(checked: Checked) -> Iterator[Finding]:
    """Who administers Argo CD is said where it runs.

    An Argo CD has one set of administrators for all its clusters: those of the hub. Others get
    nothing.
    """
    hub = hub_of(checked.platform, checked.environment)
    above = checked.fleet.clusters.get(hub or "")
    if above is None or checked.platform.gitops is None:
        return
    known = above.gitops.admins if above.gitops else ()
    if others := [each for each in checked.platform.gitops.admins if each not in known]:
        at: SpecPath = ("gitops", "admins")
        yield Finding(
            at=at,
            message=f"{named(at)} has {listed(others)}, which `{hub}` hasn't",
            fix=f"add {listed(others)} to `gitops.admins` of `{hub}`, or leave it out here",
        )


@rule("HUB009")
def clusters_of_a_hub_are_read(checked: Checked) -> Iterator[Finding]:
    """A hub and its clusters are built with what each says of itself.

    Owners, components and addresses decide what the Argo CD of the hub does, and the account of the
    hub who may call a cluster. Where one can't be read, another Argo CD would come out than from a
    build of all.
    """
    hub = hub_of(checked.platform, checked.environment)
    for name, above in checked.fleet.unread.items():
        if name != checked.environment and (hub == name or above == checked.environment):
            yield Finding(
                at=_HUB,
                message=f"the environment `{name}` can't be read, and this one is built with it",
                fix=f"mend what `mlopsgen validate --env {name}` finds",
                related=(Related(("environments", name), f"`{name}` is here"),),
            )


RULES = (
    hubs_have_an_argo_cd,
    hubs_reconcile_themselves,
    spokes_have_no_argo_cd,
    admins_are_those_of_the_hub,
    clusters_of_a_hub_are_read,
)
