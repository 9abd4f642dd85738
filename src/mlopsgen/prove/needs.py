"""What the emitted objects do with AWS, read from their own fields: who needs which grants.

Not from the plan's identities, which are what this is held against.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import yaml

from mlopsgen.artifact import Object
from mlopsgen.prove import chart_needs, feature_needs
from mlopsgen.prove.emitted import Emitted, Named
from mlopsgen.prove.grants import Account, Grant, Grants, Need

_NAMELESS = "default"
"""The service account of pods that name none."""

_TRACKING = "MLFLOW_TRACKING_URI"
"""With it a client of MLflow uploads artifacts itself, into MLflow's own part of the bucket."""


def needs(emitted: Emitted) -> Iterator[Need]:
    """Yield what every object and every chart needs."""
    account = Account.of(emitted.terraform)
    yield from _models(emitted, account)
    yield from _pipelines(emitted, account)
    yield from _secrets(emitted, account)
    yield from _events(emitted, account)
    for feature in feature_needs.server(emitted, account):
        yield _of(*feature)
    yield from chart_needs.needs(emitted, account)


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
    return chart_needs.artifact_root(emitted) if uploads else ""


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
