"""What a change of platform.yaml says, in the words of platform.yaml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from mlopsgen.diagnostics import Place, SpecPath
from mlopsgen.diff.fields import ABSENT
from mlopsgen.diff.fields import written as flow
from mlopsgen.diff.sides import Side
from mlopsgen.explain.forms import written
from mlopsgen.explain.keys import Key, explained
from mlopsgen.explain.settings import HIDDEN
from mlopsgen.load.source import MODELS, Source
from mlopsgen.lock.changes import changes as moved
from mlopsgen.lock.lockfile import LOCK, LockedModel
from mlopsgen.plan import Plan
from mlopsgen.report.located import dotted
from mlopsgen.spec import Platform, Spec

_ENTRY = 2
"""Steps of a path to an entry: `models` and its name."""

_FEW = 3
"""Models that are named where many take a value from their family."""

_LONGEST, _START = 160, 40
"""Characters of a value that are shown, and those of one that is longer."""

_WORDS: Mapping[SpecPath, str] = {
    ("scale", "min"): "min replicas",
    ("scale", "max"): "max replicas",
    ("canary", "weight"): "canary weight",
    ("canary", "source"): "canary source",
}
"""Keys of a model whose path alone would not be read as what it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One value that is another: `before` and `after` as they are written."""

    path: SpecPath
    kind: Literal["changed", "added", "removed"]
    before: str
    after: str
    place: Place | None
    """Where it is said now; where it was said, if nobody says it any more."""

    old: bool = False
    """Whether the place is one of the other side."""

    takers: tuple[str, ...] = ()
    """The models that take the value from a family."""

    @property
    def subject(self) -> str:
        """Whose value it is: a model by its name, all else by its path."""
        if self.path[0] == MODELS and len(self.path) >= _ENTRY:
            return str(self.path[1])
        return dotted(self.path[: _ENTRY if len(self.path) > _ENTRY else -1])

    @property
    def what(self) -> str:
        """The value's name below its subject; empty for a whole entry."""
        if self.path[0] == MODELS:
            return _WORDS.get(self.path[_ENTRY:]) or dotted(self.path[_ENTRY:])
        return dotted(self.path[_ENTRY if len(self.path) > _ENTRY else len(self.path) - 1 :])

    @property
    def sentence(self) -> str:
        """The change as a line: `iris: max replicas 5 -> 20`."""
        subject = f"{self.subject}: " if self.subject else ""
        what = f"{self.what} " if self.what else ""
        values = "" if self.kind != "changed" else f"{self.before} -> {self.after}"
        line = f"{subject}{what}{values or self.kind}"
        if self.takers:
            more = len(self.takers) - _FEW
            names = ", ".join(self.takers[:_FEW]) + (f" and {more} more" if more > 0 else "")
            line += f", for {names}"
        return line


def summary(
    before: Side, after: Side, environment: str, plans: tuple[Plan | None, Plan | None]
) -> tuple[Said, ...]:
    """Return what *after* says of *environment* that *before* does not."""
    old, new = before.values(environment), after.values(environment)
    if old is None or new is None or before.loaded is None or after.loaded is None:
        return ()
    telling = _Telling(
        environment,
        (before.loaded.source, after.loaded.source),
        (old, new),
        tuple(plan.platform for plan in plans if plan),
    )
    found: dict[SpecPath, Said] = {}
    for path, was, now in _differences(old, new, ()):
        one = telling.said(path, was, now)
        if one is None:
            continue
        known = found.get(one.path)
        takers = (*(known.takers if known else ()), *one.takers)
        found[one.path] = replace(known or one, takers=tuple(dict.fromkeys(takers)))
    return (*found.values(), *_versions(before, after, environment, plans[1]))


def _differences(
    old: Mapping[str, Any], new: Mapping[str, Any], path: SpecPath
) -> Iterator[tuple[SpecPath, Any, Any]]:
    """Yield the values that differ; a whole entry of a user's is one of them."""
    for key in dict.fromkeys((*old, *new)):
        was, now, here = old.get(key, ABSENT), new.get(key, ABSENT), (*path, key)
        if was == now and type(was) is type(now):
            continue
        maps = [isinstance(each, Mapping) for each in (was, now)]
        absent = was is ABSENT or now is ABSENT
        if all(maps) or (any(maps) and absent and not _entry(here)):
            below = [each if isinstance(each, Mapping) else {} for each in (was, now)]
            yield from _differences(below[0], below[1], here)
        else:
            yield here, was, now


