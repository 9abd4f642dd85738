import pytest

from mlopsgen.diagnostics import Related, Severity
from mlopsgen.prove.admission import RULES, admitted
from mlopsgen.resources import RULE_PAGES
from tests.prove.objects import KUBERNETES, ORIGIN, a_policy, a_pool, an_artifact, metadata


def _found(*documents, kubernetes=KUBERNETES):
    return list(admitted([an_artifact(*documents)], kubernetes))


def _messages(*documents):
    return [(finding.code, finding.message) for finding in _found(*documents)]


def _labelled(**labels):
    return {**a_policy(), "metadata": metadata("api", labels=labels)}


def test_objects_that_are_right_give_no_finding():
    assert _found(a_policy(), a_pool()) == []


def test_files_without_objects_are_left_alone():
    artifact = an_artifact()

    assert list(admitted([artifact], KUBERNETES)) == []


def test_a_finding_points_at_the_value_the_file_comes_from():
    [finding] = _found(a_policy(podSelecter={}))

    assert finding.at == ORIGIN
    assert finding.severity is Severity.ERROR
    assert finding.why
    assert "report it" in finding.fix


def test_a_field_that_kubernetes_does_not_know_is_named():
    [(code, message)] = _messages(a_policy(podSelecter={}))

    assert code == "ADMIT001"
    assert message == (
        "`apps/network/some.yaml`: NetworkPolicy `mlops/api`: `/spec` has `podSelecter`, which it"
        " can't have"
    )


def test_every_fault_of_an_object_is_a_finding_of_its_own():
    document = a_policy(ingress=[{"ports": [{"port": 1.5}]}, {"from": "everywhere"}])

    places = [message.split("`")[5] for _, message in _messages(document)]

    assert places == ["/spec/ingress/0/ports/0/port", "/spec/ingress/1/from"]


def test_a_field_of_a_newer_kubernetes_is_refused_by_an_older_one():
    document = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata("stopped"),
        "spec": {"containers": [{"name": "x", "lifecycle": {"stopSignal": "SIGTERM"}}]},
    }

    assert _found(document, kubernetes="1.33") == []
    assert [finding.code for finding in _found(document, kubernetes="1.32")] == ["ADMIT001"]


def test_a_contract_adds_what_the_schemas_of_kubernetes_leave_open():
    document = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": metadata("quota"),
        "spec": {"hard": {"nvidia.com/gpu": "4"}},
    }

    [(code, message)] = _messages(document)

    assert code == "ADMIT002"
    assert message.endswith(
        '`/spec/hard` has the key `"nvidia.com/gpu"`; a key must be a name that is counted:'
        " extended resources are with requests. in front only"
    )


def test_a_contract_says_what_a_value_must_be_in_words():
    [(code, message)] = _messages(a_pool(expireAfter="30d"))

    assert code == "ADMIT002"
    assert message == (
        '`apps/network/some.yaml`: NodePool `gpu`: `/spec/template/spec/expireAfter` is `"30d"`;'
        " it must be a duration of hours, minutes and seconds, such as 720h, or Never; Karpenter"
        " knows no days"
    )


def test_a_kind_without_schema_and_contract_is_our_fault():
    document = {"apiVersion": "acme.io/v1", "kind": "Rocket", "metadata": metadata("one")}

    [finding] = _found(document)

    assert finding.code == "ADMIT003"
    assert "Rocket `mlops/one`" in finding.message
    assert finding.fix.startswith("it is a fault of mlopsgen")


def test_a_kind_of_an_operator_is_not_taken_for_one_of_kubernetes_with_the_same_words():
    document = {"apiVersion": "networking.acme.io/v1", "kind": "Ingress", "metadata": metadata("x")}

    assert [finding.code for finding in _found(document)] == ["ADMIT003"]


