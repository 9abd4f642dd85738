"""Helm values: every key that one version of a chart reads, with the type of its default.

One file holds one version: `catalogue/values/<component>/<version>.yaml`. It is apart from the
component's other facts because it is read only for a component whose values somebody sets.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from mlopsgen.facts.reading import CATALOGUE, Sourced, read

_ROOT = CATALOGUE / "values"
TYPES = frozenset({"any", "bool", "list", "number", "open", "text"})
"""What stands under a key that has none below it: `open` is a map whose keys are the user's."""

EVERY = "*"
"""Stands for keys that the values file doesn't have and a template may read by a name it makes."""


class ChartValues(Sourced):
    """The keys of one chart: a map for a map, a type for anything else.

    They are those of the values file, commented out ones among them, and those that templates
    name. A map that a template takes whole is `open`, as are the values of other charts.
    """

    keys: Mapping[str, Any]


@cache
def chart_values(component: str, version: str) -> ChartValues:
    """Return the values of the chart of *component* at *version*, which the catalogue has."""
    return read(_ROOT / component / f"{version}.yaml", ChartValues)
