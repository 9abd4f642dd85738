from __future__ import annotations

import re

import pytest
import yaml

from mlopsgen import names
from mlopsgen.emit import events, helm, monitors, network, terraform
from mlopsgen.facts import component
from mlopsgen.prove import schemas
from mlopsgen.resources import TEMPLATES
from mlopsgen.shapes import Shapes
from tests.build import a_plan
from tests.conformance.schemas import faults

SHAPES = Shapes(TEMPLATES)
STEP = {"image": "acme/train:1", "command": ["train"]}
INSTALLED = {"argo-events": {}, "argo-workflows": {}, "argocd": {}, "prometheus": {}}
QUEUE = "arn:aws:sqs:eu-central-1:444455556666:drift"
KEY = "arn:aws:kms:eu-central-1:444455556666:key/1234"
NEW_DATA = {
    "s3": {"prefix": "data/", "suffix": ".csv"},
    "fromEvent": {"dataset": names.EVENT_KEY},
    "arguments": {"mode": "new"},
}
MEMBER_LIMIT = 1000
"""RE2, by which Argo Events matches, refuses a pattern that repeats something more often."""


def _plan(triggers=None, **others):
    pipeline = {
        "parameters": {"mode": "full", "dataset": "all"},
        "triggers": {"new-data": NEW_DATA} if triggers is None else triggers,
        "steps": {"fit": STEP},
    }
    sections = {"components": INSTALLED, "pipelines": {"churn": pipeline}, **others}
    return a_plan(**sections)


def _objects(plan):
    return {
        (one["kind"], one["metadata"]["name"]): one
        for each in events.emit(plan, SHAPES)
        for one in each.objects
    }


def _sensor(triggers=None):
    return _objects(_plan(triggers))["Sensor", "churn"]["spec"]


def _run(sensor):
    return sensor["triggers"][0]["template"]["k8s"]["source"]["resource"]


def test_a_platform_without_triggers_gets_nothing():
    assert _objects(_plan({})) == {}
    [variables] = terraform.emit(_plan({}), SHAPES)
    assert "event_queues" not in variables.body


def test_there_is_one_bus_and_one_of_each_for_a_pipeline():
    pipelines = {
        name: {"triggers": {"a": {"s3": {"prefix": f"{name}/"}}}, "steps": {"fit": STEP}}
        for name in ("one", "two")
    }
    objects = _objects(_plan(pipelines=pipelines))

    assert [name for kind, name in objects if kind == "EventBus"] == ["default"]
    assert [name for kind, name in objects if kind == "EventSource"] == ["one", "two"]
    assert [name for kind, name in objects if kind == "Sensor"] == ["one", "two"]


def test_the_contracts_and_the_cluster_take_every_object():
    for document in _objects(_plan()).values():
        contract = schemas.contract(document["apiVersion"], document["kind"])

        assert faults(document) == []
        assert contract is None or contract.is_valid(document)


def test_all_of_it_is_where_the_controller_looks_and_the_role_where_the_runs_are():
    homes = {kind: one["metadata"]["namespace"] for (kind, _), one in _objects(_plan()).items()}

    assert {kind for kind, home in homes.items() if home == "mlops"} == {"Role", "RoleBinding"}
    assert {home for kind, home in homes.items() if "Role" not in kind} == {"argo-events"}
    values = _values(_plan())
    assert values["controller"]["rbac"] == {"namespaced": True}


def _values(plan):
    [found] = [each for each in helm.emit(plan, SHAPES) if each.path == "helm/argo-events.yaml"]
    return found.body


def test_the_controller_deploys_the_version_that_the_bus_names():
    bus = _objects(_plan())["EventBus", "default"]["spec"]["jetstream"]
    [version] = _values(_plan())["configs"]["jetstream"]["versions"]

    assert version["version"] == bus["version"]
    images = component("argo-events").images.images
    ours = {version[key] for key in ("natsImage", "metricsExporterImage", "configReloaderImage")}
    assert {image.removeprefix("docker.io/").removeprefix("library/") for image in images} >= ours


