"""What a platform wants locked, and how two locks differ."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from mlopsgen.lock.lockfile import Lock, LockedModel

_WANTED = re.compile(r"models:/(?P<name>[^/@]+)(?:@(?P<alias>.+)|/(?P<version>[0-9]+))")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A source as users write it, taken apart; it has an alias or a version."""

    source: str
    name: str
    alias: str | None
    version: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """A source whose lock is there only before, only after, or differs."""

    environment: str
    source: str
    before: LockedModel | None
    after: LockedModel | None

    def __str__(self) -> str:
        return f"{self.source}: {self._versions()} in {self.environment}"

    def _versions(self) -> str:
        before, after = self.before, self.after
        if before is None or after is None:
            only = before or after
            return only.version if only else ""
        if before.version == after.version:
            return f"version {after.version}, {before.uri} -> {after.uri}"
        return f"{before.version} -> {after.version}"


def wanted(source: str) -> Wanted | None:
    """Return *source* taken apart; None when it doesn't name a model of the registry."""
    match = _WANTED.fullmatch(source)
    return Wanted(source, match["name"], match["alias"], match["version"]) if match else None


def merged(
    old: Lock,
    found: Mapping[str, Mapping[str, LockedModel]],
    used: Mapping[str, Collection[str]],
    *,
    complete: bool,
) -> Lock:
    """Return *old* with what was *found*, and without what isn't *used* in its environments.

    An entry whose version and files are as before stays as it was, with its time. Environments
    that *used* doesn't have stay too, unless it is *complete*.
    """
    kept = {} if complete else {name: dict(models) for name, models in old.models.items()}
    for environment, sources in used.items():
        news = found.get(environment, {})
        pairs = ((source, old.model(environment, source), news.get(source)) for source in sources)
        kept[environment] = {
            source: entry for source, before, after in pairs if (entry := _newer(before, after))
        }
    return Lock({name: models for name, models in kept.items() if models})


def changes(before: Lock, after: Lock) -> Iterator[Change]:
    """Yield how *after* differs from *before*, in the order of the alphabet."""
    for environment in sorted({*before.models, *after.models}):
        here = {*before.models.get(environment, {}), *after.models.get(environment, {})}
        for source in sorted(here):
            old, new = before.model(environment, source), after.model(environment, source)
            if old is None or new is None or not old.same(new):
                yield Change(environment, source, old, new)


def _newer(before: LockedModel | None, after: LockedModel | None) -> LockedModel | None:
    if before and after and before.same(after):
        return before
    return after or before
