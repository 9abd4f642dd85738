"""What there will be in the cluster, by kind, namespace and name, with the keys of each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from mlopsgen.diagnostics import SpecPath
from mlopsgen.facts import runtime, runtime_names
from mlopsgen.prove.emitted import Emitted, Named

Names = Mapping[str, Collection[str]]
"""Names, with the keys of what has each."""

_DEFAULT = "default"
"""The service account that every namespace has, and the project that Argo CD has."""


@dataclass(frozen=True, slots=True)
class SecretKey:
    """A key of a Secret that Helm values name."""

    namespace: str
    name: str
    key: str


@dataclass(frozen=True, slots=True)
class Known:
    """What is there."""

    found: Mapping[tuple[str, str], Names]
    """By kind and namespace."""

    def keys(self, kind: str, namespace: str, name: str) -> Collection[str] | None:
        """Return the keys of what is called so; None where nothing is."""
        return self.found.get((kind, namespace), {}).get(name)

    def names(self, kind: str, namespace: str) -> Iterable[str]:
        """Return what there is of *kind*."""
        return self.found.get((kind, namespace), {})

    def files(self, emitted: Emitted) -> Iterator[tuple[Named, str, str, Collection[str]]]:
        """Yield the projects, folders and files that Applications name, with those there are."""
        gitops = emitted.plan.platform.gitops
        if gitops is None:
            return
        root = f"{gitops.path}/{emitted.plan.environment}"
        paths = {f"{root}/{each.path}" for each in emitted.artifacts}
        folders = {path.rpartition("/")[0] for path in paths}
        projects = {each.name for each in emitted.objects.of("AppProject")}
        for found in emitted.objects.of("Application"):
            yield found, "AppProject", found.spec["project"], projects
            for source in (*found.spec.get("sources", ()), found.spec.get("source", {})):
                if "path" in source:
                    yield found, "folder", source["path"], folders
                for file in source.get("helm", {}).get("valueFiles", ()):
                    yield found, "file", file.removeprefix("$values/"), paths

    def values(self, emitted: Emitted) -> Iterator[tuple[str, SpecPath, SecretKey]]:
        """Yield the keys of Secrets that Helm values name, with what names them.

        A Secret of another name that users give in values of their own is one that they keep.
        """
        path, part = "backendStore.existingDatabaseSecret", emitted.plan.parts.get("mlflow")
        name = emitted.text("mlflow", f"{path}.name")
        if part is None or not name:
            return
        known = self.keys("Secret", part.namespace, name)
        if known is None and emitted.theirs("mlflow", f"{path}.name"):
            return
        for key in ("usernameKey", "passwordKey"):
            named = SecretKey(part.namespace, name, emitted.text("mlflow", f"{path}.{key}"))
            yield "`helm/mlflow.yaml`: MLflow", emitted.place("mlflow", path), named


def known(emitted: Emitted) -> Known:
    """Return what there is: emitted, made by external-secrets, brought by components, declared."""
    found: dict[tuple[str, str], dict[str, Collection[str]]] = {}
    for kind, members in emitted.objects.kinds.items():
        for each in members:
            found.setdefault((kind, each.namespace), {})[each.name] = _keys(each)
    for each in emitted.objects.of("ExternalSecret"):
        secrets = found.setdefault(("Secret", each.namespace), {})
        secrets[each.spec["target"]["name"]] = [row["secretKey"] for row in each.spec["data"]]
    for namespace in [name for kind, name in found if kind == "ServiceAccount"]:
        found["ServiceAccount", namespace][_DEFAULT] = ()
    for kind, namespace, name, keys in _brought(emitted):
        found.setdefault((kind, namespace), {}).setdefault(name, keys)
    return Known(found)


def _keys(each: Named) -> Collection[str]:
    """Return the keys that may be named of an object."""
    match each.body["kind"]:
        case "ConfigMap":
            keys: Collection[str] = each.body.get("data", {})
        case "EventSource":
            keys = each.spec["sqs"]
        case "WorkflowTemplate":
            rows = each.spec.get("arguments", {}).get("parameters", ())
            keys = [row["name"] for row in rows]
        case _:
            keys = ()
    return keys


def _brought(emitted: Emitted) -> Iterator[tuple[str, str, str, Collection[str]]]:
    """Yield what nothing of ours is: objects of charts, of the cluster, of its users."""
    for part in emitted.plan.parts.values():
        for workload in part.facts.workloads.values():
            if workload.service_account:
                yield "ServiceAccount", part.namespace, workload.service_account, ()
        if part.name == "aws-load-balancer-controller":
            yield "IngressClass", "", emitted.text(part.name, "ingressClass") or "alb", ()
    for name, gateway in emitted.plan.platform.gateways.items():
        yield "Gateway", gateway.namespace, name, [gateway.listener or ""]
    for level in ("system-cluster-critical", "system-node-critical"):
        yield "PriorityClass", "", level, ()
    for kind, name in (*_runtimes(emitted), *_caches(emitted)):
        yield kind, "", name, ()


def _runtimes(emitted: Emitted) -> Iterator[tuple[str, str]]:
    """Yield what KServe's charts bring to run models with."""
    pinned = emitted.plan.platform.components.pinned()
    for name in runtime_names() if "kserve" in emitted.plan.parts else ():
        if serving := runtime(name, pinned).serving_runtime:
            yield "ClusterServingRuntime", serving


def _caches(emitted: Emitted) -> Iterator[tuple[str, str]]:
    """Yield the memoization caches that a Role lets the controller of Argo Workflows write."""
    entries = [entry for each in emitted.objects.of("Role") for entry in each.body["rules"]]
    for entry in entries:
        if "configmaps" in entry["resources"] and {"get", "update"} <= {*entry["verbs"]}:
            for name in entry.get("resourceNames", ()):
                yield "memoization cache", name
