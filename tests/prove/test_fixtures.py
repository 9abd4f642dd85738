"""What lies beside the policies is refused and let in as it says, until a policy is changed."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
import yaml

from mlopsgen.compiler import compile_platform, rendered
from mlopsgen.prove.fixtures import tried
from mlopsgen.prove.specimens import armed
from tests.build import ROOT, a_plan
from tests.conformance.schemas import faults
from tests.golden import EXAMPLES, FEATURES
from tests.prove.emitting import emit

PLATFORMS = (ROOT, *EXAMPLES, *FEATURES)
POLICIES = "apps/policies/validatingadmissionpolicy-mlops-"
PREFIX = "policies/"


@cache
def _files(folder=ROOT):
    trees = compile_platform(folder / "platform.yaml").trees
    assert trees
    return trees


def _planned(**changes):
    return tuple(rendered(emit(a_plan(**changes))))


def _fixtures(files):
    return {file.path: file.data for file in files if file.path.startswith(PREFIX)}


def _images(files, path):
    documents = yaml.safe_load_all(_fixtures(files)[path])
    return [each["image"] for one in documents for each in one["spec"]["containers"]]


def _changed(path, change):
    """Return what is found when the object in the file *path* is changed."""
    found, hit = [], 0
    for file in _files()["prod"]:
        mended = file
        if file.path == path:
            document = yaml.safe_load(file.data)
            change(document)
            mended = replace(file, data=yaml.safe_dump(document).encode())
            hit += 1
        found.append(mended)
    assert hit == 1
    return tried(found).faults


def _validations():
    for file in _files()["prod"]:
        if file.path.startswith(POLICIES):
            document = yaml.safe_load(file.data)
            name = document["metadata"]["labels"]["app.kubernetes.io/name"]
            for index in range(len(document["spec"]["validations"])):
                yield pytest.param(file.path, name, index, id=f"{name}-{index}")


@pytest.mark.parametrize("folder", PLATFORMS, ids=lambda path: path.name)
def test_every_policy_does_what_its_fixtures_ask(folder):
    for files in _files(folder).values():
        trial = tried(files)

        assert trial.faults == ()
        policies = [
            file
            for file in files
            if file.path.startswith("apps/policies/") and "binding" not in file.path
        ]
        assert len([path for path in _fixtures(files) if ".deny." in path]) == len(policies)
        assert (trial.count > 0) == bool(policies)


@pytest.mark.parametrize(("path", "name", "index"), [*_validations()])
def test_a_validation_that_is_gone_is_named_with_a_fixture(path, name, index):
    def change(policy):
        policy["spec"]["validations"][index].update(expression="true")

    told = _changed(path, change)

    assert told
    for fault in told:
        assert fault.startswith(f"policies/{name}.deny.yaml: ")
        assert f"has to be refused by the policy `{name}` with: " in fault


@pytest.mark.parametrize(("path", "name", "index"), [*_validations()])
def test_a_policy_that_refuses_everything_is_named_with_a_fixture(path, name, index):
    def change(policy):
        policy["spec"]["validations"][index].update(expression="false", message="no")
        policy["spec"]["validations"][index].pop("messageExpression", None)

    told = _changed(path, change)

    let_in = [each for each in told if each.startswith(f"policies/{name}.admit.yaml: ")]
    assert let_in
    assert all(
        each.endswith(f"has to be let in by the policy `{name}`, which says: no") for each in let_in
    )


def test_another_message_is_told():
    def change(policy):
        policy["spec"]["validations"][1].update(message="no folders here")

    assert _changed(f"{POLICIES}confined-pods.yaml", change) == (
        (
            "policies/confined-pods.deny.yaml: Pod `specimen-host-folder` has to be refused by the"
            " policy `confined-pods` with: a volume is a folder of the node (hostPath);"
            " it says: no folders here"
        ),
    )


def test_an_expression_that_does_not_compile_is_told():
    def change(policy):
        policy["spec"]["validations"][0].update(expression="nonsense(")

    told = _changed(f"{POLICIES}fixed-tags.yaml", change)

    assert told
    assert all("it can't be judged" in each for each in told)


def test_fixtures_without_their_policy_are_named():
    files = [file for file in _files()["prod"] if file.path != f"{POLICIES}fixed-tags.yaml"]

    told = tried(files).faults

    assert {each.partition(":")[0] for each in told} == {
        "policies/fixed-tags.admit.yaml",
        "policies/fixed-tags.deny.yaml",
    }
    assert all(each.endswith("has no policy `fixed-tags` to be held against") for each in told)


def test_an_image_that_no_signature_is_asked_for_is_named():
    files = _files(ROOT / "tests/golden/signatures")["prod"]
    found = []
    for file in files:
        data = file.data
        if "/clusterpolicy-" in file.path:
            document = yaml.safe_load(data)
            document["spec"]["rules"] = [
                rule for rule in document["spec"]["rules"] if rule["name"] != "reviewed"
            ]
            data = yaml.safe_dump(document).encode()
        found.append(replace(file, data=data))

    [fault] = tried(found).faults

    assert fault.startswith(
        "policies/signed-images.deny.yaml: Pod `specimen-reviewed` has to be refused by the policy"
        " `signed-images` with: it needs the signature `reviewed`"
    )


@pytest.mark.parametrize("path", sorted(_fixtures(_files()["prod"])))
def test_nothing_but_the_policy_has_anything_against_them(path):
    for document in yaml.safe_load_all(_fixtures(_files()["prod"])[path]):
        assert faults(document) == []


def test_images_of_the_platform_are_let_in():
    images = _images(_files()["prod"], "policies/known-registries.admit.yaml")

    assert "vllm/vllm-openai:v0.8.0" in images


@pytest.mark.parametrize("name", ["fixed-tags", "known-registries"])
def test_a_policy_that_only_warns_is_tried_without_images_of_the_platform(name):
    """They may be the reason why it only warns."""
    files = _planned(policies={"audit": {name: "until May"}, "registries": ["ghcr.io/acme"]})

    assert all(
        each.startswith("ghcr.io/acme/specimen:")
        for each in _images(files, f"policies/{name}.admit.yaml")
    )
    assert [each for each in tried(files).faults if each.startswith(f"policies/{name}.")] == []


def test_all_of_docker_hub_may_be_listed():
    plan = a_plan(policies={"registries": ["docker.io", "ghcr.io"]})
    files = tuple(rendered(emit(plan)))

    assert list(armed(plan, emit(plan))) == []
    assert _images(files, "policies/known-registries.deny.yaml") == ["registry.invalid/tool:1.0.0"]


def test_a_cluster_that_knows_no_policies_has_no_fixtures():
    assert _fixtures(_planned(cluster={"version": "1.29"})) == {}


def test_no_application_reads_the_fixtures():
    sources = [
        yaml.safe_load(file.data)["spec"]
        for file in _files()["prod"]
        if file.path.startswith("argocd/application-")
    ]
    paths = [
        source["path"]
        for spec in sources
        for source in (spec.get("source"), *spec.get("sources", ()))
        if source and "path" in source
    ]

    assert paths
    assert all("/apps/" in path for path in paths)
