"""Dashboards: every panel asks a data source that Grafana has."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mlopsgen.artifact import Artifact
from mlopsgen.diagnostics import Finding, Rule
from mlopsgen.prove.emitted import OUR_FAULT, origin
from mlopsgen.prove.expressions import OF_GRAFANA

SOURCED = Rule(
    "METRIC013",
    "every panel asks a data source that Grafana has",
    "A panel whose data source isn't there, or that has no query, shows an error in place of a"
    " curve. Nobody sees it before the incident that the dashboard is there for.",
)
RULES = (SOURCED,)

_TYPE = "prometheus"
_KINDS = ("datasource", "query")


def sourced(artifacts: Iterable[Artifact]) -> Iterator[Finding]:
    """Yield the panels of dashboards that ask nobody, or nothing."""
    for artifact in artifacts:
        for document in artifact.objects:
            if document["kind"] == "ConfigMap" and OF_GRAFANA in (
                document["metadata"].get("labels") or {}
            ):
                for name, text in (document.get("data") or {}).items():
                    for told in _faults(text):
                        said = f"`{artifact.path}`: `{name}`: {told}"
                        yield SOURCED.at(origin(artifact), said, fix=OUR_FAULT)


def _faults(text: str) -> Iterator[str]:
    try:
        board = json.loads(text)
    except ValueError:
        yield "isn't JSON"
        return
    choices = {
        f"${{{each.get('name')}}}"
        for each in (board.get("templating") or {}).get("list") or ()
        if each.get("type") == "datasource" and each.get("query") == _TYPE
    }
    for variable in (board.get("templating") or {}).get("list") or ():
        yield from _picked(variable, choices)
    for panel in board.get("panels") or ():
        called = f"the panel `{panel.get('title', '')}`"
        for asked in (panel, *(panel.get("targets") or ())):
            if told := _unsourced(asked.get("datasource"), choices):
                yield f"{called} {told}"
        for target in panel.get("targets") or ():
            if not target.get("expr"):
                yield f"{called} has a target without a query"


def _picked(variable: Mapping[str, Any], choices: set[str]) -> Iterator[str]:
    """Yield what is wrong with what viewers pick from."""
    called = f"the variable `{variable.get('name', '')}`"
    kind, asked = variable.get("type"), variable.get("query")
    if not variable.get("name") or kind not in _KINDS:
        yield f"{called} has no name, or is of none of the kinds {', '.join(_KINDS)}"
    elif not asked:
        yield f"{called} has nothing to pick from"
    elif kind == "query" and (told := _unsourced(variable.get("datasource"), choices)):
        yield f"{called} {told}"


def _unsourced(source: Mapping[str, Any] | None, choices: set[str]) -> str:
    """Return what is wrong with a data source; one that is fixed is Grafana's own Prometheus."""
    if source is None:
        return ""
    if source.get("type") != _TYPE:
        return f"asks a data source of type `{source.get('type')}`, not of `{_TYPE}`"
    if source.get("uid") not in {*choices, _TYPE}:
        return f"asks the data source `{source.get('uid')}`, which nothing stands for"
    return ""
