import pytest

from mlopsgen.load.include import MAX_FILES
from tests.load.projects import a_platform, a_project


def _codes(loaded):
    return [found.code for found in loaded.findings]


def test_files_are_merged_entry_by_entry_in_the_order_of_their_names(tmp_path):
    loaded = a_project(
        tmp_path,
        {
            "platform.yaml": "name: acme\ninclude: [teams/*.yaml]\nmodels: {a: {x: 1}}\n",
            "teams/two.yaml": "models: {c: {x: 3}}\n",
            "teams/one.yaml": "models: {b: {x: 2}}\npools: {p: {}}\n",
        },
    )

    assert loaded.findings == ()
    assert list(loaded.base["models"]) == ["a", "b", "c"]
    assert loaded.base == {
        "name": "acme",
        "models": {"a": {"x": 1}, "b": {"x": 2}, "c": {"x": 3}},
        "pools": {"p": {}},
    }


def test_overlays_of_teams_are_merged_too(tmp_path):
    loaded = a_project(
        tmp_path,
        {
            "platform.yaml": "include: [t.yaml]\nm: {a: 1, b: 2}\nenvironments: {dev: {m: {a: 3}}}",
            "t.yaml": "environments: {dev: {m: {b: 4}}, prod: {m: {a: 5}}}\n",
        },
    )

    assert loaded.findings == ()
    assert loaded.overlays == {"dev": {"m": {"a": 3, "b": 4}}, "prod": {"m": {"a": 5}}}


def test_a_section_without_a_value_adds_nothing(tmp_path):
    loaded = a_project(
        tmp_path,
        {"platform.yaml": "include: [t.yaml]\nm:\nk: {a: 1}\n", "t.yaml": "m: {b: 2}\nk:\n"},
    )

    assert (loaded.base, loaded.findings) == ({"m": {"b": 2}, "k": {"a": 1}}, ())
    assert loaded.source.locate(("m", "b")).file == "t.yaml"


@pytest.mark.parametrize("first", ["null", "{a: 1}"])
def test_a_null_in_the_overlay_of_another_file_is_never_lost(tmp_path, first):
    second = "{a: 1}" if first == "null" else "null"
    loaded = a_project(
        tmp_path,
        {
            "platform.yaml": "include: [t.yaml]\nm: {a: 0}\n"
            f"environments: {{dev: {{m: {first}}}}}\n",
            "t.yaml": f"environments: {{dev: {{m: {second}}}}}\n",
        },
    )

    [finding] = loaded.findings
    assert finding.code == "LOAD027"
    assert "`environments.dev.m`" in finding.message


@pytest.mark.parametrize(
    ("root", "team", "dotted", "lines"),
    [
        ("models:\n  iris: {}\n", "models:\n\n  iris: {}\n", "models.iris", (3, 3)),
        ("models: {}\n", "models: [a]\n", "models", (1, 2)),
        ("zones: [a]\n", "zones: [a]\n", "zones", (1, 2)),
        ("zones: 3\n", "zones: 3\n", "zones", (1, 2)),
        ("environments: {dev: {m: {a: 1}}}\nm: {a: 2}\n", "environments: {dev: {m: {a: 3}}}\n",
         "environments.dev.m.a", (1, 2)),
    ],
)  # fmt: skip
def test_two_files_with_the_same_entry_are_both_named(root, team, dotted, lines, tmp_path):
    loaded = a_project(tmp_path, {"platform.yaml": "include: [t.yaml]\n" + root, "t.yaml": team})

    [found] = loaded.findings
    [first] = found.related
    assert found.code == "LOAD027"
    assert found.message == f"`{dotted}` is stated here and in `platform.yaml`"
    assert (found.at.file, found.at.line) == ("t.yaml", lines[0])
    assert (first.at.file, first.at.line) == ("platform.yaml", lines[1])


def test_the_third_of_three_conflicting_files_names_the_one_that_stated_the_entry(tmp_path):
    loaded = a_project(
        tmp_path,
        {
            "platform.yaml": "include: ['*']\nm: {a: 1}\n",
            "x.yaml": "m: {b: 1}\n",
            "y.yaml": "m: {b: 2}\n",
        },
    )

    assert [found.message for found in loaded.findings] == ["`m.b` is stated here and in `x.yaml`"]


