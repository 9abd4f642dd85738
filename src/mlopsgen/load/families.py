"""Families into their models: in plain data, before anything looks at a value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from mlopsgen.diagnostics import Finding, Place, Related, SpecPath
from mlopsgen.load.merge import overlay_onto
from mlopsgen.load.rules import UNKNOWN_FAMILY
from mlopsgen.load.source import FAMILIES, FAMILY, MODELS, Source
from mlopsgen.spec.families import shared
from mlopsgen.spec.keys import closest
from mlopsgen.spec.said import listed, named, quoted

_SHOWN = 3
"""Models that are pointed at when a finding is about what many of them share."""


def with_families(
    data: dict[str, Any], base: Mapping[str, Any], overlay: Mapping[str, Any]
) -> dict[str, Any]:
    """Return *data*, which is *overlay* on *base*, with each model laid over its family.

    The model's own keys are taken from *base* and *overlay* again: a null in either takes away
    what the family says, and *data* has no nulls of the overlay any more. A null that meets
    nothing in the family stays, and is what it is in any model.
    """
    families = _map(data.get(FAMILIES))
    members = {
        model: families[family]
        for model, family in _members(data)
        if isinstance(families.get(family), dict)
    }
    if not members:
        return data
    models = dict(data[MODELS])
    for name, family in members.items():
        model = _own_over(shared(family, name), _map(_map(base.get(MODELS)).get(name)))
        models[name] = overlay_onto(model, _map(_map(overlay.get(MODELS)).get(name)))
    return {**data, MODELS: models}


def _own_over(family: dict[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(family)
    for key, value in own.items():
        if isinstance(value, dict):
            result[key] = _own_over(_map(family.get(key)), value)
        elif value is None and key in family:
            del result[key]
        else:
            result[key] = value
    return result


def met(base: Mapping[str, Any], overlay: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a null of *overlay* may meet: *base*, and in its models what families say."""
    chosen = {name: {FAMILY: family} for name, family in _members(overlay)}
    families = _map(overlay.get(FAMILIES))
    data = overlay_onto(base, {FAMILIES: families, MODELS: chosen})
    return {**with_families(data, base, {MODELS: chosen}), FAMILIES: base.get(FAMILIES)}


def orphans(data: Mapping[str, Any]) -> frozenset[SpecPath]:
    """Return the models of *data* whose family has nothing to give them."""
    families = _map(data.get(FAMILIES))
    return frozenset(
        (MODELS, model)
        for model, family in _members(data)
        if not isinstance(families.get(family), dict)
    )


def unknown_families(data: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield the models of *data* that name a family there isn't."""
    families = _map(data.get(FAMILIES))
    for model, family in _members(data):
        if family in families:
            continue
        at = (MODELS, model, FAMILY)
        near = closest(family, list(families))
        known = f"write `{near}`" if near else f"write one of {listed(sorted(families))}"
        declare = f"declare {quoted(family)} under `{FAMILIES}`"
        place: SpecPath = (FAMILIES, near) if near else (FAMILIES,)
        words = f"`{near}` is declared here" if near else "they are declared here"
        yield UNKNOWN_FAMILY.at(
            at,
            f"{named(at)} is {quoted(family)}; no family has that name",
            fix=f"{known}, or {declare}" if families else declare,
            related=(Related(place, words),) if families else (),
        )


def gathered(findings: Iterable[Finding], source: Source, environment: str) -> Iterator[Finding]:
    """Yield *findings*, those about a value that a family says once, where the family says it.

    The models come along as related places. A mistake that was found in the family by itself is
    not told again for its models.
    """
    everything = list(findings)
    known = {(each.code, each.at) for each in everything if _below(each.at, FAMILIES)}
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for each in everything:
        at = each.at
        if isinstance(at, Place) or not _below(at, MODELS):
            groups[len(groups), each.code] = [each]
            continue
        origin = source.origin(at, environment)
        if origin == at:
            groups[len(groups), each.code] = [each]
        elif (each.code, origin) not in known:
            model = f"{MODELS}.{at[1]}"
            words = (each.message.replace(model, MODELS), each.fix.replace(model, MODELS))
            groups.setdefault((each.code, origin, *words), []).append(each)
    for group in groups.values():
        yield _one(group, source, environment)


def _one(group: list[Finding], source: Source, environment: str) -> Finding:
    """Return the first of *group*, at its family and with the models it is about."""
    first = group[0]
    at = first.at if isinstance(first.at, Place) else source.origin(first.at, environment)
    if at == first.at:
        return first
    models = [each.at[1] for each in group if not isinstance(each.at, Place)]
    more = len(models) - _SHOWN
    related = [Related((MODELS, model, FAMILY), f"`{model}` takes it") for model in models[:_SHOWN]]
    if more > 0:
        words = f"{related[-1].message}, and so do {more} more"
        related[-1] = replace(related[-1], message=words)
    return replace(first, at=at, related=(*first.related, *related))


def _below(at: SpecPath | Place, section: str) -> bool:
    return not isinstance(at, Place) and at[:1] == (section,)


def _members(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the models that have a family, with its name."""
    for name, model in _map(data.get(MODELS)).items():
        if isinstance(model, dict) and isinstance(family := model.get(FAMILY), str):
            yield name, family


def _map(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
