import pytest
from jsonschema_rs import Draft202012Validator

from mlopsgen.prove.wording import pointer, worded


def _said(schema, value):
    schema = {"properties": {"it": schema}}
    return [worded(error) for error in Draft202012Validator(schema).iter_errors({"it": value})]


@pytest.mark.parametrize(
    ("schema", "value", "said"),
    [
        ({"type": "string"}, 1, "`/it` is `1`; it must be text"),
        ({"type": ["string", "null"]}, 1, "`/it` is `1`; it must be text"),
        ({"type": ["integer", "string"]}, [], "`/it` is `[]`; it must be a whole number or text"),
        ({"const": True}, False, "`/it` is `false`; it must be `true`"),
        ({"enum": ["a", "b"]}, "c", '`/it` is `"c"`; it must be `"a"` or `"b"`'),
        ({"minimum": 1}, 0, "`/it` is `0`; it must be at least 1"),
        ({"exclusiveMaximum": 1}, 1, "`/it` is `1`; it must be less than 1"),
        (
            {"maxLength": 3},
            "long",
            '`/it` is `"long"`, 4 characters long; it must be at most 3 characters long',
        ),
        ({"minItems": 1}, [], "`/it` is `[]`; it must be a list of at least 1"),
        ({"required": ["name"]}, {}, "`/it` lacks `name`"),
        (
            {"properties": {"y": {}}, "additionalProperties": False},
            {"x": 1, "z": 1},
            "`/it` has `x`, `z`, which it can't have",
        ),
        (False, 1, "`/it` must not be there"),
        (
            {"oneOf": [{"type": "string"}, {"type": "integer"}]},
            1.5,
            "`/it` is `1.5`; it must be text or a whole number",
        ),
        (
            {"propertyNames": {"maxLength": 2}},
            {"xyz": 1},
            '`/it` has the key `"xyz"`; a key must be at most 2 characters long',
        ),
    ],
)
def test_a_fault_is_said_in_words(schema, value, said):
    assert _said(schema, value) == [said]


def test_a_long_value_is_cut():
    [said] = _said({"type": "integer"}, "x" * 100)

    assert said == f'`/it` is `"{"x" * 56}...`; it must be a whole number'


def test_a_pointer_escapes_what_separates_steps():
    assert pointer(["metadata", "labels", "a/b~c", 0]) == "/metadata/labels/a~1b~0c/0"
    assert pointer([]) == "/"
