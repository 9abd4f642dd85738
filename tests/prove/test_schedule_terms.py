"""What pods ask of nodes is read as Kubernetes reads it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlopsgen import units
from mlopsgen.prove.schedule_terms import (
    Requirement,
    Taint,
    quantity,
    terms,
    tolerated,
    tolerations,
    unmet,
)

LABELS = {
    "disk": frozenset({"ssd"}),
    "zone": frozenset({"a", "b"}),
    "memory": frozenset({"16384"}),
    "name": frozenset[str](),
}


@pytest.mark.parametrize(
    ("text", "amount"),
    [("2", 2), ("1.5Gi", 3 * 2**29), ("100k", 100_000), ("1e3", 1000), ("1E", 10**18), ("500m", 1)],
)
def test_quantities(text, amount):
    assert quantity(text) == amount


@pytest.mark.parametrize("text", ["", "much", "-1", "1 Gi", "0x10", "1e9999999", "nan", "Gi"])
def test_what_is_no_quantity_is_nothing(text):
    assert quantity(text) == 0


@given(st.integers(min_value=0, max_value=2**50))
def test_what_is_written_is_read_again(count):
    assert quantity(units.memory(count)) == count
    assert quantity(units.cpu(count), thousandths=True) == count


@pytest.mark.parametrize(
    ("operator", "key", "values", "met"),
    [
        ("In", "disk", ("ssd", "hdd"), True),
        ("In", "disk", ("hdd",), False),
        ("In", "gpu", ("a100",), False),
        ("NotIn", "disk", ("ssd",), False),
        ("NotIn", "zone", ("a",), True),
        ("NotIn", "gpu", ("a100",), True),
        ("Exists", "disk", (), True),
        ("Exists", "gpu", (), False),
        ("DoesNotExist", "gpu", (), True),
        ("DoesNotExist", "disk", (), False),
        ("Gt", "memory", ("16000",), True),
        ("Gt", "memory", ("16384",), False),
        ("Lt", "memory", ("20000",), True),
        ("Lt", "disk", ("20000",), False),
        ("Exists", "name", (), True),
        ("In", "name", ("general",), False),
    ],
)
def test_requirements(operator, key, values, met):
    assert (unmet([Requirement(key, operator, values)], LABELS) is None) is met


def test_requirements_on_one_label_hold_together():
    first, second = Requirement("zone", "NotIn", ("a",)), Requirement("zone", "In", ("a", "c"))

    assert unmet([first], LABELS) is None
    assert unmet([first, second], LABELS) == second


@pytest.mark.parametrize(
    ("toleration", "passes"),
    [
        ({"operator": "Exists"}, True),
        ({"key": "team", "operator": "Exists"}, True),
        ({"key": "team", "value": "search"}, True),
        ({"key": "team", "operator": "Equal", "value": "search", "effect": "NoSchedule"}, True),
        ({"key": "team", "operator": "Equal", "value": "search", "effect": "NoExecute"}, False),
        ({"key": "team", "value": "ads"}, False),
        ({"key": "other", "operator": "Exists"}, False),
        ({}, False),
    ],
)
def test_tolerations(toleration, passes):
    found = tolerations({"tolerations": [toleration]})

    assert tolerated(Taint("team", "search", "NoSchedule"), found) is passes


def test_a_selector_and_each_alternative_of_affinity_hold_together():
    required = {
        "nodeSelectorTerms": [
            {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a"]}]},
            {"matchExpressions": [{"key": "disk", "operator": "Exists"}]},
        ]
    }
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}

    found = terms({"nodeSelector": {"pool": "gpu"}, "affinity": affinity})

    pool = Requirement("pool", "In", ("gpu",))
    assert found == (
        (pool, Requirement("zone", "In", ("a",))),
        (pool, Requirement("disk", "Exists")),
    )
