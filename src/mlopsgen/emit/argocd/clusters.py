"""Clusters of a hub: where each is, and the ApplicationSet that makes their root Applications.

They are the folder apps/clusters/ of the hub, with a project of their own: nothing else in its Argo
CD may write Secrets.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

from mlopsgen.artifact import Artifact, Object, manifest
from mlopsgen.emit.argocd.ground import Ground, windows
from mlopsgen.emit.argocd.kinds import Kind, listed
from mlopsgen.plan import Spoke
from mlopsgen.plan.applications import CLUSTERS
from mlopsgen.plan.fleet import ADDRESS, FOLDER
from mlopsgen.spec import GitOps

_ARGOPROJ = "argoproj.io"
_MADE: tuple[Kind, ...] = (
    ("", "Secret"),
    (_ARGOPROJ, "AppProject"),
    (_ARGOPROJ, "ApplicationSet"),
)
_BELOW: tuple[Kind, ...] = ((_ARGOPROJ, "AppProject"), (_ARGOPROJ, "Application"))
"""What a root applies: the projects and Applications of its cluster."""


def project(ground: Ground) -> Object:
    """Return the project of apps/clusters/."""
    told = f"The clusters that {ground.plan.scope.cluster} reconciles"
    return _project(ground, ground.keeper.project(CLUSTERS), told, ground.gitops, _MADE)


def _project(
    ground: Ground, name: str, description: str, gitops: GitOps, kinds: tuple[Kind, ...]
) -> Object:
    [document] = ground.fill(
        "project",
        name,
        description=description,
        repositories=[gitops.repository],
        destinations=ground.places([ground.keeper.namespace]),
        cluster_kinds=[],
        kinds=listed(kinds),
        orphans=None,
        roles=None,
        windows=windows(gitops),
    )
    return document


def emit(ground: Ground) -> Iterator[Artifact]:
    """Yield what the hub knows of each cluster, and the ApplicationSet of them all."""
    known = [each for each in ground.plan.spokes if each.platform.cluster.address]
    for spoke in known:
        told = f"The Applications of {spoke.scope.cluster}"
        yield _file(_project(ground, spoke.root, told, spoke.gitops, _BELOW))
        yield _file(_secret(ground, spoke))
    [document] = ground.fill(
        "applicationset",
        ground.keeper.project(CLUSTERS),
        elements=[_element(spoke) for spoke in known],
        part=ground.plan.platform.name,
        server=ADDRESS,
    )
    yield _file(document)


def _element(spoke: Spoke) -> dict[str, str]:
    """Return what the ApplicationSet needs to know of a cluster; each may read another revision."""
    gitops, scope = spoke.gitops, spoke.scope
    return {
        "cluster": scope.cluster,
        "root": spoke.root,
        "repository": gitops.repository,
        "revision": gitops.revision,
        "path": f"{gitops.path}/{scope.environment}/{FOLDER}",
    }


def _secret(ground: Ground, spoke: Spoke) -> Object:
    """Return where the cluster is, in the form that Argo CD looks for; nothing in it is secret.

    As `data`, which is what the API server keeps and Argo CD compares.
    """
    cluster, name = spoke.platform.cluster, spoke.scope.cluster
    config = {
        "awsAuthConfig": {"clusterName": name, "roleARN": spoke.role_arn},
        "tlsClientConfig": {"caData": cluster.certificate_authority, "insecure": False},
    }
    [document] = ground.fill(
        "cluster",
        name,
        part=spoke.scope.platform,
        address=_encoded(cluster.address or ""),
        called=_encoded(name),
        config=_encoded(json.dumps(config, separators=(",", ":"), sort_keys=True)),
    )
    return document


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _file(document: Object) -> Artifact:
    return manifest(CLUSTERS, document, emitter=__name__, origin=("gitops",))
