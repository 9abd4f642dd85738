"""What a platform wants locked, and how two locks differ."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from mlopsgen.lock.lockfile import Lock, LockedImage, LockedModel

Entry = TypeVar("Entry", LockedModel, LockedImage)
Entries = Mapping[str, Mapping[str, Entry]]
Used = Mapping[str, Collection[str]]
"""What is used, by environment."""

_SHOWN = len("sha256:") + 12
"""Characters of a digest that tell it from others."""

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
    """A source or an image whose lock is there only before, only after, or differs."""

    environment: str
    source: str
    before: LockedModel | LockedImage | None
    after: LockedModel | LockedImage | None

    def __str__(self) -> str:
        return f"{self.source}: {self._versions()} in {self.environment}"

    @property
    def of_image(self) -> bool:
        """Whether it is an image that differs."""
        return isinstance(self.before or self.after, LockedImage)

    def _versions(self) -> str:
        match self.before, self.after:
            case LockedModel(version=version) as before, LockedModel(version=again) as after:
                if version == again:
                    return f"version {version}, {before.uri} -> {after.uri}"
                return f"{version} -> {again}"
            case LockedImage(digest=digest), LockedImage(digest=other):
                return f"{digest[:_SHOWN]} -> {other[:_SHOWN]}"
            case (LockedModel(version=only), None) | (None, LockedModel(version=only)):
                return only
            case (LockedImage(digest=only), None) | (None, LockedImage(digest=only)):
                return only[:_SHOWN]
            case _:
                return ""


def wanted(source: str) -> Wanted | None:
    """Return *source* taken apart; None when it doesn't name a model of the registry."""
    match = _WANTED.fullmatch(source)
    return Wanted(source, match["name"], match["alias"], match["version"]) if match else None


def merged(
    old: Entries[Entry], found: Entries[Entry], used: Used, *, complete: bool
) -> dict[str, dict[str, Entry]]:
    """Return *old* with what was *found*, and without what isn't *used* in its environments.

    An entry that stands for the same as before stays as it was, with its time. Environments that
    *used* doesn't have stay too, unless it is *complete*.
    """
    kept = {} if complete else {name: dict(entries) for name, entries in old.items()}
    for environment, texts in used.items():
        olds: Mapping[str, Entry] = old.get(environment, {})
        news: Mapping[str, Entry] = found.get(environment, {})
        pairs = ((text, _newer(olds.get(text), news.get(text))) for text in texts)
        kept[environment] = {text: entry for text, entry in pairs if entry}
    return {name: entries for name, entries in kept.items() if entries}


def changes(before: Lock, after: Lock) -> Iterator[Change]:
    """Yield how *after* differs from *before*: sources, then images, in alphabetical order."""
    yield from _differences(before.models, after.models)
    yield from _differences(before.images, after.images)


def _differences(before: Entries[Entry], after: Entries[Entry]) -> Iterator[Change]:
    for environment in sorted({*before, *after}):
        olds: Mapping[str, Entry] = before.get(environment, {})
        news: Mapping[str, Entry] = after.get(environment, {})
        for text in sorted({*olds, *news}):
            old, new = olds.get(text), news.get(text)
            if old is None or new is None or not old.same(new):
                yield Change(environment, text, old, new)


def _newer(before: Entry | None, after: Entry | None) -> Entry | None:
    if before and after and before.same(after):
        return before
    return after or before
