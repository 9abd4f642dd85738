"""Dashboards, held against Grafana's own models of them."""

from __future__ import annotations

import json
import re
from copy import deepcopy

import grafana_foundation_sdk.models.units as grafana_units
import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from mlopsgen.emit.dashboards.panels import Unit
from tests.build import ROOT

register_default_plugins()

FILES = sorted(
    file
    for folder in ("generated", "tests/golden")
    for file in (ROOT / folder).rglob("configmap-monitoring.dashboard-*.yaml")
)
UNITS = {text for name, text in vars(grafana_units).items() if not name.startswith("_")}
MIB = 2**20


def _name(file):
    return str(file.relative_to(ROOT))


def _board(file):
    [text] = yaml.safe_load(file.read_text(encoding="utf-8"))["data"].values()
    return json.loads(text)


def _lost(ours, theirs, path=""):
    """Return what of *ours* Grafana's models don't know or take for something else."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return [
            fault
            for key, value in ours.items()
            for fault in _lost(value, theirs.get(key, ...), f"{path}.{key}")
        ]
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        pairs = enumerate(zip(ours, theirs, strict=True))
        return [fault for at, (a, b) in pairs for fault in _lost(a, b, f"{path}[{at}]")]
    return [] if ours == theirs else [path]


def _read_by_grafana(board):
    return json.loads(json.dumps(Dashboard.from_json(deepcopy(board)), cls=JSONEncoder))


def _panels(board):
    return board["panels"]


def _changed(board, path, value):
    changed = deepcopy(board)
    *steps, last = path
    here = changed
    for step in steps:
        here = here[step]
    here[last] = value
    return changed


def test_there_are_dashboards_of_every_kind_to_look_at():
    kinds = {file.stem.partition("dashboard-")[2] for file in FILES}

    assert kinds == {"costs", "gpus", "language-models", "model", "pipelines", "platform-overview"}


@pytest.mark.parametrize("file", FILES, ids=_name)
def test_grafana_knows_every_key_and_value(file):
    board = _board(file)

    assert _lost(board, _read_by_grafana(board)) == []
    assert len(file.read_bytes()) < MIB


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("timezones",), "utc"),
        (("panels", 0, "gridPoss"), {"x": 0}),
        (("panels", 0, "options", "legends"), {}),
        (("panels", 0, "options", "tooltip", "modes"), "multi"),
        (("panels", 0, "targets", 0, "legend"), "x"),
        (("panels", 0, "fieldConfig", "defaults", "units"), "s"),
        (("templating", "list", 1, "queries"), "x"),
    ],
    ids=lambda value: ".".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_a_key_that_grafana_does_not_have_is_seen(path, value):
    file = next(one for one in FILES if "dashboard-model" in one.name)
    broken = _changed(_board(file), path, value)

    assert _lost(broken, _read_by_grafana(broken)) == [
        "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    ]


def test_units_are_grafanas():
    assert set(Unit.__args__) - UNITS == set()


@pytest.mark.parametrize("file", FILES, ids=_name)
def test_panels_have_a_number_a_place_a_unit_and_a_description_each(file):
    panels = _panels(_board(file))
    cells = [
        (panel["gridPos"]["x"] + x, panel["gridPos"]["y"] + y)
        for panel in panels
        for x in range(panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["h"])
    ]

    assert len({panel["id"] for panel in panels}) == len(panels)
    assert len({panel["title"] for panel in panels}) == len(panels)
    assert len(set(cells)) == len(cells)
    assert all(0 <= x < 24 for x, _ in cells)
    assert all(panel["description"].endswith(".") for panel in panels)
    assert {panel["fieldConfig"]["defaults"]["unit"] for panel in panels} <= UNITS
    assert all(panel["targets"] for panel in panels)
    for panel in panels:
        refs = [target["refId"] for target in panel["targets"]]
        assert len(set(refs)) == len(refs)


@pytest.mark.parametrize("file", FILES, ids=_name)
def test_no_data_source_is_guessed_and_every_variable_is_there(file):
    board = _board(file)
    text = file.read_text(encoding="utf-8")
    there = {each["name"] for each in board["templating"]["list"]}

    assert {*re.findall(r"\$\{?([a-z]+)", text)} <= there
    sources = [each["datasource"] for panel in board["panels"] for each in panel["targets"]]
    assert {each["uid"] for each in sources} <= {"${datasource}"}
