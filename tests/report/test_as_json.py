import json

import jsonschema_rs
import pytest
from hypothesis import given

from mlopsgen.report import as_json
from mlopsgen.resources import SCHEMAS
from tests.report.pages import ITEMS, REPLICAS, an_item, without_surrogates

CONTRACT = json.loads((SCHEMAS / "findings.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema_rs.Draft202012Validator(CONTRACT)


def test_the_contract_is_a_schema():
    jsonschema_rs.meta.validate(CONTRACT)


def test_a_finding_has_all_its_words_and_places():
    item = an_item(
        related=((REPLICAS, "3 replicas of 4 GPUs"),), why="It waits.", environments=("prod",)
    )

    assert json.loads(as_json.render([item], 12)) == {
        "version": 1,
        "findings": [
            {
                "code": "GPU001",
                "severity": "error",
                "message": "`search` may hold 8 GPUs; its models can ask for 12",
                "why": "It waits.",
                "fix": "raise gpuQuota to 12, or lower maxReplicas",
                "mend": None,
                "file": "platform.yaml",
                "line": 4,
                "column": 15,
                "path": "tenants.0.gpuQuota",
                "environments": ["prod"],
                "related": [
                    {
                        "file": "platform.yaml",
                        "line": 10,
                        "column": 18,
                        "message": "3 replicas of 4 GPUs",
                    }
                ],
            }
        ],
        "ignored": [],
        "artifacts": 12,
    }


def test_no_findings_is_an_empty_list():
    assert json.loads(as_json.render([], 0)) == {
        "version": 1,
        "findings": [],
        "ignored": [],
        "artifacts": 0,
    }


@pytest.mark.parametrize("key", CONTRACT["$defs"]["finding"]["required"])
def test_the_contract_asks_for_each_key_of_a_finding(key):
    document = json.loads(as_json.render([an_item()], 1))
    del document["findings"][0][key]

    assert not VALIDATOR.is_valid(document)


@given(ITEMS)
def test_any_finding_keeps_the_contract_and_its_words(items):
    text = as_json.render(items, 3)
    document = json.loads(text)

    VALIDATOR.validate(document)
    assert text.isascii()
    assert [each["message"] for each in document["findings"]] == [
        without_surrogates(item.finding.message) for item in items
    ]
