"""Policies: what is refused in the namespaces of models and pipelines, and by whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mlopsgen.artifact import Artifact, header, manifest
from mlopsgen.diagnostics import SpecPath
from mlopsgen.plan import Plan, signatures
from mlopsgen.plan.applications import POLICIES
from mlopsgen.plan.policies import policies
from mlopsgen.plan.specimen import ADMIT, DENY, FIXTURES, Specimen
from mlopsgen.plan.specimens import admitted, needless, place, refused, unsigned
from mlopsgen.serialize import to_json, to_yaml
from mlopsgen.shapes import Shapes


def emit(plan: Plan, shapes: Shapes) -> Iterator[Artifact]:
    """Yield a ValidatingAdmissionPolicy and its binding for each policy that is in force.

    Lists and maps stand in expressions as JSON, which is CEL as well.
    """
    accounts = {f"{run.namespace}/{run.name}": run.service_account for run in plan.workflows}
    for policy in policies(plan):
        for shape in (policy.name, "binding"):
            document = shapes.one(
                f"policies/{shape}.yaml",
                policy=policy,
                namespaces=list(policy.namespaces),
                labels=plan.labels(policy.name),
                registries=_literal(list(plan.registries)),
                accounts=_literal(accounts),
                controller=_literal(_controller(plan)),
                models="kserve" in plan.parts,
                pipelines="argo-workflows" in plan.parts,
            )
            yield manifest(POLICIES, document, emitter=__name__, origin=policy.origin)
        tried = {ADMIT: admitted(plan, policy), DENY: refused(plan, policy)}
        yield from _fixtures(policy.name, place(plan, policy), tried, policy.origin)
    if signatures.asked(plan):
        yield _signatures(plan, shapes)
        tried = {ADMIT: needless(plan), DENY: unsigned(plan)}
        namespace, origin = signatures.namespaces(plan)[0], ("policies", "signatures")
        yield from _fixtures(signatures.POLICY, namespace, tried, origin)


def _fixtures(
    name: str, namespace: str, tried: Mapping[str, Sequence[Specimen]], origin: SpecPath
) -> Iterator[Artifact]:
    """Yield what the policy *name* is tried with, as text: objects that nobody is to apply.

    They lie beside the folders that Argo CD reads, for `kubectl apply --dry-run=server`.
    """
    for said, found in tried.items():
        if found:
            documents = [each.document(namespace) for each in found]
            yield Artifact(
                path=f"{FIXTURES}{name}.{said}.yaml",
                body=f"{header((origin,))}{to_yaml(documents)}",
                emitter=__name__,
                origin=(origin,),
            )


def _signatures(plan: Plan, shapes: Shapes) -> Artifact:
    """Return Kyverno's policy, with a rule for each signature.

    While Kyverno can't be asked, pods wait that it would judge; a policy that only warns lets them
    start. Such a one may not pin what it hasn't verified either: Kyverno refuses the policy.
    """
    name = signatures.POLICY
    reason = dict[str, str](plan.platform.policies.audit.items()).get(name, "")
    document = shapes.one(
        f"policies/{name}.yaml",
        name=f"{plan.platform.name}-{name}",
        labels=plan.labels(name),
        reason=reason,
        warns=bool(reason),
        failure_policy="Ignore" if reason else "Fail",
        action="Audit" if reason else "Enforce",
        pins=not reason,
        namespaces=list(signatures.namespaces(plan)),
        signed=[
            {
                "name": each.name,
                "images": list(each.references),
                "signers": [
                    {"issuer": issuer, "subject": subject} for issuer, subject in each.signers
                ],
            }
            for each in signatures.signed(plan.platform)
        ],
    )
    return manifest(POLICIES, document, emitter=__name__, origin=("policies", "signatures"))


def _controller(plan: Plan) -> str:
    """Return who Argo's controller is to the API server; nobody where there is none."""
    argo = plan.parts.get("argo-workflows")
    if argo is None:
        return ""
    account = argo.facts.workloads["controller"].service_account
    return f"system:serviceaccount:{argo.namespace}:{account}"


def _literal(value: object) -> str:
    """Return *value* as one line of CEL."""
    return " ".join(to_json(value).split())
