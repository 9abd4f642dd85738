"""What a step is given: CPUs, memory and disk, and the folders that it may write to."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from typing import Any

from mlopsgen import units
from mlopsgen.emit.argo.environment import TEMPORARY
from mlopsgen.spec import ExitStep, Step, Volume

Row = dict[str, Any]

_GPU = "nvidia.com/gpu"
_DISK = "ephemeral-storage"


def resources(step: Step | ExitStep) -> dict[str, dict[str, str]]:
    """Return requests and limits; volumes on the disk of the node count as disk of the step."""
    asked = step.resources
    requests = {"cpu": units.cpu(asked.cpu), "memory": units.memory(asked.memory)}
    limits = {"memory": requests["memory"]}
    scratch = sum(one.size for one in step.volumes.values() if one.medium == "node")
    if disk := (asked.ephemeral_storage or 0) + scratch:
        requests[_DISK] = units.memory(disk)
        if asked.ephemeral_storage:
            limits[_DISK] = requests[_DISK]
    if step.gpus:
        requests[_GPU] = limits[_GPU] = str(step.gpus)
    return {"requests": requests, "limits": limits}


def storage(step: Step | ExitStep) -> tuple[list[Row], list[Row]]:
    """Return what is mounted where: the root file system is read-only, so outputs need a place."""
    folders = {} if TEMPORARY in step.volumes else {"temporary": TEMPORARY}
    for index, folder in enumerate(_folders(_written(step), {*step.volumes, TEMPORARY})):
        folders[f"output-{index}"] = folder
    volumes: list[Row] = [{"name": name, "emptyDir": {}} for name in folders]
    for index, (folder, volume) in enumerate(step.volumes.items()):
        folders[f"volume-{index}"] = folder
        volumes.append({"name": f"volume-{index}", **_volume(volume)})
    if step.gpus and "/dev/shm" not in step.volumes:  # noqa: S108 - a mount point
        # Processes of one step pass tensors through it; a container gets 64 MiB by itself.
        folders["shared-memory"] = "/dev/shm"  # noqa: S108 - a mount point
        volumes.append({"name": "shared-memory", "emptyDir": {"medium": "Memory"}})
    return [{"name": name, "mountPath": folder} for name, folder in folders.items()], volumes


def _written(step: Step | ExitStep) -> list[str]:
    """Return the paths of the files that *step* leaves behind."""
    if not isinstance(step, Step):
        return []
    files = [one.path for one in step.artifacts.values()]
    return files + [one.path for one in step.texts.values()]


def _volume(volume: Volume) -> Row:
    size = units.memory(volume.size)
    match volume.medium:
        case "node":
            return {"emptyDir": {"sizeLimit": size}}
        case "memory":
            return {"emptyDir": {"medium": "Memory", "sizeLimit": size}}
        case "ebs":
            # Of the default StorageClass; made in the zone of the pod and gone with it.
            claim = {
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": size}},
            }
            return {"ephemeral": {"volumeClaimTemplate": {"spec": claim}}}


def _folders(paths: Iterable[str], mounted: set[str]) -> list[str]:
    """Return the folders that *paths* lie in, without those inside others or *mounted* ones."""
    found = {_folder(posixpath.normpath(path)) for path in paths}
    above = {*found, *mounted}
    return sorted(
        folder
        for folder in found
        if folder not in mounted and not any(folder.startswith(f"{other}/") for other in above)
    )


def _folder(path: str) -> str:
    """Return the folder of *path*, which is itself where only the root is above."""
    parent = posixpath.dirname(path)
    return path if parent == "/" else parent
