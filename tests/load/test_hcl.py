"""Our reading of HCL agrees with python-hcl2, which takes a hundred times as long."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlopsgen.load.hcl import HclError, Type, blocks, typed
from tests.infrastructure.reading import FOLDERS
from tests.infrastructure.reading import blocks as theirs

KINDS = ("variable", "module", "resource", "data", "output")


def _written(kind):
    """Return a type as it is written, the way python-hcl2 hands it on."""
    if kind.attributes:
        inside = ", ".join(
            f"{name} = optional({_written(each)})" if optional else f"{name} = {_written(each)}"
            for name, (each, optional) in kind.attributes.items()
        )
        return f"object({{{inside}}})"
    return f"{kind.kind}({_written(kind.of)})" if kind.of else kind.kind


def _same(text):
    return "".join(text.replace("${", "").replace('"', "").split()).rstrip("}").replace(":", "=")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_blocks_and_what_is_in_them_are_those_of_python_hcl2(folder):
    ours = [
        each for path in sorted(folder.glob("*.tf")) for each in blocks(path.read_text(), path.name)
    ]
    for kind in KINDS:
        found = {each.labels: set(each.attributes) for each in ours if each.kind == kind}
        expected = {
            each.labels: {key for key, value in each.body.items() if not _nested(value)}
            for each in theirs(kind, (folder,))
        }
        assert found == expected


def _nested(value):
    return isinstance(value, list) and value and isinstance(value[0], dict)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_types_are_those_of_python_hcl2(folder):
    ours = {
        each.labels[0]: typed(each.attributes["type"])
        for path in folder.glob("*.tf")
        for each in blocks(path.read_text(), path.name)
        if each.kind == "variable"
    }

    for each in theirs("variable", (folder,)):
        [name] = each.labels
        assert _same(_written(ours[name])) == _same(each.body["type"]), name


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("variable {", 1),
        ('variable "a" {\n  type = string\n', 2),
        ("= 1", 1),
        ('a = 1\n"b" = 2', 2),
        ('locals {\n  a = "never ends\n}', 2),
        ("variable 'a' {}", 1),
        ("a {" * 200, 1),
    ],
)
def test_what_is_not_hcl_says_where(text, line):
    with pytest.raises(HclError) as found:
        list(blocks(text, "main.tf"))

    assert found.value.line == line


@pytest.mark.parametrize(
    "text",
    [
        'a = "${join(", ", [for each in b : "${each}/x"])}" # c\nb = 1',
        "a = <<-EOT\n  b = {\n  EOT\nb = 1",
        "a = [\n  1, # one\n  /* two\n  */ 2,\n]\nb = 1",
        "a = b ? {\n  c = 1\n} : null\nb = 1",
    ],
)
def test_a_value_ends_where_it_ends(text):
    [block] = blocks(f"locals {{\n{text}\n}}\n", "main.tf")

    assert set(block.attributes) == {"a", "b"}


@pytest.mark.parametrize(
    "text",
    [
        "list(text)",
        "tuple([string])",
        "string string",
        "list",
        "object({ a })",
        "object({ a = optional })",
        "object(string)",
        "list(" * 5000 + "string" + ")" * 5000,
        "",
    ],
)
def test_a_type_that_is_none_is_none(text):
    [block] = blocks(f"locals {{\n  a = {text}\n}}", "x.tf")

    assert typed(block.attributes["a"]) is None


def test_an_attribute_may_be_left_out_and_have_a_default():
    text = "a = object({ b = optional(map(string), { c = (1) }), d = list(number) })"
    [block] = blocks(f"locals {{\n{text}\n}}", "x.tf")

    kind = typed(block.attributes["a"])

    assert isinstance(kind, Type)
    assert {name: optional for name, (_, optional) in kind.attributes.items()} == {
        "b": True,
        "d": False,
    }


PIECES = ["variable", '"', "${", "}", "{", "(", ")", "\n", "=", "#", "/*", "<<E\n", "a", " ", "\\"]


@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
def test_any_text_is_read_or_refused(text):
    found = []
    with suppress(HclError):
        found += blocks(text, "main.tf")
    for block in found:
        for tokens in block.attributes.values():
            typed(tokens)


@pytest.mark.parametrize(
    "text", ['"' + "${a" * 5000, '"${a}' * 5000, "/*" * 50_000, "<<E\n" * 5000]
)
def test_what_never_ends_takes_no_time(text):
    with pytest.raises(HclError):
        list(blocks(f"locals {{\na = {text}\nb", "main.tf"))
