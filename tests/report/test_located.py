from mlopsgen.diagnostics import Place, Related, Severity
from mlopsgen.report.located import Summary, dotted, located, summarised
from tests.report.pages import QUOTA, REPLICAS, SOURCE, Pages, a_finding, an_item

MAX = ("models", "iris", "scale", "max")
BASE, PROD = Place("platform.yaml", 10, 12), Place("platform.yaml", 40, 9)
OVERLAID = Pages({}, {(MAX, None): BASE, (MAX, "prod"): PROD})


def test_a_path_becomes_a_place_late():
    [item] = located([a_finding()], SOURCE)

    assert item.place == QUOTA
    assert item.path == ("tenants", 0, "gpuQuota")


def test_a_place_is_left_as_it_is_and_has_no_path():
    place = Place("generated/dev/apps/iris.yaml", 3, 1, 4)

    [item] = located([a_finding(at=place)], SOURCE)

    assert item.place == place
    assert item.path == ()


def test_a_key_that_is_wrong_is_pointed_at_itself():
    [item] = located([a_finding(at=MAX, on_key=True)], OVERLAID)

    assert item.place == Place("platform.yaml", 10, 1, 3)


def test_related_paths_are_found_too():
    related = (Related(("models", 0, "maxReplicas"), "3 replicas of 4 GPUs"),)

    [item] = located([a_finding(related=related)], SOURCE)

    assert item.related == ((REPLICAS, "3 replicas of 4 GPUs"),)


def test_a_finding_of_one_environment_points_at_its_overlay():
    [item] = located([a_finding(at=MAX, environments=("prod",))], OVERLAID)

    assert item.place == PROD


def test_one_finding_at_two_places_is_shown_at_both():
    items = located([a_finding(at=MAX, environments=("prod", "dev"))], OVERLAID)

    assert [(item.place, item.finding.environments) for item in items] == [
        (BASE, ("dev",)),
        (PROD, ("prod",)),
    ]


def test_equal_findings_become_one_of_all_their_environments():
    found = [a_finding(environments=("prod",)), a_finding(environments=("dev",))]

    [item] = located(found, SOURCE)

    assert item.finding.environments == ("dev", "prod")


def test_a_finding_of_all_environments_swallows_that_of_one():
    for found in ((("prod",), ()), ((), ("prod",))):
        [item] = located([a_finding(environments=names) for names in found], SOURCE)
        assert item.finding.environments == ()


def test_united_findings_keep_the_related_places_of_each():
    found = [
        a_finding(related=(Related(REPLICAS, "one"), Related(QUOTA, "two"))),
        a_finding(related=(Related(REPLICAS, "one"), Related(REPLICAS, "three"))),
    ]

    [item] = located(found, SOURCE)

    assert item.related == ((REPLICAS, "one"), (QUOTA, "two"), (REPLICAS, "three"))


def test_another_code_message_or_place_is_another_finding():
    found = [
        a_finding(),
        a_finding(code="GPU002"),
        a_finding(message="other"),
        a_finding(at=REPLICAS),
    ]

    assert len(located(found, SOURCE)) == 4


def test_findings_are_read_from_top_to_bottom_whatever_their_severity():
    found = [
        a_finding(at=Place("b.yaml", 1, 1)),
        a_finding(at=Place("a.yaml", 10, 1)),
        a_finding(at=Place("a.yaml", 9, 5), code="B"),
        a_finding(at=Place("a.yaml", 9, 5), code="A"),
        a_finding(at=Place("a.yaml", 9, 2), severity=Severity.WARNING),
    ]

    order = [(item.place, item.finding.code) for item in located(found, SOURCE)]

    assert order == [
        (Place("a.yaml", 9, 2), "GPU001"),
        (Place("a.yaml", 9, 5), "A"),
        (Place("a.yaml", 9, 5), "B"),
        (Place("a.yaml", 10, 1), "GPU001"),
        (Place("b.yaml", 1, 1), "GPU001"),
    ]
    assert order == [(i.place, i.finding.code) for i in located(reversed(found), SOURCE)]


def test_a_path_is_dotted_and_quoted_where_it_would_be_misread():
    assert dotted(("models", "iris", "scale", "max")) == "models.iris.scale.max"
    assert dotted(("models", "a.b", "gpus")) == 'models."a.b".gpus'
    assert dotted(("nodePools", "gpu-workloads", "taints", 0)) == "nodePools.gpu-workloads.taints.0"
    assert dotted(("models", "0")) == 'models."0"'
    assert dotted(("models", "")) == 'models.""'
    assert dotted(("models", 'a"b')) == 'models."a\\"b"'
    assert dotted(("models", "größe")) == "models.größe"
    assert dotted(()) == ""


def test_a_summary_counts_by_severity():
    severities = (Severity.ERROR, Severity.WARNING, Severity.WARNING, Severity.INFO)

    counts = summarised([an_item(severity=severity) for severity in severities], 7)

    assert counts == Summary(errors=1, warnings=2, infos=1, artifacts=7)
