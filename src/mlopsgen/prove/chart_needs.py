"""What charts do with AWS, read from the values that they are given: who needs which grants."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.plan import Part
from mlopsgen.plan.identities import PIPELINES_PREFIX
from mlopsgen.prove import signing
from mlopsgen.prove.emitted import Emitted
from mlopsgen.prove.grants import PUBLISHED, Account, Grant, Need

_PLACES = {
    "argo-workflows": ("server.serviceAccount",),
    "external-dns": ("extraArgs", "serviceAccount"),
    "kyverno": ("admissionController.rbac.serviceAccount",),
    "mlflow": ("artifactRoot", "serviceAccount"),
}
"""The Helm values that decide what a chart needs and who it is, as dotted paths."""

_POLICIES = {"aws-load-balancer-controller": "load_balancer_controller"}
"""Controllers whose policy AWS publishes: terraform-aws-modules/iam 5.60.0,
modules/iam-role-for-service-accounts-eks."""


def needs(emitted: Emitted, account: Account) -> Iterator[Need]:
    """Yield what charts do; the service account is the one that the facts or the values name."""
    for name, part in emitted.plan.parts.items():
        if name not in emitted.values:
            continue
        accounts = {key: each.service_account for key, each in part.facts.workloads.items()}
        own, grants, does = next(iter(accounts.values()), ""), frozenset[Grant](), ""
        if name == "mlflow" and (root := artifact_root(emitted)):
            grants, does = account.keeps(root), f"keeps artifacts in `{root}`"
        elif name == "argo-workflows" and account.bucket:
            uri = f"s3://{account.bucket}/{PIPELINES_PREFIX}"
            own, grants, does = accounts["server"], account.reads(uri), f"shows what is in `{uri}`"
        elif name == "kyverno":
            grants = signing.reads(emitted.plan, emitted.artifacts)
            does = "reads the signatures of images in ECR"
        elif name == "argocd":
            yield from _callers(emitted, part)
        elif name == "external-dns":
            filters = [*_options(emitted.value(name, "extraArgs"), "--zone-id-filter")]
            grants, does = account.records(filters), "keeps the records of its hosted zones"
            own = accounts["controller"]
        elif policy := _POLICIES.get(name):
            own, grants = accounts["controller"], frozenset({Grant(PUBLISHED, policy)})
            does = "works on AWS for the whole cluster"
        if grants:
            path = emitted.values[name].path
            yield Need(
                namespace=part.namespace,
                account=emitted.text(name, "serviceAccount.name") or own,
                grants=grants,
                subject=f"`{path}`: `{name}`",
                does=does,
                at=emitted.place(name, *_PLACES.get(name, ("serviceAccount",))),
            )


def _callers(emitted: Emitted, part: Part) -> Iterator[Need]:
    """Yield what Argo CD takes to call other clusters: the role of each, which it names."""
    for spoke in emitted.plan.spokes:
        number, cluster = spoke.platform.aws.account_id, spoke.scope.cluster
        taken = Grant("sts:AssumeRole", f"arn:aws:iam::{number}:role/{cluster}-argocd")
        for key in ("controller", "server"):
            yield Need(
                namespace=part.namespace,
                account=part.facts.workloads[key].service_account,
                grants=frozenset({taken}),
                subject=f"the {key} of Argo CD",
                does=f"calls the API of `{cluster}`",
                at=spoke.origin,
            )


def _options(arguments: object, name: str) -> Iterator[str]:
    """Yield the values of an option that may be given more than once."""
    for each in arguments if isinstance(arguments, list | tuple) else ():
        option, _, value = str(each).partition("=")
        if option == name:
            yield value


def artifact_root(emitted: Emitted) -> str:
    """Return where MLflow keeps artifacts; nothing when that isn't S3."""
    bucket = emitted.text("mlflow", "artifactRoot.s3.bucket")
    if not bucket or emitted.value("mlflow", "artifactRoot.s3.enabled") is not True:
        return ""
    return f"s3://{bucket}/{emitted.text('mlflow', 'artifactRoot.s3.path')}"
