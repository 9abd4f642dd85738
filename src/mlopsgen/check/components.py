"""Components: what is used is installed, in a version we know, on a Kubernetes it supports."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.check.checked import Checked, choose
from mlopsgen.check.needs import Need, components_needed, sections_needed
from mlopsgen.diagnostics import Check, Finding, Related, rule
from mlopsgen.facts import Component as Facts
from mlopsgen.facts import component, versions
from mlopsgen.spec import Addon, Component, hub_of
from mlopsgen.spec.said import listed, named


@rule("NEED001")
def components_are_installed(checked: Checked) -> Iterator[Finding]:
    """What is used is installed.

    Kubernetes takes objects only of kinds that it knows, and nothing acts on those of a
    controller that isn't there. A component that is left out is not installed by anybody.
    """
    installed = checked.platform.components.declared()
    missing: dict[str, list[Need]] = {}
    for need in components_needed(checked.platform):
        if need.of not in installed:
            missing.setdefault(need.of, []).append(need)
    if hub_of(checked.platform, checked.environment):
        # HUB003 says what is wrong with that.
        missing.pop("argocd", None)
    for name, needs in missing.items():
        first, *others = needs
        yield Finding(
            at=first.at,
            message=f"{first.who} {first.what}, and `{name}` isn't installed{_more(others)}",
            fix=f"add `{name}: {{}}` under `components`",
            related=tuple(Related(other.at, f"{other.who} {other.what}") for other in others[:3]),
        )


@rule("NEED002")
def sections_are_there(checked: Checked) -> Iterator[Finding]:
    """What is used has the section that says where it is.

    mlopsgen can't make up the name of a bucket or the URL of a repository, and without one there
    is nowhere to keep files or to read manifests from.
    """
    missing: dict[str, list[Need]] = {}
    for need in sections_needed(checked.platform):
        missing.setdefault(need.of, []).append(need)
    for section, needs in missing.items():
        first, *others = needs
        yield Finding(
            at=first.at,
            message=f"{first.who} {first.what}, and there is no `{section}`{_more(others)}",
            fix=f"add `{_SECTIONS[section]}`",
            related=tuple(Related(other.at, f"{other.who} {other.what}") for other in others[:3]),
        )


_SECTIONS = {
    "gitops": "gitops: {repository: https://github.com/acme/platform.git}",
    "storage": "storage: {artifacts: {bucket: acme-artifacts}}",
}


def _more(others: list[Need]) -> str:
    return f"; {len(others)} more need{'s' if len(others) == 1 else ''} it" if others else ""


@rule("NEED003")
def versions_are_known(checked: Checked) -> Iterator[Finding]:
    """The version of a component is one that the catalogue knows.

    What a version serves, measures and requires differs from the next one. For a version without
    facts nothing could be proved, and the values we set may not exist in it.
    """
    for name, spec in checked.platform.components.declared().items():
        key = "chart" if isinstance(spec, Component) else "version"
        pinned = spec.chart if isinstance(spec, Component) else spec.version
        known = versions(name)
        # The facts of an add-on hold for all its versions that EKS offers; Terraform takes the pin.
        if pinned is None or isinstance(spec, Addon) or pinned.removeprefix("v") in known:
            continue
        at = ("components", name, key)
        yield Finding(
            at=at,
            message=f"{named(at)} is `{pinned}`; the catalogue has {listed(known)}",
            fix=choose(pinned, list(known)),
        )


@rule("NEED004")
def kubernetes_is_supported(checked: Checked) -> Iterator[Finding]:
    """The Kubernetes version is one that every component supports.

    Outside of its range a component meets APIs that are gone or not there yet. It stops working
    when the cluster is upgraded, not when it is installed.
    """
    version = checked.platform.cluster.version
    pinned = checked.platform.components.pinned()
    for name in checked.platform.components.declared():
        facts = _facts(name, pinned.get(name))
        wanted = facts.requires.kubernetes if facts.requires else None
        if wanted is None:
            continue
        low, high = wanted.min, wanted.max
        if _minor(version) < _minor(low):
            nearest = low
        elif high and _minor(version) > _minor(high):
            nearest = high
        else:
            continue
        bound = f"{low} to {high}" if high else f"{low} or newer"
        app = f" {facts.app.version}" if facts.app else ""
        yield Finding(
            at=("cluster", "version"),
            message=f"the cluster runs Kubernetes {version}; `{name}`{app} supports {bound}",
            fix=f'write `version: "{nearest}"`',
            related=(Related(("components", name), f"`{name}` is installed here"),),
        )


def _facts(name: str, pinned: str | None) -> Facts:
    """Return the facts of *name*, those of its default version where *pinned* isn't known."""
    return component(name, pinned if pinned in versions(name) else None)


def _minor(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


RULES: tuple[Check[[Checked]], ...] = (
    components_are_installed,
    sections_are_there,
    versions_are_known,
    kubernetes_is_supported,
)
