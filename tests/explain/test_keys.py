"""Keys of platform.yaml: their words are the schema's, and mistakes are named."""

import re

import pytest

from mlopsgen.explain.keys import ANY, Key, Unknown, explained, parsed
from mlopsgen.spec.schema import platform_schema


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("models", ("models",)),
        ("models.iris.scale.max", ("models", "iris", "scale", "max")),
        ("models.*.scale", ("models", ANY, "scale")),
        ("models.<name>.scale", ("models", ANY, "scale")),
        ('nodePools."a.b".min', ("nodePools", "a.b", "min")),
        ("a.command[0]", ("a", "command", 0)),
        ("a.command[]", ("a", "command", ANY)),
    ],
)
def test_a_path_is_read_as_it_is_written(text, path):
    assert parsed(text) == path


@pytest.mark.parametrize("text", [".", "models.", ".models", "a..b", "a[", 'a."b', "a]b", "a[x]"])
def test_what_is_no_path_is_none(text):
    assert parsed(text) is None


def test_a_key_is_explained_in_the_words_of_the_schema():
    found = explained(("models", "iris", "scale", "max"))
    schema = platform_schema()["definitions"]["Scale"]["properties"]["max"]

    assert isinstance(found, Key)
    assert found.says == schema["description"]
    assert found.form == "a whole number, 1 or more, 1000 at the most"
    assert found.default == str(schema["default"])
    assert not found.required


def test_choices_and_quantities_are_as_they_are_written():
    dtype = explained(("models", "m", "vllm", "dtype"))
    memory = explained(("models", "m", "resources", "memory"))

    assert dtype.form == "one of `auto`, `half`, `float16`, `bfloat16`, `float`"
    assert dtype.default == "auto"
    assert memory.default == "2Gi"


def test_the_kind_of_a_pool_tells_its_keys_apart():
    path = ("nodePools", "gpu")
    data = {"nodePools": {"gpu": {"kind": "managed"}}}

    assert "consolidateAfter" in dict(explained(path).keys)
    assert "consolidateAfter" not in dict(explained(path, data).keys)
    assert isinstance(explained((*path, "weight"), data), Unknown)


def test_an_entry_has_the_words_of_its_map_where_it_has_none_of_its_own():
    assert explained(("models", "m", "secrets", "A")).says == (
        explained(("models", "m", "secrets")).says
    )
    assert not explained(("models", "m", "secrets", "A")).shown


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("models.m.vlm", "did you mean `models.m.vllm`?"),
        ("nodegroups", "did you mean `nodePools`?"),
        ("models.m.scale.minReplicas", "did you mean `models.m.scale.min`?"),
        ("models.m.scale.metric.x", "is text and has nothing below it"),
        ("alerts.tune.Foo", "the keys are `CertificateNotRenewed`"),
        ("include.0", "has nothing below it"),
    ],
)
def test_a_key_that_is_not_there_is_answered_with_one_that_is(text, said):
    found = explained(parsed(text))

    assert isinstance(found, Unknown)
    assert said in found.said


def _paths(schema, name, path=(), seen=()):
    """Yield every path of the schema, a name of the user's as ANY."""
    for key, value in schema["definitions"].get(name, schema).get("properties", {}).items():
        yield (*path, key)
        inner = str(value)
        for below in re.findall(r"#/definitions/(\w+)", inner):
            step = (ANY,) if "additionalProperties" in inner or "'items'" in inner else ()
            if below not in seen and not below.endswith(("Overlay", "Family")):
                yield from _paths(schema, below, (*path, key, *step), (*seen, below))


def test_every_key_of_the_schema_has_an_explanation():
    paths = list(_paths(platform_schema(), ""))
    unknown = [path for path in paths if not isinstance(explained(path), Key)]
    silent = [path for path in paths if path not in unknown and not explained(path).says]

    assert len(paths) > 200
    assert unknown == []
    assert silent == []
