"""Every expression that is emitted, with where it came from and what is said when it holds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mlopsgen.artifact import Artifact, Object
from mlopsgen.diagnostics import SpecPath
from mlopsgen.plan import Plan
from mlopsgen.prove.metric_values import seconds

Use = Literal["alert", "record", "panel", "trigger"]

OF_GRAFANA = "grafana_dashboard"
"""The label by which Grafana finds dashboards."""

_VALUES = re.compile(r"label_values\((?P<selector>.+), (?P<label>\w+)\)", re.ASCII | re.DOTALL)
"""What Grafana's variables ask for. It isn't PromQL; counting by the label reads the same."""

_PICKED = re.compile(r'=~?"\$\w+"', re.ASCII)
"""A label that is to be what a viewer picks, which may be any that there is."""

_ANY = '=~".+"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """PromQL, whose it is, and what is done with the answer."""

    text: str
    use: Use
    name: str
    """How a message names it."""

    at: SpecPath
    ours: bool
    """Whether no user wrote it."""

    holds_for: float = 0.0
    """Seconds."""

    said: tuple[str, ...] = ()
    """Templates that are filled in with its labels."""

    labels: Mapping[str, str] = field(default_factory=dict)
    """What a rule adds to them."""

    record: str = ""
    """The name that the answer is kept under, if it is."""


def expressions(plan: Plan, artifacts: Iterable[Artifact]) -> Iterator[Expression]:
    """Yield every expression in the objects of *artifacts*."""
    for artifact in artifacts:
        for document in artifact.objects:
            match document["kind"]:
                case "PrometheusRule":
                    yield from _rules(plan, artifact, document)
                case "ConfigMap" if OF_GRAFANA in (document["metadata"].get("labels") or {}):
                    yield from _panels(artifact, document)
                case "InferenceService":
                    yield from _triggers(artifact, document)
                case _:
                    pass


def _rules(plan: Plan, artifact: Artifact, document: Object) -> Iterator[Expression]:
    for group in document["spec"]["groups"]:
        for rule in group["rules"]:
            name = rule.get("alert") or rule["record"]
            own = name in plan.platform.alerts.custom
            at: SpecPath = ("alerts", "custom", name, "expr") if own else artifact.origin[-1]
            yield Expression(
                text=str(rule["expr"]),
                use="alert" if "alert" in rule else "record",
                name=f"`{'.'.join(map(str, at))}`" if own else f"`{name}` in `{artifact.path}`",
                at=at,
                ours=not own,
                holds_for=seconds(rule.get("for")),
                said=tuple((rule.get("annotations") or {}).values()),
                labels=rule.get("labels") or {},
                record=rule.get("record", ""),
            )


def _panels(artifact: Artifact, document: Object) -> Iterator[Expression]:
    for text in (document.get("data") or {}).values():
        try:
            board = json.loads(text)
        except ValueError:  # which is told of the dashboard itself
            continue
        yield from _variables(artifact, board)
        for panel in board.get("panels") or ():
            for target in panel.get("targets") or ():
                yield Expression(
                    text=_PICKED.sub(_ANY, target.get("expr", "")),
                    use="panel",
                    name=f"the panel `{panel.get('title', '')}` in `{artifact.path}`",
                    at=artifact.origin[0],
                    ours=True,
                )


def _variables(artifact: Artifact, board: Mapping[str, Any]) -> Iterator[Expression]:
    for variable in (board.get("templating") or {}).get("list") or ():
        if asked := _VALUES.fullmatch(str(variable.get("query"))):
            yield Expression(
                text=f"count by ({asked['label']}) ({_PICKED.sub(_ANY, asked['selector'])})",
                use="panel",
                name=f"the variable `{variable.get('name')}` in `{artifact.path}`",
                at=artifact.origin[0],
                ours=True,
            )


def _triggers(artifact: Artifact, document: Object) -> Iterator[Expression]:
    scaled = document["spec"]["predictor"].get("autoScaling") or {}
    for metric in scaled.get("metrics") or ():
        query = ((metric.get("external") or {}).get("metric") or {}).get("query")
        if query:
            yield Expression(
                text=query,
                use="trigger",
                name=f"the trigger of `{document['metadata']['name']}`",
                at=(*artifact.origin[0], "scale", "metric"),
                ours=True,
            )
