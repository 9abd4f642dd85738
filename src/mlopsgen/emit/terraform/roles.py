"""IAM roles: who takes them, and exactly what they may do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mlopsgen.plan import Identity, Plan, Statement
from mlopsgen.plan.identities import Account

_STORAGE_ACCOUNT = "ebs-csi-controller-sa"
"""The service account that the add-on aws-ebs-csi-driver brings."""


def roles(plan: Plan) -> dict[str, Any]:
    """Return the IAM roles that service accounts take."""
    return {each.role: _role(each) for each in (*plan.identities, storage_role(plan))}


def storage_role(plan: Plan) -> Identity:
    """Return the identity of the add-on that makes volumes."""
    account = Account(plan.scope, plan.platform.aws.region, plan.platform.aws.account_id)
    found = account.identity(
        "kube-system", _STORAGE_ACCOUNT, (), key_actions=(), origin=("cluster",)
    )
    return replace(found, policy="ebs_csi")


def _role(identity: Identity) -> dict[str, Any]:
    return {
        "namespace": identity.namespace,
        "service_account": identity.service_account,
        "policy": identity.policy,
        "statements": [_statement(each) for each in identity.statements],
        "key_actions": [*identity.key_actions],
    }


def _statement(statement: Statement) -> dict[str, Any]:
    return {
        "sid": statement.sid,
        "actions": [*statement.actions],
        "resources": [*statement.resources],
        "conditions": [
            {"test": test, "variable": variable, "values": [*values]}
            for test, variables in statement.conditions.items()
            for variable, values in variables.items()
        ],
    }
