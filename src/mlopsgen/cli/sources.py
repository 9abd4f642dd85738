"""What `lock` has to look up: sources that name MLflow's registry, and images to pin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mlopsgen.compiler import DEFAULT_ENVIRONMENT, specified, undeclared
from mlopsgen.diagnostics import Finding, SpecPath
from mlopsgen.load import Source, gathered, load
from mlopsgen.lock import Reference
from mlopsgen.lock.changes import Wanted, wanted
from mlopsgen.plan.images import unpinned
from mlopsgen.spec import Platform


@dataclass(frozen=True, slots=True)
class Use:
    """A source that a model or its canary has, and the place of the first that has it."""

    wanted: Wanted
    at: SpecPath
    models: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ImageUse:
    """An image that is pinned, the place of the first that has it, and who all need it."""

    wanted: Reference
    at: SpecPath
    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sources:
    """Sources and images of a platform by environment and text, or what is wrong with it.

    `declared` are all environments, `chosen` those that were looked at.
    """

    platform: Path
    source: Source
    uses: Mapping[str, Mapping[str, Use]]
    images: Mapping[str, Mapping[str, ImageUse]]
    declared: tuple[str, ...]
    chosen: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def complete(self) -> bool:
        """Whether every declared environment was looked at."""
        return set(self.declared) <= set(self.chosen)


def sources(platform: Path, environments: Sequence[str]) -> Sources:
    """Return what *platform* wants locked, in *environments* or in all."""
    loaded = load(platform)
    declared = tuple(loaded.overlays) or (DEFAULT_ENVIRONMENT,)
    chosen = tuple(dict.fromkeys(environments)) or declared
    findings = list(loaded.findings) or list(undeclared(platform.name, chosen, loaded))
    uses: dict[str, dict[str, Use]] = {}
    images: dict[str, dict[str, ImageUse]] = {}
    if not findings:
        for environment in chosen:
            found = specified(loaded, environment)
            if isinstance(found, Platform):
                uses[environment] = _uses(found)
                images[environment] = _images(found)
                continue
            told = gathered(found, loaded.source, environment)
            findings += (replace(each, environments=(environment,)) for each in told)
    return Sources(platform, loaded.source, uses, images, declared, chosen, tuple(findings))


def _uses(platform: Platform) -> dict[str, Use]:
    uses: dict[str, Use] = {}
    for name, model in platform.models.items():
        for keys, text in model.sources().items():
            if text in uses:
                models = dict.fromkeys((*uses[text].models, name))
                uses[text] = replace(uses[text], models=tuple(models))
            elif one := wanted(text):
                uses[text] = Use(one, ("models", name, *keys), (name,))
    return uses


def _images(platform: Platform) -> dict[str, ImageUse]:
    images: dict[str, ImageUse] = {}
    for each in unpinned(platform):
        text = each.wanted.text
        first = images.get(text) or ImageUse(each.wanted, each.at, ())
        owners = tuple(dict.fromkeys((*first.owners, each.owner)))
        images[text] = replace(first, owners=owners)
    return images