@pytest.mark.parametrize("key", ["apiVersion", "name", "include"])
def test_keys_of_the_root_are_refused_in_an_included_file(key, tmp_path):
    loaded = a_project(
        tmp_path, {"platform.yaml": "include: [t.yaml]\n", "t.yaml": f"m: {{}}\n{key}: [x]\n"}
    )

    [found] = loaded.findings
    assert (found.code, found.at.file, found.at.line) == ("LOAD026", "t.yaml", 2)


@pytest.mark.parametrize(
    "pattern",
    ["../x.yaml", "a/../../x.yaml", "/etc/passwd", "a/**/*.yaml", ".", "''", "3", "[a]", "'a\\b'"],
)
def test_patterns_that_cannot_be_followed_are_refused(pattern, tmp_path):
    assert _codes(a_platform(tmp_path, f"include: [{pattern}]\n")) == ["LOAD023"]


@pytest.mark.parametrize("include", ["teams/*.yaml", "{a: b}", "3"])
def test_include_is_a_list(include, tmp_path):
    assert _codes(a_platform(tmp_path, f"include: {include}\n")) == ["LOAD023"]


def test_an_empty_include_includes_nothing(tmp_path):
    assert a_platform(tmp_path, "include:\na: 1\n").base == {"a": 1}
    assert a_platform(tmp_path, "include: []\na: 1\n").base == {"a": 1}


@pytest.mark.parametrize("pattern", ["teams/*.yaml", "team.yaml", "t?.yaml", "[ab].yaml"])
def test_a_pattern_that_matches_nothing_is_refused(pattern, tmp_path):
    loaded = a_platform(tmp_path, f"a: 1\ninclude: ['{pattern}']\n")

    [found] = loaded.findings
    assert (found.code, found.at.line, found.at.column) == ("LOAD024", 2, 11)
    assert found.message == f"`{pattern}` matches no file"
    assert loaded.base == {}


def test_the_root_and_hidden_files_are_not_matched_by_a_star(tmp_path):
    files = {"platform.yaml": "include: ['*.yaml']\n", ".x.yaml": "b: 1\n", "t.yaml": "c: 1\n"}

    assert a_project(tmp_path, files).base == {"c": 1}


def test_a_file_that_two_patterns_match_is_included_once(tmp_path):
    files = {"platform.yaml": "include: ['t*', t.yaml]\n", "t.yaml": "m: {a: 1}\n"}

    assert a_project(tmp_path, files).findings == ()


def test_folders_match_level_by_level(tmp_path):
    files = {
        "platform.yaml": "include: ['t/*/m.yaml']\n",
        "t/a/m.yaml": "a: 1\n",
        "t/b/m.yaml": "b: 1\n",
    }

    assert a_project(tmp_path, files).base == {"a": 1, "b": 1}


def test_a_matched_folder_is_no_file(tmp_path):
    files = {"platform.yaml": "include: ['t/*']\n", "t/a/m.yaml": "a: 1\n"}

    assert _codes(a_project(tmp_path, files)) == ["LOAD001"]


def test_links_out_of_the_project_are_refused(tmp_path):
    (tmp_path / "secret.yaml").write_text("m: 1\n", encoding="utf-8")
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "t.yaml").symlink_to("../secret.yaml")

    assert _codes(a_project(tmp_path / "p", {"platform.yaml": "include: ['*']\n"})) == ["LOAD023"]


def test_a_thousand_files_are_included_and_one_more_is_refused(tmp_path):
    files = {f"t/{number}.yaml": f"m{number}: 1\n" for number in range(MAX_FILES)}
    files["platform.yaml"] = "include: ['t/*']\n"

    assert len(a_project(tmp_path, files).base) == MAX_FILES
    assert _codes(a_project(tmp_path, {"t/more.yaml": ""})) == ["LOAD025"]


def test_mistakes_of_all_included_files_are_found_at_once(tmp_path):
    loaded = a_project(
        tmp_path,
        {"platform.yaml": "include: ['*']\n", "a.yaml": "a: NO\n", "b.yaml": "b: [\n"},
    )

    assert [(found.at.file, found.code) for found in loaded.findings] == [
        ("a.yaml", "LOAD019"),
        ("b.yaml", "LOAD006"),
    ]
    assert loaded.base == {}
