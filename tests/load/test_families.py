import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlopsgen.compiler import compile_platform
from mlopsgen.load import overlaid
from mlopsgen.load.families import with_families
from mlopsgen.load.merge import overlay_onto
from tests.load.projects import a_platform, a_project

FAMILY = "families: {t: {a: 1, m: {x: 1, w: 2}, l: [1, 2]}}\n"
PLATFORM = """\
apiVersion: mlopsgen/v1beta1
name: acme
aws: {region: eu-west-1, accountId: "111122223333"}
components: {cert-manager: {}, kserve: {}}
nodePools:
  general: {kind: managed, instanceTypes: [m5.large], min: 2, max: 4}
namespaces: {mlops: {}}
"""
TREES = st.dictionaries(
    st.sampled_from("abc"),
    st.recursive(
        st.integers(0, 3) | st.lists(st.integers(0, 3), max_size=2),
        lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
        max_leaves=6,
    ),
    max_size=3,
)


def _model(tmp_path, text, environment="dev"):
    loaded = a_platform(tmp_path, FAMILY + text)
    assert loaded.findings == ()
    return overlaid(loaded, environment)["models"]["m"]


def _findings(tmp_path, text):
    file = tmp_path / "platform.yaml"
    file.write_text(PLATFORM + text, encoding="utf-8")
    return [
        (item.finding, item.place.line - PLATFORM.count("\n"))
        for item in compile_platform(file).findings
    ]


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ("", {"a": 1, "m": {"x": 1, "w": 2}, "l": [1, 2]}),
        (", a: 2", {"a": 2, "m": {"x": 1, "w": 2}, "l": [1, 2]}),
        (", l: [3]", {"a": 1, "m": {"x": 1, "w": 2}, "l": [3]}),
        (", m: {x: 3, z: 4}", {"a": 1, "m": {"x": 3, "w": 2, "z": 4}, "l": [1, 2]}),
        (", m: null", {"a": 1, "l": [1, 2]}),
        (", m: {x: null}", {"a": 1, "m": {"w": 2}, "l": [1, 2]}),
        (", m: 5", {"a": 1, "m": 5, "l": [1, 2]}),
    ],
)
def test_maps_merge_everything_else_replaces_and_null_deletes(own, expected, tmp_path):
    model = _model(tmp_path, f"models: {{m: {{family: t{own}}}}}\n")

    assert model == {"family": "t", **expected}


@pytest.mark.parametrize(
    ("overlay", "expected"),
    [
        ("{families: {t: {a: 2}}}", {"a": 2, "b": 1}),
        ("{families: {t: {b: 2}}}", {"a": 1, "b": 1}),
        ("{families: {t: {a: null}}}", {"b": 1}),
        ("{models: {m: {a: 2}}}", {"a": 2, "b": 1}),
        ("{models: {m: {a: null}}}", {"b": 1}),
        ("{models: {m: {b: null}}}", {"a": 1}),
        ("{families: {u: {c: 3}}, models: {m: {family: u}}}", {"b": 1, "c": 3}),
        ("{families: {u: {c: 3}}, models: {m: {family: u, c: null}}}", {"b": 1}),
    ],
)
def test_an_environment_may_change_the_family_and_the_model(overlay, expected, tmp_path):
    text = "families: {t: {a: 1}}\nmodels: {m: {family: t, b: 1}}\n"
    loaded = a_platform(tmp_path, f"{text}environments: {{dev: {overlay}}}\n")

    assert loaded.findings == ()
    model = overlaid(loaded, "dev")["models"]["m"]
    assert {key: model[key] for key in model if key != "family"} == expected


@pytest.mark.parametrize(
    "overlay",
    [
        "{models: {m: {z: null}}}",
        "{models: {m: {m: {z: null}}}}",
        "{families: {z: null}}",
        "{families: {t: {z: null}}}",
        "{families: {u: {c: 3}}, models: {m: {family: u, a: null}}}",
    ],
)
def test_a_null_that_neither_model_nor_family_has_anything_for_is_a_mistake(overlay, tmp_path):
    text = f"{FAMILY}models: {{m: {{family: t}}}}\nenvironments: {{dev: {overlay}}}\n"
    [found] = a_platform(tmp_path, text).findings

    assert found.code == "LOAD029"


@given(TREES, TREES, TREES)
def test_a_model_is_its_layers_laid_one_over_the_other(family, own, other):
    base = {"families": {"t": family}, "models": {"m": {**own, "family": "t"}}}
    overlay = {"models": {"m": other}}

    model = with_families(overlay_onto(base, overlay), base, overlay)["models"]["m"]

    assert model == overlay_onto(overlay_onto(family, {**own, "family": "t"}), other)


@given(TREES)
def test_models_without_a_family_stay_as_they_are(tree):
    data = {"families": {"t": {"a": 1}}, "models": {"m": tree}}

    assert with_families(data, data, {}) is data


