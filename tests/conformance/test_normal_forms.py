"""What is written is what the API server keeps, so that Argo CD finds no difference for ever.

The model here is that of apimachinery: a Quantity that passes through the API server, or through a
webhook that reads objects into Go as that of KServe does, comes out in canonical form, and a port
gets a protocol. Durations of custom kinds are text to the API server and stay as they are. Whole
numbers from 1000 on become 1k; a server-side diff, which OWN004 asks for, compares what becomes of
both sides.
"""

import re
from decimal import Decimal

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mlopsgen import units
from tests.golden import platforms

AMOUNTS = frozenset(
    {"requests", "limits", "hard", "default", "defaultRequest", "max", "min", "sizeLimit"}
)
BINARY = ("", "Ki", "Mi", "Gi", "Ti", "Pi")
DECIMAL = {"m": Decimal("0.001"), "": Decimal(1), "k": Decimal(1000)}
WRITTEN = re.compile(r"([0-9]+(?:\.[0-9]+)?)(m|k|Ki|Mi|Gi|Ti|Pi|)")
MEANING = {"emptyDir", "podSelector", "log", "none", "nodeAntiAffinity", "value"}
"""Keys under which nothing says something: which volume, every pod, which of several, a parameter
that may be left out."""


def canonical(text):
    """Return *text* as a Quantity that was read and written again."""
    amount, unit = WRITTEN.fullmatch(text).groups()
    if unit in DECIMAL:
        value = Decimal(amount) * DECIMAL[unit]
        whole = value == value.to_integral_value()
        return str(int(value)) if whole else f"{int(value * 1000)}m"
    power = BINARY.index(unit)
    value = Decimal(amount) * 1024**power
    power = 0
    while value % 1024 == 0 and power < len(BINARY) - 1:
        value, power = value / 1024, power + 1
    return f"{int(value)}{BINARY[power]}"


def _amounts(node, key=""):
    """Yield every quantity in *node*, as text."""
    if isinstance(node, dict):
        for name, child in node.items():
            yield from _amounts(child, name if key not in AMOUNTS else key)
    elif isinstance(node, list):
        for child in node:
            yield from _amounts(child)
    elif key in AMOUNTS and isinstance(node, str) and WRITTEN.fullmatch(node):
        yield node


def _empty(node, key=""):
    """Yield where *node* holds nothing: nulls, and empty maps and lists that mean nothing."""
    if node is None or (node in ({}, [], "") and not isinstance(node, bool)):
        if key not in MEANING:
            yield key
    elif isinstance(node, dict):
        for name, child in node.items():
            yield from _empty(child, name)
    elif isinstance(node, list):
        for child in node:
            yield from _empty(child, key)


def _ports(node):
    """Yield the ports of containers, Services and network policies."""
    if isinstance(node, dict):
        for name, child in node.items():
            if name == "ports" and isinstance(child, list):
                yield from (port for port in child if isinstance(port, dict))
            yield from _ports(child)
    elif isinstance(node, list):
        for child in node:
            yield from _ports(child)


def _objects(out):
    for path in sorted(out.rglob("apps/*/*.yaml")):
        for document in yaml.load_all(path.read_text(encoding="utf-8"), yaml.CSafeLoader):
            yield path, document


CASES = [pytest.param(out, id=name) for name, (_, out) in platforms().items()]


@pytest.mark.parametrize("out", CASES)
def test_the_api_server_changes_nothing_of_what_is_written(out):
    for path, document in _objects(out):
        # Settings of other programs and PromQL are text to the API server.
        if document["kind"] in {"ConfigMap", "PrometheusRule"}:
            continue
        spec = {key: child for key, child in document.items() if key != "metadata"}
        strange = [text for text in _amounts(spec) if text != canonical(text)]
        assert strange == [], path
        if document["kind"] in {"Deployment", "InferenceService", "NetworkPolicy", "Service"}:
            assert all("protocol" in port for port in _ports(spec)), path


@pytest.mark.parametrize("out", CASES)
def test_nothing_is_written_that_the_api_server_would_leave_out(out):
    found = {
        (document["kind"], key)
        for _, document in _objects(out)
        for key in _empty(document)
        # The core group has an empty name, and so has the group of a Service in a route. What a
        # project permits outside of namespaces is kept as it is: it is a field of a CRD.
        if key not in {"apiGroups", "apiGroup", "group", "clusterResourceWhitelist"}
    }

    assert found == set()


@pytest.mark.parametrize(
    ("written", "kept"),
    [("1000m", "1"), ("500m", "500m"), ("0.5", "500m"), ("1024Mi", "1Gi"), ("1536Mi", "1536Mi"),
     ("1.5Gi", "1536Mi"), ("2048Gi", "2Ti"), ("1k", "1000"), ("100", "100")],
)  # fmt: skip
def test_the_model_is_that_of_apimachinery(written, kept):
    assert canonical(written) == kept


@given(st.integers(1, 10**7))
@settings(max_examples=80)
def test_cpus_are_written_as_they_are_kept(millis):
    assert canonical(units.cpu(millis)) == units.cpu(millis)


@given(st.integers(1, 2**10), st.sampled_from([2**20, 2**30, 2**40]), st.integers(0, 9))
@settings(max_examples=80)
def test_bytes_are_written_as_they_are_kept(count, unit, more):
    written = units.memory(count * unit + more * 2**20)

    assert canonical(written) == written
