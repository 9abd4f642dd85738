"""A policy that is deleted, unbound, weakened or narrowed is named."""

from copy import deepcopy
from dataclasses import replace

import pytest

from mlopsgen.plan.policies import policies
from mlopsgen.prove.specimens import armed
from tests.build import a_plan, reference_plan
from tests.prove.emitting import emit, reference

KIND = "ValidatingAdmissionPolicy"
PLANNED = policies(reference_plan())


def _changed(kind, name, change):
    """Return what is found when *change* is done to one object; None deletes it."""
    plan, artifacts = reference()
    spoiled, hit = [], 0
    for artifact in artifacts:
        body = deepcopy(artifact.body)
        if isinstance(body, tuple):
            kept = []
            for each in body:
                mine = (each["kind"], each["metadata"]["name"]) == (kind, name)
                hit += mine
                if mine and change:
                    change(each)
                if change or not mine:
                    kept.append(each)
            body = tuple(kept)
        spoiled.append(replace(artifact, body=body))
    assert hit == 1
    return [(each.code, each.message) for each in armed(plan, spoiled)]


def test_the_policies_of_the_reference_platform_are_in_force():
    assert len(PLANNED) == 5
    assert list(armed(*reference())) == []


@pytest.mark.parametrize("policy", PLANNED, ids=lambda policy: policy.name)
@pytest.mark.parametrize("kind", [KIND, f"{KIND}Binding"])
def test_a_policy_or_a_binding_that_is_deleted_is_named(policy, kind):
    [(code, message)] = _changed(kind, policy.object_name, None)

    assert code == "ADMIT011"
    told = "isn't there" if kind == KIND else "isn't bound with `Deny`"
    assert message.startswith(f"the policy `{policy.object_name}` {told}")


@pytest.mark.parametrize(
    ("kind", "change", "told"),
    [
        (
            f"{KIND}Binding",
            lambda each: each["spec"].update(validationActions=["Warn"]),
            "isn't bound with `Deny`",
        ),
        (
            f"{KIND}Binding",
            lambda each: each["spec"].update(validationActions=[]),
            "isn't bound with `Deny`",
        ),
        (
            f"{KIND}Binding",
            lambda each: each["spec"].update(policyName="another"),
            "isn't bound with `Deny`",
        ),
        (
            f"{KIND}Binding",
            lambda each: each["spec"].update(matchResources={"namespaceSelector": {}}),
            "is bound for a part of the objects only",
        ),
        (
            KIND,
            lambda each: each["spec"]["matchConstraints"]["namespaceSelector"]["matchExpressions"][
                0
            ].update(values=[]),
            "isn't for the namespace `mlops`",
        ),
    ],
)
def test_a_policy_that_does_less_than_planned_is_named(kind, change, told):
    [(_, message)] = _changed(kind, "mlops-fixed-tags", change)

    assert told in message


def test_a_policy_that_only_warns_on_purpose_is_in_force():
    plan = a_plan(policies={"audit": {"fixed-tags": "the team moves to versions until May"}})

    assert list(armed(plan, emit(plan))) == []


def test_a_cluster_that_knows_no_policies_has_none_to_miss():
    plan = a_plan(cluster={"version": "1.29"})

    assert list(armed(plan, emit(plan))) == []