def _entry(path: SpecPath) -> bool:
    """Whether *path* leads to an entry that has a name of the user's, or to a component."""
    if path[0] == "components" and len(path) == _ENTRY:
        return True
    key = explained(path)
    return isinstance(key, Key) and bool(key.names) and key.names[-1] == len(path) - 1


@dataclass(frozen=True, slots=True)
class _Telling:
    """Both sides of an environment: where they are written, what they say, what that comes to."""

    environment: str
    sources: tuple[Source, Source]
    data: tuple[Mapping[str, Any], Mapping[str, Any]]
    platforms: tuple[Platform, ...]

    def said(self, path: SpecPath, was: object, now: object) -> Said | None:
        """Return how the value at *path* changed; None where what holds is the same."""
        effective = [_effective(platform, path) for platform in self.platforms]
        same = len(effective) == len(self.data) and effective[0] == effective[1]
        if same and (was is ABSENT or now is ABSENT):
            return None
        gone = now is ABSENT
        source = self.sources[0 if gone else 1]
        origin = self._origin(path, was, now)
        if origin != path:
            was, now = (_at(each, origin) for each in self.data)
        key = explained(path, self.data[0 if gone else 1])
        kind: Literal["changed", "added", "removed"] = "changed"
        if isinstance(was if gone else now, Mapping) and (was is ABSENT or now is ABSENT):
            kind = "removed" if gone else "added"
        return Said(
            path=origin,
            kind=kind,
            before=_text(was, key, path),
            after=_text(now, key, path),
            place=source.stated(origin, self.environment),
            old=gone,
            takers=(str(path[1]),) if origin != path else (),
        )

    def _origin(self, path: SpecPath, was: object, now: object) -> SpecPath:
        """Return the path of the family's value where that is what changed, else *path*."""
        origins = [source.origin(path, self.environment) for source in self.sources]
        if was is not ABSENT and now is not ABSENT and origins[0] != origins[1]:
            return path
        origin = origins[0 if now is ABSENT else 1]
        return path if _at(self.data[0], origin) == _at(self.data[1], origin) else origin


def _at(data: object, path: SpecPath) -> Any:  # noqa: ANN401 - plain data
    for step in path:
        if not isinstance(data, Mapping) or step not in data:
            return ABSENT
        data = data[step]
    return data


def _text(value: object, key: object, path: SpecPath) -> str:
    """Return *value* as it is written; what may be a secret is not."""
    shown = not isinstance(key, Key) or key.shown
    if value is ABSENT:
        default = key.default if isinstance(key, Key) else ""
        return f"{default} (the default)" if default else "(none)"
    if not shown or path[-1:] == ("secrets",):
        return HIDDEN
    maps = isinstance(value, Mapping) or (isinstance(value, list) and dict in map(type, value))
    return _cut(("" if maps else written(value)) or flow(value))


def _cut(text: str) -> str:
    """Return *text*; of a long one, such as a certificate, its start and how long it is."""
    return text if len(text) <= _LONGEST else f"{text[:_START]}... ({len(text):,} characters)"


def _effective(platform: Platform | None, path: SpecPath) -> object:
    """Return what *path* comes to in *platform*, defaults included."""
    here: object = platform
    for step in path:
        if isinstance(here, Spec):
            fields = type(here).model_fields.items()
            name = next((name for name, field in fields if (field.alias or name) == step), "")
            here = getattr(here, name, ABSENT)
        elif isinstance(here, Mapping):
            here = here.get(step, ABSENT)
        else:
            return ABSENT
    return here


def _versions(before: Side, after: Side, environment: str, plan: Plan | None) -> Iterator[Said]:
    """Yield the models whose source stands for another version, as platform.lock has it."""
    if plan is None:
        return
    for change in moved(before.lock, after.lock):
        if change.environment != environment or not change.before or not change.after:
            continue
        users: list[SpecPath] = [("images", change.source)]
        if not change.of_image:
            users = [
                (MODELS, name, *keys)
                for name, model in plan.platform.models.items()
                for keys, text in model.sources().items()
                if text == change.source
            ]
        old, new = (
            f"version {each.version}" if isinstance(each, LockedModel) else each.digest
            for each in (change.before, change.after)
        )
        if old == new:
            old, new = change.before.uri, change.after.uri  # type: ignore[union-attr]
        for path in users:
            yield Said(
                path=path,
                kind="changed",
                before=f"{change.source} {old}",
                after=new,
                place=Place(LOCK, 1, 1),
            )
