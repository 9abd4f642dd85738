"""Quantities are read as they were meant, and written back as users write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from mlopsgen.spec.quantities import Cpu, Duration, Memory
from mlopsgen.spec.route import bare

READ = {Cpu: TypeAdapter(Cpu), Duration: TypeAdapter(Duration), Memory: TypeAdapter(Memory)}


@pytest.mark.parametrize(
    ("kind", "text", "number"),
    [
        (Cpu, 2, 2000),
        (Cpu, 0.5, 500),
        (Cpu, "0.125", 125),
        (Cpu, "1500m", 1500),
        (Memory, "512Mi", 512 * 2**20),
        (Memory, "1G", 10**9),
        (Memory, "3k", 3000),
        (Duration, "1h30m", 5_400_000),
        (Duration, "250ms", 250),
        (Duration, "1m1s", 61_000),
    ],
)
def test_a_quantity_is_read(kind, text, number):
    assert READ[kind].validate_python(text) == number


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Cpu, True),
        (Cpu, "1.2345"),
        (Cpu, "0"),
        (Cpu, [1]),
        (Cpu, "\u0661"),
        (Memory, 1024),
        (Memory, "2GB"),
        (Memory, "0Gi"),
        (Memory, f"{'9' * 5000}Gi"),
        (Duration, ""),
        (Duration, "1m1h"),
        (Duration, "1d"),
        (Duration, f"{'9' * 5000}s"),
    ],
)
def test_a_quantity_without_sense_is_refused(kind, text):
    with pytest.raises(ValidationError):
        READ[kind].validate_python(text)


@pytest.mark.parametrize("kind", READ)
@given(number=st.integers(1, 10**8))
def test_a_quantity_is_written_as_it_is_read(kind, number):
    kept = number * 1024 if kind is Memory else number

    written = bare(kind).form.written(kept)

    assert READ[kind].validate_python(written) == kept