def test_a_family_may_stand_in_another_file(tmp_path):
    files = {
        "platform.yaml": "include: [x.yaml]\nmodels: {m: {family: t}}\n",
        "x.yaml": "families:\n  t:\n    scale: {max: 3}\n",
    }
    loaded = a_project(tmp_path, files)

    place = loaded.source.locate(("models", "m", "scale", "max"))

    assert (place.file, place.line, place.column) == ("x.yaml", 3, 18)


def test_a_value_is_where_it_is_written(tmp_path):
    text = (
        "families:\n  t:\n    scale: {min: 1, max: 1.10}\n    l: [1, 2]\n    c: {w: 1}\n"
        "models:\n  m:\n    family: 't'\n    scale: {min: 2}\n    l: [9]\n    c: null\n"
        "environments:\n  dev:\n    families: {t: {scale: {max: 7}}}\n"
        "    models: {m: {scale: {up: 3}}}\n"
    )
    source = a_platform(tmp_path, text).source

    def line(*path, environment=None):
        return source.locate(("models", "m", *path), environment).line

    assert line("scale", "min") == 9
    assert line("scale", "max") == 3
    assert source.written(("models", "m", "scale", "max")) == "1.10"
    assert line("scale", "max", environment="dev") == 14
    assert line("scale", "up", environment="dev") == 15
    assert line("l", 0) == 10
    assert line("l", 1) == 10
    assert line("c", "w") == 11
    assert line("gpus") == 7
    assert source.origin(("models", "m", "scale", "max")) == ("families", "t", "scale", "max")
    assert source.origin(("models", "m", "scale", "min")) == ("models", "m", "scale", "min")
    assert source.origin(("models", "other", "scale", "max")) == ("models", "other", "scale", "max")


def test_a_mistake_in_a_family_is_told_once_and_there(tmp_path):
    models = "".join(f"  m{number}: {{family: t}}\n" for number in range(5))
    text = (
        "families:\n  t: {runtime: sklearn, source: s3://acme-models/x, scale: {max: 0}}\n"
        f"models:\n{models}"
    )
    [(finding, line)] = _findings(tmp_path, text)

    assert (finding.code, line) == ("SPEC006", 2)
    assert finding.at == ("families", "t", "scale", "max")


def test_what_a_rule_finds_in_a_family_is_told_once_with_the_models(tmp_path):
    models = "".join(f"  m{number}: {{family: t}}\n" for number in range(5))
    text = (
        "families:\n  t: {runtime: sklearn, source: s3://acme-models/x, pool: gnral}\n"
        f"models:\n{models}  own: {{family: t, pool: gneral}}\n"
    )
    (finding, line), (own, own_line) = _findings(tmp_path, text)

    assert (finding.code, finding.at, line) == ("REF001", ("families", "t", "pool"), 2)
    assert [(each.at, each.message) for each in finding.related[-3:]] == [
        (("models", "m0", "family"), "`m0` takes it"),
        (("models", "m1", "family"), "`m1` takes it"),
        (("models", "m2", "family"), "`m2` takes it, and so do 2 more"),
    ]
    assert (own.at, own_line) == (("models", "own", "pool"), 9)


def test_what_is_missing_is_told_where_it_would_belong(tmp_path):
    text = (
        "families:\n  t: {runtime: sklearn, exposure: {alb: internal}}\n"
        "models:\n  a: {family: t}\n  b: {family: t, source: s3://acme-models/b}\n"
    )
    (host, line), (source, own_line) = _findings(tmp_path, text)

    assert (host.message, line) == ("`models.a.exposure` has no `host`", 2)
    assert [each.message for each in host.related] == ["`a` takes it", "`b` takes it"]
    assert (source.message, own_line) == ("`models.a` has no `source`", 4)


@pytest.mark.parametrize(
    ("families", "fix"),
    [
        ("{tabular: {}}", "write `tabular`, or declare `tabluar` under `families`"),
        ("{a: {}, b: {}}", "write one of `a`, `b`, or declare `tabluar` under `families`"),
        ("{}", "declare `tabluar` under `families`"),
    ],
)
def test_an_unknown_family_is_the_only_mistake_of_its_model(families, fix, tmp_path):
    text = f"families: {families}\nmodels: {{m: {{family: tabluar, scale: {{max: 2}}}}}}\n"
    [(finding, line)] = _findings(tmp_path, text)

    assert (finding.code, finding.fix, line) == ("FAM001", fix, 2)


def test_a_family_that_is_no_map_is_the_only_mistake(tmp_path):
    [(finding, line)] = _findings(tmp_path, "families:\n  t:\nmodels:\n  m: {family: t}\n")

    assert (finding.at, line) == (("families", "t"), 2)


def test_a_model_of_no_family_with_mistakes_elsewhere_shows_both(tmp_path):
    text = "storage: {}\nmodels: {m: {family: x}}\n"

    assert [finding.code for finding, _ in _findings(tmp_path, text)] == ["SPEC002", "FAM001"]
