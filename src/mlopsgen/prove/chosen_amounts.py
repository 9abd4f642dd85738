"""Resources in Helm values of users: amounts that Kubernetes reads, and requests within limits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from mlopsgen.diagnostics import SpecPath
from mlopsgen.prove.emitted import reached
from mlopsgen.prove.schedule_terms import amounts

_QUANTITY = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]+)?")
"""What Kubernetes reads, without a sign: resources are never negative (1.33, apimachinery
pkg/api/resource/quantity.go)."""

_KINDS = ("requests", "limits")


def unfit(
    theirs: Mapping[str, object], whole: Mapping[str, object]
) -> Iterator[tuple[SpecPath, str]]:
    """Yield what of the resources in *theirs* the API server refuses, with what is wrong with it.

    *whole* are all values of the chart: a request of users may be over a limit of ours.
    """
    for path in _resources(theirs, ()):
        given = _at(theirs, path)
        for kind in _KINDS:
            for name, amount in _items(given.get(kind)):
                if amount is not None and not _is_amount(amount):
                    shown = f"`{amount}`" if isinstance(amount, str) else "of another kind"
                    yield (*path, kind, name), f"is {shown}; an amount is like `500m` or `2Gi`"
        asked, held = (amounts(_at(whole, path).get(kind)) for kind in _KINDS)
        said = {kind: dict(_items(_at(whole, path).get(kind))) for kind in _KINDS}
        for name in sorted({*asked} & {*held}):
            limit = said["limits"][name]
            both = (said["requests"][name], limit)
            if all(map(_is_amount, both)) and asked[name] > held[name]:
                kind = "requests" if name in dict(_items(given.get("requests"))) else "limits"
                asks = f"`{said['requests'][name]}`, and the limit is `{limit}`"
                limits = f"`{limit}`, and `{said['requests'][name]}` is asked for"
                yield (*path, kind, name), f"is {asks if kind == 'requests' else limits}"


def _resources(node: Mapping[str, object], path: SpecPath) -> Iterator[SpecPath]:
    """Yield where users wrote requests or limits, by what they are in."""
    if any("resources" in str(step).lower() for step in path) and {*_KINDS} & {*node}:
        yield path
    for key, value in node.items():
        if isinstance(value, Mapping):
            yield from _resources(value, (*path, key))


def _at(node: object, path: SpecPath) -> Mapping[str, object]:
    found = reached(node, path)
    return found if isinstance(found, Mapping) else {}


def _items(node: object) -> Iterator[tuple[str, object]]:
    yield from (
        ((str(key), value) for key, value in node.items()) if isinstance(node, Mapping) else ()
    )


def _is_amount(value: object) -> bool:
    plain = isinstance(value, str | int | float) and not isinstance(value, bool)
    return plain and _QUANTITY.fullmatch(str(value)) is not None
