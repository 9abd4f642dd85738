"""Helm values that users write: the chart reads them, and takes them for what they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mlopsgen.check.checked import Checked, choose
from mlopsgen.diagnostics import Finding, SpecPath, rule
from mlopsgen.facts import versions
from mlopsgen.facts.components import default_version
from mlopsgen.facts.helm import EVERY, chart_values
from mlopsgen.spec import Component
from mlopsgen.spec.said import named, quoted


@dataclass(frozen=True, slots=True)
class _Value:
    """A value that a user wrote, beside what the chart has there: a type, or the keys of a map.

    `taken` is None for what no template reads. Of it only the topmost value is one of these.
    """

    at: SpecPath
    value: object
    taken: str | Mapping[str, object] | None
    beside: tuple[str, ...]
    chart: str


@rule("HELM001")
def values_are_read(checked: Checked) -> Iterator[Finding]:
    """Every Helm value is one that the chart reads.

    Helm says nothing about a value that no template reads. The component is installed without the
    setting, after an upgrade of its chart too that gave the key another name.
    """
    for one in _values(checked):
        if one.taken is None:
            yield Finding(
                at=one.at,
                message=f"{one.chart} reads no value {quoted(one.at[-1])} in {named(one.at[:-1])}",
                fix=f"{choose(str(one.at[-1]), [*one.beside])}, or take the key away",
                on_key=True,
            )


@rule("HELM002")
def values_fit_their_defaults(checked: Checked) -> Iterator[Finding]:
    """A Helm value has the type that the chart's templates count on.

    A text that isn't empty is true for a template, `"false"` among them. Where the chart has a map
    Helm leaves out a value that is none, and says so only to whoever runs it.
    """
    for one in _values(checked):
        if one.taken == "bool" and isinstance(one.value, str):
            meant = "false" if one.value.lower() in {"false", "no", "off", ""} else "true"
            yield Finding(
                at=one.at,
                message=f"{named(one.at)} is the text {quoted(one.value)}; {one.chart} takes true"
                " or false",
                fix=f"write `{meant}` without quotes",
            )
        elif isinstance(one.taken, Mapping) and not isinstance(one.value, Mapping | None):
            below = choose("", sorted(one.taken)).removeprefix("write ")
            yield Finding(
                at=one.at,
                message=f"{named(one.at)} is {_said(one.value)}; {one.chart} has a map there",
                fix=f"write below it {below}",
            )


def _said(value: object) -> str:
    return "a list" if isinstance(value, list | tuple) else quoted(value)


def _values(checked: Checked) -> Iterator[_Value]:
    """Yield the Helm values of every component, maps before what is in them."""
    for name, spec in checked.platform.components.declared().items():
        if not isinstance(spec, Component) or not spec.values:
            continue
        version = (spec.chart or default_version(name)).removeprefix("v")
        if version in versions(name):
            keys = chart_values(name, version).keys
            chart = f"chart {version} of `{name}`"
            yield from _below(("components", name, "values"), spec.values, keys, chart)


def _below(
    at: SpecPath, values: Mapping[str, object], taken: Mapping[str, object], chart: str
) -> Iterator[_Value]:
    beside = tuple(sorted(key for key in taken if key != EVERY))
    for key, value in values.items():
        kind = taken.get(key, taken.get(EVERY))
        known = kind if isinstance(kind, str | Mapping) else None
        # A map of which any key may be read may also be something else.
        strict = "any" if isinstance(known, Mapping) and EVERY in known else known
        plain = strict if not isinstance(value, Mapping) else known
        yield _Value((*at, key), value, plain, beside, chart)
        if isinstance(value, Mapping) and isinstance(known, Mapping):
            yield from _below((*at, key), value, known, chart)


RULES = (values_are_read, values_fit_their_defaults)
