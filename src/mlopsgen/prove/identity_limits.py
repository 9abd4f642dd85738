"""The limits of identities: no wildcards, and no more than IAM takes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from mlopsgen.diagnostics import Finding, SpecPath, rule
from mlopsgen.names import ROLE_LIMIT
from mlopsgen.prove.emitted import OUR_FAULT, TFVARS, Emitted

_UNSCOPED = {"ecr:GetAuthorizationToken", "iam:ListInstanceProfiles", "route53:ListHostedZones"}
"""Actions that IAM knows no resources for (AWS, Service Authorization Reference, Amazon ECR, AWS
IAM and Amazon Route 53)."""

_ENDINGS = {"dynamodb": ".*", "s3": "/*", "secretsmanager": "-??????"}
"""How a resource may end, by its service: the tables of one store, what lies under one prefix, and
the six characters that AWS appends to the name of a secret."""

_POLICY_LIMIT = 6144
"""Characters of a managed policy, white space not counted (AWS, IAM User Guide, IAM and AWS STS
quotas)."""

_KEY_STATEMENT = 330
"""Characters of what Terraform adds for the key of the bucket: its ARN of 75, the service it is
used through, and the words around."""


@rule("IDENT004")
def nothing_is_a_wildcard(emitted: Emitted) -> Iterator[Finding]:
    """No role grants a wildcard.

    `s3:*` holds actions that AWS has yet to invent, and `*` the buckets of others. In a path a
    star stands for what lies under it, and nowhere else. The same goes for the rules of Roles in
    Kubernetes.
    """
    places: dict[str, SpecPath] = {each.role: each.origin for each in emitted.plan.identities}
    statements = [
        (f"the role `{name}`", places.get(name, ("aws",)), statement)
        for name, role in emitted.terraform.get("irsa_roles", {}).items()
        for statement in role.get("statements", ())
    ]
    added = emitted.terraform.get("karpenter", {}).get("iam_policy_statements", ())
    karpenter: SpecPath = ("components", "karpenter")
    statements += [("the role of Karpenter", karpenter, statement) for statement in added]
    for subject, at, statement in statements:
        for wide in _wide(statement):
            yield Finding(
                at=at,
                message=f"`{TFVARS}`: {subject} grants `{wide}` in `{statement.get('sid', '')}`",
                fix="name what is meant without `*` and `?` in platform.yaml",
            )
    for found in emitted.objects.of("Role", "ClusterRole"):
        for entry in found.body.get("rules", ()):
            for key in ("apiGroups", "resources", "verbs"):
                if "*" in entry.get(key, ()):
                    yield Finding(
                        at=found.origin,
                        message=f"{found.subject} has the wildcard `*` in `{key}`",
                        fix=OUR_FAULT,
                    )


def _wide(statement: Mapping[str, Any]) -> Iterator[str]:
    """Yield the actions and resources of *statement* that stand for others."""
    actions = statement.get("actions", ())
    yield from (each for each in actions if _wild(each))
    for resource in statement.get("resources", ()):
        if resource == "*" and set(actions) <= _UNSCOPED:
            continue
        service = resource.split(":")[2] if resource.count(":") > 1 else ""
        if _wild(resource.removesuffix(_ENDINGS.get(service, ""))):
            yield resource


def _wild(text: str) -> bool:
    return "*" in text or "?" in text


@rule("IDENT005")
def roles_fit_into_iam(emitted: Emitted) -> Iterator[Finding]:
    """Roles and policies keep to the limits of IAM.

    What is longer is refused when Terraform applies it, after it has made half of the platform.
    """
    places: dict[str, SpecPath] = {each.role: each.origin for each in emitted.plan.identities}
    for name, role in emitted.terraform.get("irsa_roles", {}).items():
        at = places.get(name, ("aws",))
        if len(name) > ROLE_LIMIT:
            yield Finding(
                at=at,
                message=f"`{TFVARS}`: the role `{name}` has {len(name)} characters; IAM takes"
                f" {ROLE_LIMIT}",
                fix="shorten the name that it is made from",
            )
        size = _size(role)
        if size > _POLICY_LIMIT:
            secrets = any(each.get("sid") == "ReadSecrets" for each in role.get("statements", ()))
            fewer = "let several values share one secret of AWS, as `aws-sm:NAME#KEY` does"
            yield Finding(
                at=at,
                message=f"`{TFVARS}`: the policy of the role `{name}` has {size} characters; IAM"
                f" takes {_POLICY_LIMIT}",
                fix=fewer if secrets else "shorten the names in it, or split what it is for",
            )


def _size(role: Mapping[str, Any]) -> int:
    """Return the characters of the policy that Terraform makes of a role's statements."""
    rows = [
        {
            "Sid": each.get("sid", ""),
            "Effect": "Allow",
            "Action": each.get("actions", ()),
            "Resource": each.get("resources", ()),
            "Condition": {
                row.get("test"): {row.get("variable"): row.get("values")}
                for row in each.get("conditions", ())
            },
        }
        for each in role.get("statements", ())
    ]
    text = json.dumps({"Version": "2012-10-17", "Statement": rows}, separators=(",", ":"))
    return len(text) + (_KEY_STATEMENT if role.get("key_actions") else 0)


CHECKS = (nothing_is_a_wildcard, roles_fit_into_iam)
