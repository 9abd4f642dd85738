"""The objects of one environment as one stream, in the order in which they are applied.

Argo CD orders the Applications by their waves, and the objects of each by their own wave, by kind
and by name; the order of kinds is that of gitops-engine at 6d3cf122b03f, which Argo CD 2.14.11
ships (pkg/sync/sync_tasks.go). Kinds that aren't in it, those of CRDs, come last.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import yaml

from mlopsgen.artifact import Object, Rendered
from mlopsgen.serialize import to_yaml

APPS = "apps"
ARGOCD = "argocd"
HUB = "hub"
"""The folders that aren't an Application but hold them all, and their projects: one for the Argo CD
of the cluster, the other for that of a hub."""

_WAVE = "argocd.argoproj.io/sync-wave"
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}")
_KINDS = (
    "Namespace", "NetworkPolicy", "ResourceQuota", "LimitRange", "PodSecurityPolicy",
    "PodDisruptionBudget", "ServiceAccount", "Secret", "SecretList", "ConfigMap", "StorageClass",
    "PersistentVolume", "PersistentVolumeClaim", "CustomResourceDefinition", "ClusterRole",
    "ClusterRoleList", "ClusterRoleBinding", "ClusterRoleBindingList", "Role", "RoleList",
    "RoleBinding", "RoleBindingList", "Service", "DaemonSet", "Pod", "ReplicationController",
    "ReplicaSet", "Deployment", "HorizontalPodAutoscaler", "StatefulSet", "Job", "CronJob",
    "IngressClass", "Ingress", "APIService",
)  # fmt: skip
_RANKS = {kind: rank for rank, kind in enumerate(_KINDS)}


def applications(files: Iterable[Rendered]) -> tuple[str, ...]:
    """Return the folders of objects among *files*, each one Application's, `argocd` and `hub`."""
    return tuple(sorted({folder for file in files if (folder := _folder(file.path))}))


def stream(files: Sequence[Rendered], application: str | None = None) -> str:
    """Return the objects in *files* as YAML, all of them or those of one *application*.

    What is for the Argo CD of a hub, and so for another cluster, isn't among all of them.
    """
    found = [(_folder(file.path), each) for file in files for each in _objects(file)]
    waves = {
        _applied(folder, each): _wave(each)
        for folder, each in found
        if folder in (ARGOCD, HUB) and each["kind"] == "Application"
    }

    def order(item: tuple[str, Object]) -> tuple[object, ...]:
        folder, each = item
        metadata, kind = each["metadata"], each["kind"]
        own = _wave(each)
        # An Application stands right before what is in its folder.
        place = (own, 0, 0) if folder in (ARGOCD, HUB) else (waves.get(folder, 0), 1, own)
        rank = _RANKS.get(kind, len(_RANKS))
        return (*place, rank, kind, metadata.get("namespace", ""), metadata["name"])

    wanted = {application} if application else {folder for folder, _ in found} - {HUB}
    chosen = sorted((each for each in found if each[0] in wanted), key=order)
    return to_yaml([each for _, each in chosen])


def _applied(folder: str, application: Object) -> str:
    """Return what *application* applies: its name, which a hub puts that of the cluster before."""
    name: str = application["metadata"]["name"]
    return name.partition(".")[2] if folder == HUB else name


def _folder(path: str) -> str:
    """Return the Application that holds *path*, "" when none does."""
    match path.split("/"):
        case [folder, application, _] if folder == APPS:
            return application
        case [folder, _] if folder in (ARGOCD, HUB):
            return folder
        case _:
            return ""


def _objects(file: Rendered) -> Iterator[dict[str, Any]]:
    if _folder(file.path):
        yield from yaml.load_all(file.data, yaml.CSafeLoader)


def _wave(each: Object) -> int:
    """Return the wave of *each*; what is no number is none to Argo CD either."""
    annotations: Mapping[str, str] = each["metadata"].get("annotations") or {}
    text = str(annotations.get(_WAVE, ""))
    return int(text) if _NUMBER.fullmatch(text) else 0
