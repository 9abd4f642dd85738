"""What the Terraform of infrastructure/ asks of modules and providers, they have."""

import json
import re

import pytest

from mlopsgen.emit.terraform.cluster import METRICS_SERVER
from mlopsgen.plan.network import FROM_CONTROL_PLANE
from tests.infrastructure.reading import FOLDERS, MODULES, PROVIDERS, TFVARS, blocks, text

META = {"source", "version", "for_each", "count", "depends_on", "providers"}
COMMON = {"for_each", "count", "depends_on", "lifecycle", "provider", "dynamic"}
MARKS = {"__is_block__", "__comments__", "__inline_comments__"}
CALLS = blocks("module")
BOUGHT = [call for call in CALLS if not call.body["source"].startswith(".")]
RESOURCES = [
    each for each in (*blocks("resource"), *blocks("data")) if each.labels[0] != "terraform_data"
]


def _asked(call):
    return set(call.body) - META


def _interface(resource):
    provider = PROVIDERS[resource.labels[0].split("_")[0]]
    return provider[resource.kind][resource.labels[0]]


def _mistakes(body, interface, place=""):
    """Yield what *body* has and *interface* doesn't, and what it lacks."""
    nested = interface.get("blocks", {})
    repeated = [each.items() for each in body.get("dynamic", [])]
    dynamic = {name: block["content"] for each in repeated for name, block in each}
    inside = {**dynamic, **{key: body[key] for key in body if key in nested}}
    plain = set(body) - COMMON - MARKS - set(nested)
    yield from (f"{place}{name}" for name in plain - set(interface["attributes"]))
    for name, attribute in interface["attributes"].items():
        if attribute["is"] == "required" and name not in body:
            yield f"no {place}{name}"
        if attribute["is"] == "computed" and name in body:
            yield f"{place}{name} is computed"
    for name, block in nested.items():
        if block["required"] and name not in inside:
            yield f"no {place}{name}"
        for content in inside.get(name, []):
            yield from _mistakes(content, block, f"{place}{name}.")
    yield from (f"{place}{name}" for name in set(inside) - set(nested))


@pytest.mark.parametrize("call", BOUGHT, ids=str)
def test_a_module_of_the_registry_has_the_inputs_at_the_pinned_version(call):
    module = MODULES[call.body["source"]]

    assert call.body["version"] == module["version"]
    assert _asked(call) - set(module["inputs"]) == set()


@pytest.mark.parametrize("call", [each for each in CALLS if each not in BOUGHT], ids=str)
def test_a_module_of_ours_gets_its_inputs_and_no_other(call):
    folder = (call.folder / call.body["source"]).resolve()
    variables = blocks("variable", (folder,))
    required = {each.labels[0] for each in variables if "default" not in each.body}

    assert _asked(call) - {each.labels[0] for each in variables} == set()
    assert required - _asked(call) == set()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_what_is_read_of_a_module_is_an_output(folder):
    calls = {call.labels[0]: call for call in CALLS if call.folder == folder}
    # module.irsa is read in a loop, as role.
    for name, output in re.findall(r"module\.(\w+)\.(\w+)", text(folder)):
        source = calls[name].body["source"]
        known = (
            {each.labels[0] for each in blocks("output", ((folder / source).resolve(),))}
            if source.startswith(".")
            else set(MODULES[source]["outputs"])
        )
        assert output in known, f"module.{name}.{output}"


def test_roles_have_an_arn():
    [source] = {call.body["source"] for call in CALLS if call.labels == ("irsa",)}

    assert "iam_role_arn" in MODULES[source]["outputs"]


@pytest.mark.parametrize("resource", RESOURCES, ids=str)
def test_a_resource_has_the_arguments_that_the_provider_knows(resource):
    assert [*_mistakes(resource.body, _interface(resource))] == []


@pytest.mark.parametrize(
    ("change", "mistake"),
    [
        ({"databse": 1}, "databse"),
        ({"queue": [{"queue_arn": "a", "event": []}]}, "queue.event"),
        ({"bucket": None}, "no bucket"),
    ],
    ids=["argument", "nested", "missing"],
)
def test_a_mistake_in_a_resource_is_found(change, mistake):
    [notification] = [each for each in RESOURCES if each.labels[0] == "aws_s3_bucket_notification"]
    body = {**notification.body, **change}
    changed = {key: value for key, value in body.items() if value is not None}

    assert mistake in {*_mistakes(changed, _interface(notification))}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_providers_are_those_whose_interfaces_are_known(folder):
    for each in blocks("terraform", (folder,)):
        for needed in each.body.get("required_providers", []):
            for name, provider in needed.items():
                if name in MARKS:
                    continue
                major, minor = provider["version"].removeprefix("~> ").split(".")
                known = PROVIDERS[name]["version"].split(".")
                assert provider["source"] == f"hashicorp/{name}"
                assert known[0] == major
                assert int(known[1]) >= int(minor)


def test_ports_of_nodes_that_the_module_leaves_closed_are_opened():
    """EKS's metrics-server listens at 10251, which the module opens from 21.7.0 on alone."""
    opened = set(MODULES["terraform-aws-modules/eks/aws"]["from_control_plane"])

    assert opened == FROM_CONTROL_PLANE
    for path in TFVARS:
        rules = json.loads(path.read_text(encoding="utf-8"))["node_security_group_additional_rules"]
        ours = {rule["from_port"] for rule in rules.values()}
        assert METRICS_SERVER in ours, path
        assert ours & opened == set(), path
        assert all(rule["from_port"] == rule["to_port"] for rule in rules.values())
