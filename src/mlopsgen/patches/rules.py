"""What is wrong with a patch before anything is proved of what it made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from mlopsgen.artifact import Artifact, Object
from mlopsgen.diagnostics import Finding, Related, Rule, SpecPath
from mlopsgen.patches.merging import Written
from mlopsgen.patches.writable import WORDS, beside, keys, outside, reserved
from mlopsgen.spec import Patch
from mlopsgen.spec.keys import closest
from mlopsgen.spec.said import listed, named, quoted

PATCHES = "patches"
MERGE = "merge"

MISSES = Rule(
    "PATCH001",
    "every patch meets an object",
    "A patch whose target has been renamed or taken away does nothing. Whoever wrote it still"
    " counts on it.",
)
IDLE = Rule(
    "PATCH002",
    "every patch changes something",
    "A patch that says what is there already hides that nobody needs it, and makes a difference on"
    " the day when the default changes.",
)
COLLIDES = Rule(
    "PATCH003",
    "no two patches write one field",
    "Patches have no order, since they are a map. Which of two values is applied would be chance,"
    " and whoever reads one of them would be wrong.",
)
OUTSIDE = Rule(
    "PATCH004",
    "a patch writes what platform.yaml has no word for",
    "What platform.yaml has a word for is checked there, and other objects follow it: a patch would"
    " change one object and leave the rest. What identifies an object, and what controllers read"
    " from it, holds the platform together.",
)
RULES = (MISSES, IDLE, COLLIDES, OUTSIDE)

_IDENTITY = ("apiVersion", "kind", "name", "namespace")
_SHOWN = 8
"""Names that are there instead."""

_FAULTS = 5
"""Of one patch: more of them say nothing new."""


def misses(name: str, patch: Patch, artifacts: Sequence[Artifact]) -> Finding:
    """Say that nothing is what the patch is for, and what comes nearest."""
    target, at = patch.target, (PATCHES, name, "target")
    bodies = [body for artifact in artifacts for body in artifact.objects]
    kinds = {body["kind"]: None for body in bodies}
    if target.kind not in kinds:
        near = closest(target.kind, list(kinds))
        known = f"write `kind: {near}`" if near else f"write one of {listed(sorted(kinds))}"
        told = f"{named(at)} is for the kind `{target.kind}`; no object under `apps/` is of that"
        return MISSES.at((*at, "kind"), told, fix=known if kinds else "take the patch away")
    of_kind = [body["metadata"] for body in bodies if body["kind"] == target.kind]
    spaces = sorted({each.get("namespace", "") for each in of_kind} - {""})
    there = [each for each in of_kind if target.namespace in {None, each.get("namespace")}]
    wanted = target.name if there and target.name else target.namespace
    names = sorted({each["name"] for each in there}) if there else spaces
    key = "name" if there else "namespace"
    near = closest(str(wanted), names)
    where = f" in `{target.namespace}`" if there and target.namespace else ""
    told = f"{named(at)} is for {target.kind} with the {key} `{wanted}`; there is none{where}"
    fix = f"write `{key}: {near}`" if near else f"write one of {listed(names[:_SHOWN])}"
    return MISSES.at((*at, key), told, fix=fix if names else f"leave `{key}` out")


def idle(name: str, objects: int) -> Finding:
    """Say that the patch changes none of its *objects*."""
    at = (PATCHES, name, MERGE)
    met = "its object has" if objects == 1 else f"each of its {objects} objects has"
    told = f"{named(at)} changes nothing: {met} all of it already"
    return IDLE.at(at, told, fix=f"take `{name}` away")


def collides(
    name: str, written: Written, others: Mapping[SpecPath, tuple[str, SpecPath]]
) -> Iterator[Finding]:
    """Yield the fields of an object that another patch wrote before; *others* has those.

    What one writes and what is in or around it is one field to both.
    """
    for route, source in written.paths():
        for length in range(1, len(route) + 1):
            if found := others.get(route[:length]):
                break
        else:
            below = (each for each in others if each[: len(route)] == route)
            found = others.get(next(below, ()))
        if found:
            first, place = found
            yield COLLIDES.at(
                (PATCHES, name, MERGE, *source),
                f"`{name}` writes {named(route)}, and so does `{first}`",
                fix="write it in one of the two",
                related=(Related((PATCHES, first, MERGE, *place), "it is written here too"),),
            )


def refused(name: str, patch: Patch, body: Object) -> Iterator[Finding]:
    """Yield what the patch writes into an object, as it was emitted, that no patch may write."""
    kind, at = patch.target.kind, (PATCHES, name, MERGE)
    found = list(islice(outside(kind, patch.merge), _FAULTS))
    for place in found:
        yield _outside(kind, (*at, *place))
    for place in () if found else keys(patch.merge):
        key, what = str(place[-1]), str(place[-2]).removesuffix("s")
        before, after = _standing(body, place), _standing(patch.merge, place)
        if before == after:
            continue
        if what == "label" and before is not None:
            told = f"`{name}` writes the label `{key}`, which is {quoted(before)}"
            fix = "leave the label as it is: selectors and policies go by it"
            yield OUTSIDE.at((*at, *place), told, fix=fix)
        elif reserved(key, str(place[-2])):
            told = f"`{name}` writes the {what} `{key}`, which a controller acts on"
            fix = "leave the key out: platform.yaml says what depends on it"
            yield OUTSIDE.at((*at, *place), told, fix=fix)


def _standing(node: object, place: SpecPath) -> object:
    for step in place:
        node = node.get(step) if isinstance(node, Mapping) else None
    return node


def _outside(kind: str, at: SpecPath) -> Finding:
    place = at[3:]
    subject, field = f"`{at[1]}` writes {named(place)} of {kind}", str(place[-1])
    if field in _IDENTITY and place[:-1] in {(), ("metadata",)}:
        told, fix = f"{subject}, by which it is known", f"leave `{field}` out"
    elif word := next((WORDS[str(each)] for each in place if each in WORDS), ""):
        told, fix = f"{subject}, which platform.yaml has a word for", f"write {word} instead"
    else:
        near, following = beside(kind, place)
        where = f"of {named(near)}" if near else f"of {kind}"
        told = f"{subject}, which no patch can"
        fix = f"{where} a patch can write {listed(following)}"
    return OUTSIDE.at(at, told, fix=fix)
