"""What charts read is held against what the catalogue says of them elsewhere."""

import pytest

from mlopsgen.facts import component, component_names, versions
from mlopsgen.facts.helm import EVERY, TYPES, chart_values
from mlopsgen.facts.reading import CATALOGUE
from mlopsgen.spec.components import Components

CHARTS = [
    (name, version)
    for name in component_names()
    if name in Components.model_fields or name.replace("-", "_") in Components.model_fields
    for version in versions(name)
    if component(name, version).chart
]


def _leaves(keys):
    for value in keys.values():
        if isinstance(value, dict):
            assert value
            yield from _leaves(value)
        else:
            yield value


def test_every_chart_that_users_can_set_values_of_has_its_keys():
    files = {(file.parent.name, file.stem) for file in (CATALOGUE / "values").glob("*/*.yaml")}

    assert files == set(CHARTS)


@pytest.mark.parametrize(("name", "version"), CHARTS)
def test_leaves_are_types(name, version):
    assert {*_leaves(chart_values(name, version).keys)} <= TYPES


@pytest.mark.parametrize(("name", "version"), CHARTS)
def test_the_values_that_the_other_facts_name_are_among_them(name, version):
    keys = chart_values(name, version).keys
    missing = [
        path for path in component(name, version).values.keys if not _has(keys, path.split("."))
    ]

    assert missing == []


def _has(keys, steps):
    if not steps or steps == ["*"] or keys in ("open", "any"):
        return True
    if not isinstance(keys, dict):
        return False
    # `grafana.ini` is one key with a dot in it.
    heads = [(".".join(steps[:length]), steps[length:]) for length in (1, 2)]
    return any(_has(keys[head], rest) for head, rest in heads if head in keys) or EVERY in keys
