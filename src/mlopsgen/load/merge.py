"""Files into one platform, and an environment's overlay onto it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mlopsgen.diagnostics import Finding, Place, Related, SpecPath
from mlopsgen.load.rules import CONFLICT, DELETION, ENVIRONMENT_NAME, OVERLAY, ROOT_KEY
from mlopsgen.load.scalars import shortened
from mlopsgen.load.source import ENVIRONMENTS, INCLUDE, MERGE, PATCHES, Source

_ROOT_ONLY = ("apiVersion", "name", INCLUDE)
_NAME = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")


@dataclass(slots=True)
class Merged:
    """What the files say together."""

    base: dict[str, Any] = field(default_factory=dict)
    overlays: dict[str, dict[str, Any]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def merged(files: Mapping[str, dict[str, Any]], source: Source) -> Merged:
    """Return *files*, the root first, as one: section by section, entry by entry."""
    result = Merged()
    owners: dict[SpecPath, str] = {}
    for index, (file, data) in enumerate(files.items()):
        if index:
            result.findings += _root_keys(file, data, source)
        sections = {key: data[key] for key in data if key not in {INCLUDE, ENVIRONMENTS}}
        result.findings += _add((), result.base, sections, file, owners=owners, source=source)
        overlays = data.get(ENVIRONMENTS)
        if overlays is not None and not isinstance(overlays, dict):
            result.findings.append(_no_overlay((ENVIRONMENTS,), file, source))
            continue
        for name, overlay in (overlays or {}).items():
            path = (ENVIRONMENTS, name)
            if not _NAME.fullmatch(name):
                result.findings.append(_unusable_name(path, file, source))
            elif isinstance(overlay, dict | None):
                into = result.overlays.setdefault(name, {})
                result.findings += _add(
                    path, into, overlay or {}, file, owners=owners, source=source
                )
            else:
                result.findings.append(_no_overlay(path, file, source))
    return result


def overlay_onto(base: Mapping[str, Any], overlay: Mapping[str, Any]) -> dict[str, Any]:
    """Return *base* with *overlay*: maps merge by key, all else replaces, null deletes the key.

    Neither is changed; what the overlay does not touch is shared with *base*. These are the
    rules of RFC 7396, JSON Merge Patch.
    """
    result = dict(base)
    for key, value in overlay.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            below = result.get(key)
            result[key] = overlay_onto(below if isinstance(below, dict) else {}, value)
        else:
            result[key] = value
    return result


def with_patches(
    data: dict[str, Any], base: Mapping[str, Any], overlay: Mapping[str, Any]
) -> dict[str, Any]:
    """Return *data*, which is *overlay* on *base*, with the patches of both merged as patches.

    What a patch merges is a merge patch itself, so that its nulls stay: one in an overlay takes a
    key of the object away, not one of the patch in *base*.
    """
    above, below = _entries(overlay.get(PATCHES)), _entries(base.get(PATCHES))
    found = _entries(data.get(PATCHES))
    merges = {
        name: _both(_entries(below.get(name)).get(MERGE), patch[MERGE])
        for name, patch in above.items()
        if isinstance(patch, dict) and isinstance(patch.get(MERGE), dict)
    }
    both = {name: {**_entries(found.get(name)), MERGE: merges[name]} for name in merges}
    return {**data, PATCHES: {**found, **both}} if both else data


def _both(first: object, second: Mapping[str, Any]) -> dict[str, Any]:
    """Return the merge patch that does what *first* and then *second* do."""
    result = dict(_entries(first))
    for key, value in second.items():
        result[key] = _both(result.get(key), value) if isinstance(value, dict) else value
    return result


def _entries(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def idle_deletions(
    result: Merged, met: Callable[[Mapping[str, Any], Mapping[str, Any]], object], source: Source
) -> Iterator[Finding]:
    """Yield the nulls of overlays that meet nothing; *met* gives what an overlay meets."""
    for name, overlay in result.overlays.items():
        for path in _idle(met(result.base, overlay), overlay, ()):
            dotted = ".".join(map(str, path))
            yield DELETION.at(
                source.key_place(path, name),
                f"`{name}` deletes `{shortened(dotted)}`, which is not there",
                fix="correct the name, or delete the line",
            )


def _idle(base: object, overlay: dict[str, Any], path: SpecPath) -> Iterator[SpecPath]:
    known = base if isinstance(base, dict) else {}
    for key, value in overlay.items():
        if value is None and key not in known:
            yield (*path, key)
        elif path[:1] == (PATCHES,) and key == MERGE and len(path) == len((PATCHES, "name")):
            continue  # What a null in there takes away is in an object.
        elif isinstance(value, dict):
            yield from _idle(known.get(key), value, (*path, key))


def _add(
    prefix: SpecPath,
    into: dict[str, Any],
    sections: dict[str, Any],
    file: str,
    *,
    owners: dict[SpecPath, str],
    source: Source,
) -> Iterator[Finding]:
    """Add *sections* of *file* to *into*, yielding what another file has stated already.

    *owners* has the file of each section, and of each entry that another file added to it.
    A section without a value adds nothing, except to an overlay, where null deletes it.
    """
    for section, value in sections.items():
        path = (*prefix, section)
        mine = into.get(section)
        if section not in into or (mine is None and not prefix):
            into[section] = dict(value) if isinstance(value, dict) else value
            owners[path] = file
        elif isinstance(mine, dict) and isinstance(value, dict):
            for entry, inner in value.items():
                if entry in mine:
                    first = owners.get((*path, entry), owners[path])
                    yield _conflict((*path, entry), first, file, source)
                else:
                    mine[entry] = inner
                    owners[*path, entry] = file
        elif value is not None or prefix:
            yield _conflict(path, owners[path], file, source)


def _conflict(path: SpecPath, first: str, second: str, source: Source) -> Finding:
    dotted = shortened(".".join(map(str, path)))
    return CONFLICT.at(
        _key(path, second, source),
        f"`{dotted}` is stated here and in `{first}`",
        fix="keep one of the two, or rename one",
        related=(Related(_key(path, first, source), "first here"),),
    )


def _root_keys(file: str, data: Iterable[str], source: Source) -> Iterator[Finding]:
    for key in _ROOT_ONLY:
        if key in data:
            message = f"`{file}` is included, and states `{key}`"
            fix = "move the line to the root file, or delete it"
            yield ROOT_KEY.at(_key((key,), file, source), message, fix=fix)


def _no_overlay(path: SpecPath, file: str, source: Source) -> Finding:
    dotted = shortened(".".join(map(str, path)))
    message = f"`{dotted}` is not a mapping"
    return OVERLAY.at(_key(path, file, source), message, fix="write what differs there, or {}")


def _unusable_name(path: SpecPath, file: str, source: Source) -> Finding:
    message = f"`{shortened(str(path[-1]))}` cannot name an environment"
    fix = "use at most 63 of a-z, 0-9 and `-`, a letter first"
    return ENVIRONMENT_NAME.at(_key(path, file, source), message, fix=fix)


def _key(path: SpecPath, file: str, source: Source) -> Place:
    node = source.root_of(file).find(path)
    return node.key if node is not None else Place(file, 1, 1)
