"""Numbers in messages and in what is to be written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlopsgen.diagnostics import numeral


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (10, "10"),
        (1.0, "1"),
        (0.05, "0.05"),
        (1e6, "1000000"),
        (1234567.5, "1234567.5"),
        (-2.0, "-2"),
    ],
)
def test_a_number_has_all_its_digits(value, written):
    assert numeral(value) == written


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_no_digit_is_lost(value):
    assert float(numeral(value)) == value
