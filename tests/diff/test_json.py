"""The JSON of a comparison keeps to its schema."""

import json

import jsonschema_rs
import pytest

from mlopsgen.diff import as_json
from mlopsgen.resources import SCHEMAS
from tests.diff import REFERENCE, SMALL, change

CONTRACT = json.loads((SCHEMAS / "diff.schema.json").read_text(encoding="utf-8"))
CHANGES = [
    (SMALL, ("scale: {max: 3}", "scale: {max: 4}")),
    (SMALL, ("  churn: {family: tabular}", "  spam: {family: tabular}")),
    (SMALL, ("  prod: {}", "  stage: {}")),
    (SMALL, ("scale: {max: 2}", "scale: {max: 4}")),
    (REFERENCE, ("name: mlops\n", "name: mlopz\n")),
]


@pytest.mark.parametrize(("before", "swap"), CHANGES)
def test_it_keeps_to_the_contract(tmp_path, before, swap):
    told = json.loads(as_json.render(change(tmp_path, before, swap)))

    jsonschema_rs.validate(CONTRACT, told)
    assert told["different"] is True


def test_the_contract_refuses_another_form():
    assert not jsonschema_rs.is_valid(CONTRACT, {"version": 1})
    assert not jsonschema_rs.is_valid(CONTRACT, {"version": 2, "environments": []})
