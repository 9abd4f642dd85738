"""All rules together: on the reference platform, and on the examples of their pages."""

import contextlib
import re
from dataclasses import replace

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from mlopsgen.check import CHECKS, RULES, check
from mlopsgen.load import fleet, load, overlaid
from mlopsgen.lock import LOCK, Lock, read
from mlopsgen.report.located import located
from mlopsgen.spec import Platform
from tests.check.platforms import ROOT, a_llm, a_model, a_platform, codes, found, serving
from tests.spec.platforms import PATHS, VALUES, changed, without_environments

PAGES = ROOT / "docs" / "rules"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FOREIGN = re.compile(
    r"\b(dict|tuple|str|int|float|NoneType|None|True|False|pydantic|regex|invalid|please)\b"
)
SHOWN = [
    rule
    for rule in RULES
    if "\nExample: none" not in (PAGES / f"{rule.code}.md").read_text(encoding="utf-8")
]
"""Rules that an example can break without breaking another."""


def _blocks(code):
    text = (PAGES / f"{code}.md").read_text(encoding="utf-8")
    blocks = BLOCK.findall(text)
    [bad, good] = [body for kind, body in blocks if kind == "yaml"]
    return bad, good, next((body for kind, body in blocks if kind == "json"), None)


def _checked(text, lock, folder):
    file = folder / "platform.yaml"
    file.write_text(text, encoding="utf-8")
    loaded = load(file)
    assert loaded.findings == ()
    entries = read(LOCK, lock)[0] if lock else Lock()
    for environment in loaded.overlays or ("default",):
        platform = Platform.model_validate(overlaid(loaded, environment))
        told = check(platform, environment, entries, fleet(loaded))
        here = [replace(each, environments=(environment,)) for each in told]
        yield from located(here, loaded.source)


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_the_reference_platform_has_no_findings(environment):
    loaded = load(ROOT / "platform.yaml")
    lock, broken = read(LOCK, (ROOT / LOCK).read_text(encoding="utf-8"))

    assert broken == ()
    platform = Platform.model_validate(overlaid(loaded, environment))
    assert list(check(platform, environment, lock)) == []


@pytest.mark.parametrize("rule", SHOWN, ids=lambda rule: rule.code)
def test_the_example_of_a_page_has_its_finding_and_no_other(rule, tmp_path):
    bad, _, lock = _blocks(rule.code)

    items = list(_checked(bad, lock, tmp_path))
    item = items[0]

    assert {each.finding.code for each in items} == {rule.code}
    # Of a platform with one environment it is the only one.
    assert len(items) == 1 or all("default" not in each.finding.environments for each in items)
    assert item.place.line > 1
    said = f"{item.finding.message} {item.finding.fix} {item.finding.why}"
    assert not FOREIGN.search(re.sub(r"`[^`]*`", "", said))
    assert "\n" not in said


@pytest.mark.parametrize("rule", SHOWN, ids=lambda rule: rule.code)
def test_the_corrected_example_of_a_page_has_none(rule, tmp_path):
    _, good, lock = _blocks(rule.code)

    assert list(_checked(good, lock, tmp_path)) == []


def test_every_rule_says_what_it_is_and_why():
    assert len({rule.code for rule in RULES}) == len(CHECKS)
    for rule in RULES:
        assert rule.title
        assert not rule.title.endswith(".")
        assert rule.why.endswith(".")


def test_a_platform_with_everything_installed_and_nothing_running_is_fine():
    assert found(a_platform()) == []


def test_each_of_several_mistakes_is_found():
    document = serving(iris=a_model(pool="generl", namespace="other"), llama=a_llm(gpus=0))

    assert codes(document) == ["REF001", "REF002", "MODEL002"]


def test_the_order_of_entries_decides_nothing():
    models = {
        "iris": a_model(pool="generl"),
        "wine": a_model(namespace="other"),
        "llama": a_llm(gpus=8),
    }
    forward = found(a_platform(models=models))
    backward = found(a_platform(models=dict(reversed(models.items()))))

    assert {(each.code, each.at) for each in forward} == {(each.code, each.at) for each in backward}
    assert len(forward) == 3


def test_the_pages_of_the_rules_are_yaml_that_others_read_alike():
    for rule in SHOWN:
        bad, good, _ = _blocks(rule.code)
        assert yaml.safe_load(bad)["name"] == yaml.safe_load(good)["name"] == "acme"


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PATHS), VALUES), min_size=1, max_size=3))
def test_whatever_the_spec_takes_the_rules_can_judge(changes):
    document = without_environments()
    for path, value in changes:
        with contextlib.suppress(KeyError, IndexError, TypeError, AttributeError):
            document = changed(path, value, document)
    try:
        platform = Platform.model_validate(document)
    except ValidationError:
        return

    for finding in check(platform, "dev", Lock()):
        assert finding.message
        assert finding.fix
