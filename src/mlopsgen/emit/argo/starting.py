"""What a run is started with, by people and by schedules."""

from __future__ import annotations

from typing import Any

from mlopsgen.diagnostics import numeral
from mlopsgen.spec import Parameter, Pipeline, Schedule
from mlopsgen.spec.pipelines import as_text

Row = dict[str, Any]


def parameters(pipeline: Pipeline) -> list[Row]:
    """Return the parameters of *pipeline*; one without a value must be given one at the start."""
    return [_parameter(name, one) for name, one in pipeline.declared.items()]


def arguments(schedule: Schedule) -> list[Row]:
    """Return the values that scheduled runs are started with."""
    return [{"name": name, "value": as_text(one)} for name, one in schedule.arguments.items()]


def stopping(schedule: Schedule) -> str:
    """Return the expression that ends a schedule, empty where nothing does."""
    limit = schedule.stop_after_failures
    return f"cronworkflow.failed >= {limit}" if limit else ""


def _parameter(name: str, one: Parameter) -> Row:
    row: Row = {"name": name}
    if one.given is not None:
        row["value"] = one.given
    if choices := _choices(one):
        row["enum"] = list(choices)
    if told := _told(one):
        row["description"] = told
    return row


def _told(one: Parameter) -> str:
    """Return what the person who starts a run is told: what it is, and its limits."""
    limits = [
        f"{word} {numeral(limit)}"
        for word, limit in (("at least", one.minimum), ("at most", one.maximum))
        if limit is not None
    ]
    words = [one.description or "", f"({', '.join(limits)})" if limits else ""]
    return " ".join(word for word in words if word)


def _choices(one: Parameter) -> tuple[str, ...]:
    """Return the texts a value may be; the empty one among them where it may be left out."""
    choices = tuple(as_text(choice) for choice in one.enum)
    if not choices and one.type == "boolean":
        choices = ("true", "false")
    return (*choices, "") if choices and one.optional and "" not in choices else choices
