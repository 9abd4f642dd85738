"""What the emitted objects do with AWS, read from their own fields: who needs which grants.

Not from the plan's identities, which are what this is held against.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import yaml

from mlopsgen.artifact import Object
from mlopsgen.diagnostics import SpecPath
from mlopsgen.plan.identities import PIPELINES_PREFIX
from mlopsgen.prove import feature_needs, signing
from mlopsgen.prove.emitted import Emitted, Named
from mlopsgen.prove.grants import PUBLISHED, Account, Grant, Grants

_NAMELESS = "default"
"""The service account of pods that name none."""

_TRACKING = "MLFLOW_TRACKING_URI"
"""With it a client of MLflow uploads artifacts itself, into MLflow's own part of the bucket."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What the pods of a service account have to be allowed."""

    namespace: str
    account: str
    grants: Grants
    subject: str
    """The object that says so."""

    does: str
    """What it does, in words."""

    at: SpecPath


def needs(emitted: Emitted) -> Iterator[Need]:
    """Yield what every object and every chart needs."""
    account = Account.of(emitted.terraform)
    yield from _models(emitted, account)
    yield from _pipelines(emitted, account)
    yield from _secrets(emitted, account)
    yield from _events(emitted, account)
    for feature in feature_needs.server(emitted, account):
        yield _of(*feature)
    yield from _charts(emitted, account)


def _of(found: Named, account: str, grants: Grants, does: str) -> Need:
    return Need(
        namespace=found.namespace,
        account=account or _NAMELESS,
        grants=grants,
        subject=found.subject,
        does=does,
        at=found.origin,
    )


def _models(emitted: Emitted, account: Account) -> Iterator[Need]:
    for found in emitted.objects.of("InferenceService"):
        canaries = [each["predictor"] for each in found.spec.get("canary", ())]
        for predictor in (found.spec["predictor"], *canaries):
            uri = _stored(predictor)
            if uri.startswith("s3://"):
                name = predictor.get("serviceAccountName", "")
                # KServe takes what ends in a slash for a folder, everything else for a file.
                folder = uri.endswith("/")
                grants = account.reads(uri) if folder else account.reads_file(uri)
                yield _of(found, name, grants, f"reads `{uri.rstrip('/')}`")


def _stored(predictor: Object) -> str:
    """Return where KServe gets the files of a predictor from; empty where it gets none."""
    uri: str = predictor.get("model", {}).get("storageUri", "")
    for container in predictor.get("containers", ()):
        for row in container.get("env", ()):
            if row["name"] == "STORAGE_URI":
                uri = row.get("value", "")
    return uri


def _pipelines(emitted: Emitted, account: Account) -> Iterator[Need]:
    data = _started_by(emitted)
    levels = {(each.namespace, each.name): each.spec.features for each in emitted.plan.workflows}
    for found in emitted.objects.of("WorkflowTemplate"):
        name = found.spec.get("serviceAccountName", "")
        for uri in _repositories(emitted, found):
            yield _of(found, name, account.writes(uri), f"writes artifacts to `{uri}`")
        if tracked := _tracked(emitted, found):
            need = _of(found, name, account.writes(tracked), f"uploads to `{tracked}` for MLflow")
            at = emitted.place("mlflow", "artifactRoot")
            yield replace(need, at=at) if at[2:] else need
        for uri in data.get((found.namespace, found.name), ()):
            yield _of(found, name, account.reads(uri), f"is started by files under `{uri}`")
        level = levels.get((found.namespace, found.name))
        for grants, does in feature_needs.pipeline(emitted, account, found, level):
            yield _of(found, name, grants, does)


def _repositories(emitted: Emitted, found: Named) -> Iterator[str]:
    """Yield where a pipeline's artifacts go: its repository, and the keys of its outputs."""
    reference = found.spec.get("artifactRepositoryRef", {})
    place = emitted.objects.find("ConfigMap", found.namespace, reference.get("configMap", ""))
    text = place.body.get("data", {}).get(reference.get("key", "")) if place else None
    repository = yaml.load(text, Loader=yaml.CSafeLoader).get("s3", {}) if text else {}
    if not repository:
        return
    keys = [repository.get("keyFormat", "")]
    for template in found.spec.get("templates", ()):
        outputs = template.get("outputs", {}).get("artifacts", ())
        keys += [each["s3"]["key"] for each in outputs if "s3" in each]
    prefixes = dict.fromkeys(key.partition("/{{")[0] for key in keys)
    yield from (f"s3://{repository.get('bucket', '')}/{prefix}" for prefix in prefixes)


