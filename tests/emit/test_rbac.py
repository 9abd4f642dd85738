from __future__ import annotations

from mlopsgen.emit import rbac
from mlopsgen.resources import TEMPLATES
from mlopsgen.shapes import Shapes
from tests.build import a_plan, reference_plan
from tests.conformance.schemas import faults

SHAPES = Shapes(TEMPLATES)
OWNED = {"mlops": {"owners": ["search", "ads"]}, "lonely": {}}
MEMOIZED = {
    "train": {
        "parameters": {"day": "1"},
        "steps": {
            "load": {
                "image": "acme/load:1",
                "command": ["load"],
                "memoize": {"key": ["day"], "ttl": "1h"},
            }
        },
    }
}


def _objects(plan):
    return {
        (one["kind"], one["metadata"]["namespace"], one["metadata"]["name"]): one
        for each in rbac.emit(plan, SHAPES)
        for one in each.objects
    }


def _may(role, verb):
    return {
        resource
        for rule in role["rules"]
        for resource in rule["resources"]
        if verb in rule["verbs"]
    }


def _owners(**components):
    plan = a_plan(namespaces=OWNED, components=components)
    return _objects(plan)["Role", "mlops", "owners"]


def test_the_cluster_takes_every_object_of_the_reference():
    objects = _objects(reference_plan()).values()

    assert len(objects) == 4
    assert [fault for one in objects for fault in faults(one)] == []


def test_owners_are_bound_to_the_role_of_their_namespace_only():
    emitted = _objects(a_plan(namespaces=OWNED))

    assert emitted.keys() == {("Role", "mlops", "owners"), ("RoleBinding", "mlops", "owners")}
    binding = emitted["RoleBinding", "mlops", "owners"]
    assert binding["roleRef"]["kind"] == "Role"
    assert [subject["name"] for subject in binding["subjects"]] == ["search", "ads"]
    assert {subject["kind"] for subject in binding["subjects"]} == {"Group"}


def test_owners_restart_pods_one_at_a_time():
    role = _owners(**{"argo-workflows": {}, "kserve": {}})

    assert _may(role, "delete") == {"pods", "workflows"}
    assert _may(role, "deletecollection") == set()


def test_owners_start_pipelines_and_change_nothing_that_git_decides():
    role = _owners(**{"argo-workflows": {}, "kserve": {}})

    assert _may(role, "create") == _may(role, "update") == _may(role, "patch") == {"workflows"}


def test_nobody_reads_secrets_or_enters_pods_and_nothing_is_a_wildcard():
    for role in _objects(reference_plan()).values():
        for rule in role.get("rules", ()):
            words = {*rule["apiGroups"], *rule["resources"], *rule["verbs"]}
            assert not words & {"*", "secrets", "pods/exec", "escalate", "bind", "impersonate"}


def test_what_isnt_installed_isnt_in_the_role():
    assert "inferenceservices" not in _may(_owners(), "get")
    assert "workflows" not in _may(_owners(), "get")


def test_the_controller_writes_the_caches_it_needs_and_no_other_config_map():
    plan = a_plan(components={"argo-workflows": {}}, pipelines=MEMOIZED)
    emitted = _objects(plan)
    create, update = emitted["Role", "argo", "memo-caches"]["rules"]

    assert create["verbs"] == ["create"]
    assert update["resourceNames"] == ["memo-train"]
    assert update["verbs"] == ["get", "update", "delete"]
    [subject] = emitted["RoleBinding", "argo", "memo-caches"]["subjects"]
    controller = plan.parts["argo-workflows"].facts.workloads["controller"]
    assert subject["name"] == controller.service_account


def test_without_memoized_steps_the_controller_writes_none():
    assert _objects(a_plan(components={"argo-workflows": {}})) == {}
