"""What a change costs."""

import json

from mlopsgen.diff import as_json, as_markdown, as_text
from tests.diff import REFERENCE, SMALL, change


def test_costs_are_told_before_and_after_with_their_day_and_source(tmp_path):
    found = change(
        tmp_path, REFERENCE, ("instanceTypes: [g4dn.xlarge]", "instanceTypes: [g4dn.2xlarge]")
    )

    dev = found.environments[0].bill
    assert [line.what for line in dev.lines] == ["nodes of gpu"]
    assert dev.before.low < dev.after.low
    assert dev.before.high < dev.after.high
    for page in (
        as_text.render(found, lines=0, color=False),
        as_markdown.render(found, lines=0).replace("\\", ""),
    ):
        words = " ".join(page.split())
        assert f"{dev.before.low:,.0f} to {dev.before.high:,.0f} USD -> " in words
        assert f"read {dev.days[0]} to {dev.days[-1]}" in words
        assert "Not in it: the database" in words
        assert dev.sources[0] in words
    told = json.loads(as_json.render(found))["environments"][0]["costs"]
    assert told["after"] == {"low": round(dev.after.low, 2), "high": round(dev.after.high, 2)}
    assert told["asOf"] == list(dev.days)


def test_costs_that_stay_are_one_line(tmp_path):
    found = change(tmp_path, SMALL, ("scale: {max: 3}", "scale: {max: 4}"))

    page = as_text.render(found, lines=0, color=False)

    assert page.count("USD") == page.count(", as before") == 2
    assert found.environments[0].bill.lines == ()


def test_what_nothing_limits_has_no_highest_cost(tmp_path):
    found = change(tmp_path, SMALL, ("sizes: [4xlarge]}", "sizes: [2xlarge]}"))

    assert found.environments[0].bill.after.high is None
    assert "USD and more, without limit" in as_text.render(found, lines=0, color=False)
    costs = json.loads(as_json.render(found))["environments"][0]["costs"]
    assert costs["after"]["high"] is None


def test_an_environment_that_is_new_costs_what_it_costs(tmp_path):
    found = change(tmp_path, SMALL, ("  prod: {}", "  prod: {}\n  stage: {}"))

    [stage] = [each for each in found.environments if each.name == "stage"]
    assert stage.bill.before is None
    assert "Costs a month: " in as_text.render(found, lines=0, color=False)