def _tracked(emitted: Emitted, found: Named) -> str:
    """Return where clients of the platform's MLflow upload to; empty for those that are none."""
    uploads = any(
        row["name"] == _TRACKING
        for template in found.spec.get("templates", ())
        for row in template.get("container", {}).get("env", ())
    )
    return _artifact_root(emitted) if uploads else ""


def _artifact_root(emitted: Emitted) -> str:
    bucket = emitted.text("mlflow", "artifactRoot.s3.bucket")
    if not bucket or emitted.value("mlflow", "artifactRoot.s3.enabled") is not True:
        return ""
    return f"s3://{bucket}/{emitted.text('mlflow', 'artifactRoot.s3.path')}"


def _started_by(emitted: Emitted) -> dict[tuple[str, str], list[str]]:
    """Return the data whose files start a WorkflowTemplate, by its namespace and name."""
    queues: Mapping[str, Any] = emitted.terraform.get("event_queues", {})
    found: dict[tuple[str, str], list[str]] = {}
    for sensor in emitted.objects.of("Sensor"):
        sources = {each["eventSourceName"] for each in sensor.spec["dependencies"]}
        heard = [emitted.objects.find("EventSource", sensor.namespace, name) for name in sources]
        rows = [row for each in heard if each for row in each.spec["sqs"].values()]
        data = [queues[row["queue"]] for row in rows if row["queue"] in queues]
        uris = [f"s3://{each['bucket']}/{each['filter_prefix'].rstrip('/')}" for each in data]
        for trigger in sensor.spec["triggers"]:
            run = trigger["template"]["k8s"]["source"]["resource"]
            place = run["metadata"]["namespace"], run["spec"]["workflowTemplateRef"]["name"]
            found.setdefault(place, []).extend(uris)
    return found


def _secrets(emitted: Emitted, account: Account) -> Iterator[Need]:
    for found in emitted.objects.of("ExternalSecret"):
        store = emitted.objects.find(
            "SecretStore", found.namespace, found.spec["secretStoreRef"]["name"]
        )
        if store is None:
            continue
        aws = store.spec["provider"]["aws"]
        reader = aws["auth"]["jwt"]["serviceAccountRef"]["name"]
        names = {row["remoteRef"]["key"] for row in found.spec["data"]}
        listed = ", ".join(f"`{name}`" for name in sorted(names))
        grants = account.secrets(aws["region"], names)
        yield _of(found, reader, grants, f"asks Secrets Manager for {listed}")


def _events(emitted: Emitted, account: Account) -> Iterator[Need]:
    keys = {
        (each.name, source.name): source.spec.sqs.key
        for each in emitted.plan.listening
        for source in each.sources
        if source.spec.sqs
    }
    for found in emitted.objects.of("EventSource"):
        name = found.spec["template"].get("serviceAccountName", "")
        for event, row in found.spec["sqs"].items():
            grants, key = account.takes(row), keys.get((found.name, event))
            grants |= {Grant("kms:Decrypt", key)} if key else set()
            yield _of(found, name, grants, f"takes messages from the queue `{row['queue']}`")


def _charts(emitted: Emitted, account: Account) -> Iterator[Need]:
    """Yield what charts do; the service account is the one that the facts or the values name."""
    for name, part in emitted.plan.parts.items():
        if name not in emitted.values:
            continue
        accounts = {key: each.service_account for key, each in part.facts.workloads.items()}
        own, grants, does = next(iter(accounts.values()), ""), frozenset[Grant](), ""
        if name == "mlflow" and (root := _artifact_root(emitted)):
            grants, does = account.keeps(root), f"keeps artifacts in `{root}`"
        elif name == "argo-workflows" and account.bucket:
            uri = f"s3://{account.bucket}/{PIPELINES_PREFIX}"
            own, grants, does = accounts["server"], account.reads(uri), f"shows what is in `{uri}`"
        elif name == "kyverno":
            grants = signing.reads(emitted.plan, emitted.artifacts)
            does = "reads the signatures of images in ECR"
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


def _options(arguments: object, name: str) -> Iterator[str]:
    """Yield the values of an option that may be given more than once."""
    for each in arguments if isinstance(arguments, list | tuple) else ():
        option, _, value = str(each).partition("=")
        if option == name:
            yield value
