import pytest

from tests.check.platforms import a_step, codes, only, running


def _platform(step=None, **pipeline):
    document = running({"fit": step or a_step()})
    [found] = document["pipelines"].values()
    found |= pipeline
    return document


def test_items_have_no_double_braces():
    finding = only(_platform(a_step(withItems=["x", "{{y}}"])))

    assert finding.code == "TAG001"
    assert finding.at[-2:] == ("withItems", 1)


def test_nor_have_their_parts():
    finding = only(_platform(a_step(withItems=[{"a": 1, "b": "{{"}])))

    assert finding.at[-3:] == ("withItems", 0, "b")


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"parameters": {"p": "{{x"}}, ("parameters", "p")),
        ({"parameters": {"p": {"default": "}} {{"}}}, ("parameters", "p", "default")),
        ({"parameters": {"p": {"default": "", "description": "{{"}}}, ("p", "description")),
        (
            {
                "parameters": {"p": ""},
                "schedule": {"cron": "0 4 * * *", "arguments": {"p": "{{{"}},
            },
            ("arguments", "p"),
        ),
    ],
)
def test_braces_of_parameters_are_closed(changes, place):
    finding = only(_platform(**changes))

    assert finding.code == "TAG001"
    assert finding.at[-len(place) :] == place


def test_braces_that_are_closed_or_single_are_fine():
    parameters = {"a": "{{x}}", "b": "{", "c": "}}", "d": "{ {"}

    assert codes(_platform(a_step(withItems=["{x}"]), parameters=parameters)) == []
