import datetime as dt

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from mlopsgen.load.scalars import Surprise, resolve, shortened

TEXTS = (
    "iris", "1.33.0", "10.0.0.0/16", "2Gi", "99.5%", "1s", "models:/iris@champion", "eu-west-1",
    "0 4 * * 1-5", "nvidia.com/gpu=true:NoSchedule", "8080:80", "g5", "1.5e", "e3", "0x", "-", ".",
    "..", "+", "yEs", "nULL", "1-2", "2001-01", "v1", "12:60", "1a", "0b2", "_1", "on-demand",
    "spot", "none", "No one", "f", "t", "2024-01-01-rc1", "1.2.3.4", "1,000", "-x", "é",
)  # fmt: skip
NUMBERS = {
    "0": 0, "-1": -1, "7": 7, "111122223333": 111122223333, "999999999999999999": 10**18 - 1,
    "1.10": 1.1, "1.33": 1.33, "0.5": 0.5, "-0.5": -0.5, ".5": 0.5, "5.": 5.0, "1.5e+3": 1500.0,
    "1.0e-5": 1e-5,
}  # fmt: skip
SURPRISES = {
    "LOAD019": (
        "NO", "no", "No", "y", "Y", "n", "N", "yes", "Yes", "YES", "On", "ON", "on", "off", "Off",
        "OFF", "True", "TRUE", "False", "FALSE", "Null", "NULL", "<<", "=",
    ),
    "LOAD020": (
        "012345671234", "00", "007", "-01", "089", "0x1F", "0XfF", "0o17", "0b1", "-0b1",
        "12:34:56", "190:20:30", "12:30", "1:2.5", "1_000", "1_0.5", "0x_1", "1e3", "1E3", "1.5e3",
        "-.5", "+5", "+.5", "01.5",
    ),
    "LOAD021": ("2001-01-01", "2001-1-1", "2001-01-01T00:00:00Z", "2001-01-01 10:00:00 +1"),
    "LOAD022": (
        ".inf", "-.inf", "+.Inf", ".INF", ".nan", ".NaN", ".NAN", "1.0e+400", "1e400",
        "1234567890123456789", "-1234567890123456789", "9" * 5000, "1" * 70 + ".5",
    ),
}  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_text_that_every_reader_takes_for_text_is_text(text):
    assert resolve(text) == text
    assert yaml.safe_load(f"[{text}]" if "," not in text else f"- {text}") == [text]


@pytest.mark.parametrize(("text", "number"), NUMBERS.items())
def test_numbers_are_what_both_versions_of_yaml_read(text, number):
    found = resolve(text)

    assert (found, type(found)) == (number, type(number))
    assert yaml.safe_load(text) == YAML(typ="safe", pure=True).load(text) == number


@pytest.mark.parametrize(("text", "value"), [("true", True), ("false", False), ("null", None)])
def test_constants_are_lower_case(text, value):
    assert resolve(text) is value


@pytest.mark.parametrize("text", ["", "~"])
def test_nothing_and_a_tilde_are_null(text):
    assert resolve(text) is None


@pytest.mark.parametrize(
    ("code", "text"), [(code, text) for code, texts in SURPRISES.items() for text in texts]
)
def test_what_readers_disagree_about_is_refused_with_a_quoted_fix(code, text):
    found = resolve(text)

    assert isinstance(found, Surprise)
    assert found.rule.code == code
    assert f'"{shortened(text)}"' in found.fix


@pytest.mark.parametrize(
    ("text", "number"),
    [("1e3", "1000"), ("0x1F", "31"), ("1_000", "1000"), ("12:30", "750"), ("-1:30", "-90")],
)
def test_the_fix_offers_the_number_as_everyone_reads_it(text, number):
    found = resolve(text)

    assert found.fix == f'write "{text}" for the text, or {number} for the number'
    assert yaml.safe_load(number) == int(number)


@pytest.mark.parametrize(("text", "meaning"), [("NO", "false"), ("y", "true"), ("Null", "null")])
def test_a_word_may_be_meant_as_a_constant(text, meaning):
    assert resolve(text).fix == f'write `{meaning}`, or "{text}" for the text'


@given(st.text(alphabet="0123456789._:+-eExobTZyYnNoOfFsStTrRuUaAlLiI ~=<", max_size=12))
def test_text_is_text_to_both_versions_of_yaml_or_refused(text):
    plain = text.strip()
    found = resolve(plain)
    if isinstance(found, Surprise):
        return
    for read in (yaml.safe_load, YAML(typ="safe", pure=True).load):
        try:
            others = read(f"- {plain}\n")
        except (yaml.YAMLError, YAMLError, ValueError):
            continue  # no plain scalar at all, or a date that no calendar has
        match others:
            case [str() | int() | float() | bool() | None as other]:
                assert (other, type(other)) == (found, type(found))
            case [dt.date()]:
                pytest.fail(f"{plain} became a date")


@given(st.integers(-(10**18) + 1, 10**18 - 1))
def test_every_integer_of_18_digits_comes_back(number):
    assert resolve(str(number)) == number


@given(st.text(), st.integers(2, 50))
def test_shortened_text_is_one_line_and_short(text, most):
    found = shortened(text, most)

    assert len(found) <= most
    assert "\n" not in found
