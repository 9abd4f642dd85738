"""What `lock` has to look up: the sources of models that name MLflow's registry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from mlopsgen.compiler import DEFAULT_ENVIRONMENT, undeclared
from mlopsgen.diagnostics import Finding, SpecPath
from mlopsgen.load import Loaded, Source, load, overlaid
from mlopsgen.lock.changes import Wanted, wanted
from mlopsgen.spec import Platform
from mlopsgen.spec.words import KEY_CODES
from mlopsgen.spec.words import findings as words


@dataclass(frozen=True, slots=True)
class Use:
    """A source that a model or its canary has, and the place of the first that has it."""

    wanted: Wanted
    at: SpecPath
    models: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sources:
    """The sources of a platform by environment and text, or what is wrong with it.

    `declared` are all environments, `chosen` those that were looked at.
    """

    platform: Path
    source: Source
    uses: Mapping[str, Mapping[str, Use]]
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
    if not findings:
        for environment in chosen:
            found = _platform(loaded, environment)
            if isinstance(found, Platform):
                uses[environment] = _uses(found)
            else:
                findings += found
    return Sources(platform, loaded.source, uses, declared, chosen, tuple(findings))


def _platform(loaded: Loaded, environment: str) -> Platform | list[Finding]:
    try:
        return Platform.model_validate(overlaid(loaded, environment))
    except ValidationError as error:
        found = words(error, lambda path: loaded.source.written(path, environment))
        return [
            replace(each, on_key=each.code in KEY_CODES, environments=(environment,))
            for each in found
        ]


def _uses(platform: Platform) -> dict[str, Use]:
    uses: dict[str, Use] = {}
    for name, model in platform.models.items():
        here: list[tuple[SpecPath, str]] = [(("models", name, "source"), model.source)]
        if model.canary:
            here.append((("models", name, "canary", "source"), model.canary.source))
        for at, text in here:
            if text in uses:
                models = dict.fromkeys((*uses[text].models, name))
                uses[text] = replace(uses[text], models=tuple(models))
            elif one := wanted(text):
                uses[text] = Use(one, at, (name,))
    return uses
