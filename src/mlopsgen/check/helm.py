"""Helm values that users write: the chart reads them, and takes them for what they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from mlopsgen.check.checked import Checked, choose
from mlopsgen.diagnostics import Finding, SpecPath, rule
from mlopsgen.facts import component, versions
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
    Helm leaves out a value that is none, and says so only to whoever runs it. What is a map or a
    list in place of a plain value is written out as one, and refused where it is used.
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
        elif isinstance(one.taken, str) and _unlike(one.taken, one.value):
            yield Finding(
                at=one.at,
                message=f"{named(one.at)} is {_said(one.value)}; {one.chart} has"
                f" {_TYPES[one.taken]} there",
                fix=f"write {_TYPES[one.taken]}, or take the key away",
            )


_TYPES = {"bool": "true or false", "list": "a list", "number": "a number"}
"""What a value has to be, where nothing else will do: text may be made of anything."""


def _unlike(taken: str, value: object) -> bool:
    """Say whether *value* is of a kind that templates can do nothing with where *taken* stands."""
    structure = isinstance(value, Mapping | list | tuple)
    match taken:
        case "bool":
            return structure or (isinstance(value, int | float) and not isinstance(value, bool))
        case "number":
            return structure or isinstance(value, bool)
        case "list":
            plain = isinstance(value, bool | int | float) or (isinstance(value, str) and value)
            return bool(plain) or isinstance(value, Mapping)
        case _:
            return False


@rule("HELM003")
def workloads_have_pods(checked: Checked) -> Iterator[Finding]:
    """A component that is installed has pods.

    Without a pod a webhook refuses, or lets pass unasked, whatever it is asked about, and a
    controller does nothing with the objects that are made for it. Nothing reports it: a Deployment
    with no replicas is a healthy one.
    """
    for name, version, spec in _versions(checked):
        for key, workload in component(name, version).workloads.items():
            path = tuple(workload.placed.replicas.split(".")) if workload.placed else ()
            if str(_at(spec.values, path)) == "0":
                at: SpecPath = ("components", name, "values", *path)
                yield Finding(
                    at=at,
                    message=f"{named(at)} is 0, so that the {key} of `{name}` has no pod",
                    fix=f"write 1 or more, or take the component `{name}` away",
                )


def _at(values: object, path: Iterable[str]) -> object:
    for step in path:
        values = values.get(step) if isinstance(values, Mapping) else None
    return values


def _said(value: object) -> str:
    match value:
        case list() | tuple():
            return "a list"
        case Mapping():
            return "a map"
        case _:
            return quoted(value)


def _values(checked: Checked) -> Iterator[_Value]:
    """Yield the Helm values of every component, maps before what is in them."""
    for name, version, spec in _versions(checked):
        keys = chart_values(name, version).keys
        chart = f"chart {version} of `{name}`"
        yield from _below(("components", name, "values"), spec.values, keys, chart)


def _versions(checked: Checked) -> Iterator[tuple[str, str, Component]]:
    """Yield the components with values of users' own whose chart is known, with its version."""
    for name, spec in checked.platform.components.declared().items():
        if isinstance(spec, Component) and spec.values:
            version = (spec.chart or default_version(name)).removeprefix("v")
            if version in versions(name):
                yield name, version, spec


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


RULES = (values_are_read, values_fit_their_defaults, workloads_have_pods)