def test_an_object_in_two_files_is_found_and_both_origins_are_shown():
    files = [an_artifact(a_policy(), path="one.yaml"), an_artifact(a_policy(), path="two.yaml")]

    [finding] = admitted(files, KUBERNETES)

    assert finding.code == "ADMIT004"
    assert finding.message == (
        "NetworkPolicy `mlops/api` is in `two.yaml`, and in `one.yaml` before it"
    )
    assert finding.related == (Related(ORIGIN, "`one.yaml` comes from here"),)


def test_an_object_twice_in_one_file_is_found():
    assert [finding.code for finding in _found(a_policy(), a_policy())] == ["ADMIT004"]


def test_the_same_name_in_another_namespace_or_of_another_kind_is_another_object():
    elsewhere = {**a_policy(), "metadata": metadata("api", namespace="other")}
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata("api")}

    assert _found(a_policy(), elsewhere, account) == []


@pytest.mark.parametrize(
    ("document", "place"),
    [
        (a_policy("a" * 254), "/metadata/name"),
        (a_policy("Api"), "/metadata/name"),
        (_labelled(team="my team"), "/metadata/labels/team"),
        (_labelled(team="x" * 64), "/metadata/labels/team"),
        (_labelled(**{"my team": "x"}), "/metadata/labels"),
        (_labelled(**{"x" * 64: "x"}), "/metadata/labels"),
        (a_policy(podSelector={"matchLabels": {"a": "-"}}), "/spec/podSelector/matchLabels/a"),
        (
            a_policy(
                podSelector={"matchExpressions": [{"key": "a", "operator": "In", "values": ["-"]}]}
            ),
            "/spec/podSelector/matchExpressions/0/values/0",
        ),
    ],
)
def test_names_and_labels_that_no_object_can_have_are_found(document, place):
    found = {(finding.code, finding.message.split("`")[5]) for finding in _found(document)}

    assert found == {("ADMIT005", place)}


@pytest.mark.parametrize(("version", "nearest"), [("1.99", "1.37"), ("1.09", "1.25")])
def test_a_version_without_schemas_is_said_once_and_nothing_is_guessed(version, nearest):
    [finding] = _found(a_policy(podSelecter={}), kubernetes=version)

    assert finding.code == "ADMIT006"
    assert finding.at == ("cluster", "version")
    assert finding.fix.startswith(f'write `version: "{nearest}"`')


@pytest.mark.parametrize(
    ("code", "document"),
    [
        ("ADMIT001", a_policy(ingress=[{"ports": [{"port": 1.5}]}])),
        ("ADMIT005", _labelled(team="my team")),
    ],
)
def test_a_page_without_an_example_shows_what_is_printed(code, document):
    shown = (RULE_PAGES / f"{code}.md").read_text(encoding="utf-8").split("```text\n")[1]
    path = shown.split("`")[1]

    [finding] = admitted([an_artifact(document, path=path)], KUBERNETES)

    assert " ".join(shown.split("```")[0].split()) == f"error[{code}]: {finding.message}"


def test_codes_are_unique_and_in_order():
    codes = [rule.code for rule in RULES]

    assert codes == sorted(set(codes))


def _a_class(name="acme-low", **fields):
    return {
        "apiVersion": "scheduling.k8s.io/v1",
        "kind": "PriorityClass",
        "metadata": {"name": name, "labels": {"app.kubernetes.io/name": name}},
        "value": -100,
        "preemptionPolicy": "Never",
        "globalDefault": False,
        **fields,
    }


def test_a_priority_is_only_for_those_who_name_it():
    assert _messages(_a_class()) == []

    assert [code for code, _ in _messages(_a_class(globalDefault=True))] == ["ADMIT002"]
    assert [code for code, _ in _messages(_a_class(value=1_000_000_001))] == ["ADMIT002"]


def test_a_priority_has_no_name_that_kubernetes_keeps_for_itself():
    [(code, message)] = _messages(_a_class("system-low"))

    assert code == "ADMIT002"
    assert "it must be a name that doesn't begin with system-" in message