def test_every_helm_value_is_one_that_the_chart_has():
    facts = component("argo-events")

    assert [key for key in _leaves(_values(_plan())) if not facts.takes(key)] == []


def _leaves(values, above=""):
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{above}{key}.")
        else:
            yield f"{above}{key}"


def test_the_bus_keeps_events_on_disk_and_has_room_for_its_stream():
    bus = _objects(_plan())["EventBus", "default"]["spec"]["jetstream"]
    stream, settings = yaml.safe_load(bus["streamConfig"]), yaml.safe_load(bus["settings"])

    assert bus["persistence"]["volumeSize"] == "5Gi"
    assert settings["max_file_store"] == "4GB"
    assert isinstance(stream["maxBytes"], int)
    assert stream["replicas"] == bus["replicas"] == 3
    assert stream["discard"] == 1


def test_drains_leave_two_of_three_servers():
    objects = _objects(_plan())
    budget = objects["PodDisruptionBudget", "event-bus"]["spec"]
    made = component("argo-events").workloads["event-bus"].labels

    assert budget["maxUnavailable"] == 1
    assert made.items() <= budget["selector"]["matchLabels"].items()
    assert budget["selector"]["matchLabels"]["eventbus-name"] == names.EVENT_BUS


@pytest.mark.parametrize("kind", ["EventSource", "Sensor"])
def test_pods_are_restricted(kind):
    template = _objects(_plan())[kind, "churn"]["spec"]["template"]

    assert template["securityContext"]["runAsNonRoot"] is True
    assert template["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert template["container"]["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def test_only_a_sensor_talks_to_the_kubernetes_api_and_only_to_start_runs():
    objects = _objects(_plan())
    tokens = {
        name: one.get("automountServiceAccountToken", True)
        for (kind, name), one in objects.items()
        if kind == "ServiceAccount"
    }

    assert tokens == {"event-bus": False, "events-churn": False, "trigger-churn": True}
    assert objects["Role", "trigger-churn"]["rules"] == [
        {"apiGroups": ["argoproj.io"], "resources": ["workflows"], "verbs": ["create"]}
    ]
    [subject] = objects["RoleBinding", "trigger-churn"]["subjects"]
    assert (subject["name"], subject["namespace"]) == ("trigger-churn", "argo-events")


def test_the_sensor_hears_before_the_event_source_speaks():
    objects = _objects(_plan())
    waves = {
        kind: objects[kind, "churn"]["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"]
        for kind in ("Sensor", "EventSource")
    }

    assert int(waves["Sensor"]) < int(waves["EventSource"])


def test_what_s3_tells_comes_through_a_queue_that_terraform_makes():
    plan = _plan()
    [variables] = terraform.emit(plan, SHAPES)
    [(name, queue)] = variables.body["event_queues"].items()
    source = _objects(plan)["EventSource", "churn"]["spec"]["sqs"]["new-data"]

    assert source == {
        "region": "eu-west-1",
        "queue": name,
        "waitTimeSeconds": 20,
        "jsonBody": True,
        "dlq": True,
    }
    assert queue["bucket"] == plan.bucket == "acme-artifacts-dev"
    assert queue["events"] == ["s3:ObjectCreated:*"]
    assert (queue["filter_prefix"], queue["filter_suffix"]) == ("data/", ".csv")
    assert queue["dead_letters"]["name"] == f"{name}-dead"


def test_a_queue_of_somebody_else_is_asked_in_its_region_and_account():
    plan = _plan({"drift": {"sqs": {"queue": QUEUE, "key": KEY}}})
    source = _objects(plan)["EventSource", "churn"]["spec"]["sqs"]["drift"]
    [variables] = terraform.emit(plan, SHAPES)

    assert (source["region"], source["queue"]) == ("eu-central-1", "drift")
    assert source["queueAccountId"] == "444455556666"
    assert "event_queues" not in variables.body


def test_the_event_source_may_take_messages_from_its_queues_and_no_more():
    plan = _plan({"new": {"s3": {"prefix": "data/"}}, "drift": {"sqs": {"queue": QUEUE}}})
    [heard] = plan.listening
    [statement] = heard.identity.statements

    assert statement.actions == ("sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage")
    ours = "arn:aws:sqs:eu-west-1:111122223333:acme-dev-churn-new"
    assert statement.resources == (ours, QUEUE)
    assert heard.identity.key_actions == ()
    [variables] = terraform.emit(plan, SHAPES)
    assert variables.body["irsa_roles"]["acme-dev-events-churn"]["namespace"] == "argo-events"


def test_a_queue_with_a_key_of_its_own_is_decrypted_with_that_key():
    [heard] = _plan({"drift": {"sqs": {"queue": QUEUE, "key": KEY}}}).listening
    statements = {each.sid: each for each in heard.identity.statements}

    assert statements["DecryptEvents"].actions == ("kms:Decrypt",)
    assert statements["DecryptEvents"].resources == (KEY,)


def test_a_pipeline_reads_the_folder_that_it_is_started_by():
    [workflow] = _plan().workflows
    read = {resource for each in workflow.identity.statements for resource in each.resources}
    sids = [each.sid for each in workflow.identity.statements]

    assert "arn:aws:s3:::acme-artifacts-dev/data/*" in read
    assert len(set(sids)) == len(sids)
    [without] = _plan({}).workflows
    assert "data" not in str(without.identity)


def test_a_run_is_of_the_template_and_one_after_the_other():
    run = _run(_sensor())

    assert run["spec"]["workflowTemplateRef"] == {"name": "churn"}
    assert run["spec"]["synchronization"] == {"mutexes": [{"name": "churn.triggers"}]}
    assert run["metadata"]["labels"] == {"mlopsgen/pipeline": "churn"}
    assert run["metadata"]["namespace"] == "mlops"


def test_every_value_of_an_event_lands_in_its_parameter():
    sensor = _sensor()
    parameters = _run(sensor)["spec"]["arguments"]["parameters"]
    [taken] = sensor["triggers"][0]["template"]["k8s"]["parameters"]
    index = int(taken["dest"].split(".")[3])

    assert parameters[index]["name"] == "dataset"
    assert taken["src"] == {"dependencyName": "on-new-data", "dataKey": names.EVENT_KEY}
    assert {"name": "mode", "value": "new"} in parameters


def _passes(sensor, path, text):
    [dependency] = sensor["dependencies"]
    [row] = [each for each in dependency["filters"]["data"] if each["path"] == path]
    return any(re.search(pattern, text) for pattern in row["value"])


@pytest.mark.parametrize(
    "text",
    [
        "{{workflow.uid}}", "{{=sprig.repeat(1000000000, 'x')}}", "x{{", "{{{", "{ {{", "a\n{{b}}",
        '{"a": "{{b"}', "{$(X){{",
    ],
)  # fmt: skip
def test_an_event_that_would_be_computed_where_a_parameter_is_taken_from_starts_nothing(text):
    sensor = _sensor({"drift": {"sqs": {"queue": QUEUE}, "fromEvent": {"dataset": "body.dataset"}}})

    assert not _passes(sensor, "body.dataset", text)


@pytest.mark.parametrize(
    "text",
    [
        'data/2026-01-01 (final).csv; `reboot` "é"', "", "$5", "$(TOKEN)", "a\nb", "{", "a{", "{}",
        "}}", '{"a": {"b": [{"c": {}}]}}',
    ],
)  # fmt: skip
def test_any_other_event_starts_a_run(text):
    sensor = _sensor({"drift": {"sqs": {"queue": QUEUE}, "fromEvent": {"dataset": "body.dataset"}}})

    assert _passes(sensor, "body.dataset", text)


@pytest.mark.parametrize(
    ("key", "starts"),
    [
        ("data/a.csv", True),
        ("data/deep/a+b%28.csv", True),
        ("data/a.csv.tmp", False),
        ("data/a_csv", False),
        ("other/data/a.csv", False),
        ("data/{{a}}.csv", False),
        ("data/{a}$.csv", True),
        ("data/a{.csv", True),
    ],
)
def test_only_files_of_the_folder_start_a_run(key, starts):
    assert _passes(_sensor(), names.EVENT_KEY, key) is starts


def test_no_pattern_repeats_more_often_than_argo_events_takes():
    text = str(_sensor())

    assert [n for n in re.findall(r"\{\d*,?(\d+)\}", text) if int(n) > MEMBER_LIMIT] == []


def test_an_event_of_which_nothing_is_taken_is_not_filtered():
    [dependency] = _sensor({"drift": {"sqs": {"queue": QUEUE}}})["dependencies"]

    assert "filters" not in dependency


@pytest.mark.parametrize("name", ["in", "not", "true", "and"])
def test_a_trigger_may_have_the_name_of_a_word_of_the_conditions(name):
    [trigger] = _sensor({name: {"s3": {"prefix": "data/"}}})["triggers"]

    assert trigger["template"]["conditions"] == f"on-{name}"


def test_a_burst_starts_so_many_runs_and_what_fails_is_tried_again():
    trigger = {**NEW_DATA, "atMost": {"runs": 4, "per": "Minute"}}
    [found] = _sensor({"new-data": trigger})["triggers"]
    [default] = _sensor()["triggers"]

    assert found["rateLimit"] == {"unit": "Minute", "requestsPerUnit": 4}
    assert default["rateLimit"] == {"unit": "Hour", "requestsPerUnit": 10}
    assert found["atLeastOnce"] is found["dlqTrigger"]["atLeastOnce"] is True
    steps = found["retryStrategy"]["steps"]
    assert sum(10 * 2**step for step in range(steps - 1)) // 60 == 21


def test_prometheus_reaches_and_scrapes_all_three_kinds_of_pods():
    plan = _plan()
    scraped = {
        one["metadata"]["name"]: one["spec"]["selector"]["matchLabels"]
        for each in monitors.emit(plan, SHAPES)
        for one in each.objects
    }
    policies = {
        one["metadata"]["name"]: one["spec"]
        for each in network.emit(plan, SHAPES)
        for one in each.objects
        if one["metadata"]["namespace"] == "argo-events"
    }

    for key in ("event-bus", "event-source", "sensor"):
        policy = policies[f"argo-events-{key}"]
        assert scraped[f"argo-events-{key}"] == policy["podSelector"]["matchLabels"]
        ports = [port["port"] for rule in policy["ingress"] for port in rule["ports"]]
        assert 7777 in ports


def test_only_the_event_source_leaves_the_cluster():
    policies = {
        one["metadata"]["name"]: str(one["spec"].get("egress"))
        for each in network.emit(_plan(), SHAPES)
        for one in each.objects
        if one["metadata"]["namespace"] == "argo-events"
    }

    outside = {name for name, egress in policies.items() if "0.0.0.0/0" in egress}
    assert outside == {"argo-events-event-source"}


def test_a_run_waits_for_what_its_pipeline_waits_for_too():
    pipeline = {"mutex": "gpu", "triggers": {"new": NEW_DATA}, "steps": {"fit": STEP}}
    pipeline["parameters"] = {"mode": "full", "dataset": "all"}
    run = _run(_objects(_plan(pipelines={"churn": pipeline}))["Sensor", "churn"]["spec"])

    assert run["spec"]["synchronization"] == {
        "mutexes": [{"name": "churn.triggers"}, {"name": "gpu"}]
    }
