"""Every pattern of the spec is said in words, and every example fits its pattern."""

import re
from typing import get_args

import pytest

from mlopsgen.spec import Platform
from mlopsgen.spec.documentation import parts_in
from mlopsgen.spec.route import bare, fields


def _asked(annotation, marks=()):
    """Yield what is asked for by *annotation* and all that it is made of."""
    asked = bare(annotation, marks)
    yield asked
    for inner in get_args(asked.type):
        yield from _asked(inner)


def _models(model=Platform):
    yield model
    for asked in fields(model).values():
        for inner in parts_in(asked.type):
            yield from _models(inner)


PATTERNS = {
    (asked.limit("pattern"), asked.form): asked
    for model in dict.fromkeys(_models())
    for field in fields(model).values()
    for asked in _asked(field.type, field.marks)
    if asked.limit("pattern")
}


@pytest.mark.parametrize("asked", PATTERNS.values(), ids=[pattern for pattern, _ in PATTERNS])
def test_a_pattern_has_words_and_examples_that_fit(asked):
    assert asked.form is not None
    assert asked.form.words
    assert asked.form.examples
    assert [one for one in asked.form.examples if not re.search(asked.limit("pattern"), one)] == []
