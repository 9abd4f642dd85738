"""Who may do what in AWS, and what the policies of the cluster found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlopsgen.artifact import Object
from mlopsgen.names import NAME_LABEL
from mlopsgen.overview.content import Environment
from mlopsgen.overview.html import Column, Html, Inside, code, listed, table, tag
from mlopsgen.plan import Identity, Plan
from mlopsgen.plan import policies as planned
from mlopsgen.prove.created import created, injection
from mlopsgen.prove.policies import Bench, policy
from mlopsgen.prove.signing import asked, pods
from mlopsgen.spec.policies import PolicyName

_KIND = "ValidatingAdmissionPolicy"
_SIGNED: PolicyName = "signed-images"


def identities(one: Environment) -> Html:
    """Return which account takes which role, and what that may do with what."""
    if not one.plan.identities:
        return tag("p", "Nothing in this environment reaches AWS.")
    rows = [row for each in one.plan.identities for row in _rights(one.plan, each)]
    words = (Column(each, words=True) for each in ("may", "on", "where"))
    columns: list[Column | str] = ["service account", "role", *words]
    return table(
        f"{one.anchor}.rights",
        "Roles of IAM and what they allow",
        columns,
        rows,
        within=one.head,
    )


def _rights(plan: Plan, identity: Identity) -> Iterator[Sequence[Inside]]:
    account = tag("span", identity.service_account, tag("small", f"in {identity.namespace}"))
    who = (account, code(identity.role))
    if identity.policy:
        yield (*who, f"what AWS publishes as {identity.policy}", "the whole account", "")
    for each in identity.statements:
        where = listed(
            tag("span", f"{variable} is ", code(" or ".join(values)))
            for variables in each.conditions.values()
            for variable, values in variables.items()
        )
        yield (*who, listed(each.actions), listed(map(code, each.resources)), where)
    if identity.key_actions:
        key = f"key of {plan.bucket}, through S3 only"
        yield (*who, listed(identity.key_actions), key, "")


def policies(one: Environment) -> Html:
    """Return what each admission policy says of the objects that are generated."""
    documents = [
        document
        for artifact in one.artifacts
        for document in artifact.objects
        if document["kind"] == _KIND
    ]
    signatures = list(_signatures(one))
    if not documents and not signatures:
        return tag("p", "No admission policy is in force.")
    reasons = {each.name: each.reason for each in planned.policies(one.plan)}
    rows: list[Sequence[Inside]] = []
    for document in documents:
        name = document["metadata"]["labels"][NAME_LABEL]
        judged, against = _judged(one, document)
        reason = reasons.get(name, "")
        does = f"only warns: {reason}" if reason else "refuses"
        spaces = sorted(policy(document).namespaces)
        rows.append((name, does, ", ".join(spaces), judged, against))
    rows += signatures
    columns = (
        "policy", Column("what it does", words=True), "in", Column("objects judged", figures=True),
        Column("denied", figures=True),
    )  # fmt: skip
    caption = "Admission policies, over the generated objects and the pods made of them"
    return table(f"{one.anchor}.policies-table", caption, columns, rows, within=one.head)


def _signatures(one: Environment) -> Iterator[Sequence[Inside]]:
    """Yield a row for each signature; only Kyverno, which asks the registry, can deny."""
    reason = one.plan.platform.policies.audit.get(_SIGNED, "")
    made = list(pods(one.plan, one.artifacts))
    for rule in asked(one.artifacts):
        signers = one.plan.platform.policies.signatures[rule.name].signers
        people = " or ".join(f"{each.subject} of {each.issuer}" for each in signers)
        without = f"images without a signature by {people}"
        does = f"only warns of {without}: {reason}" if reason else f"refuses {without}"
        judged = sum(
            pod.namespace in rule.namespaces and any(map(rule.covers, images))
            for pod, images in made
        )
        spaces = ", ".join(sorted(rule.namespaces))
        yield (f"{_SIGNED}: {rule.name}", does, spaces, judged, "seen in the cluster only")


def _judged(one: Environment, document: Object) -> tuple[int, int]:
    """Return how many objects a policy was asked about, and how many it has something against."""
    found = policy(document)
    bench, injected = Bench([found]), injection(one.plan)
    judged = against = 0
    for artifact in one.artifacts:
        for each in artifact.objects:
            for made in created(artifact, each, injected):
                if found.covers(made):
                    judged += 1
                    against += bool(list(bench.judged(made)))
    return judged, against
