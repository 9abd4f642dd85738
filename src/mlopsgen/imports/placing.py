"""What pods ask for and where they may run, in the words of platform.yaml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mlopsgen.diagnostics import SpecPath
from mlopsgen.imports.fragment import Fragment, Spot
from mlopsgen.imports.manifests import Manifest
from mlopsgen.imports.tree import Json, inside, rows, strings, text
from mlopsgen.names import POOL_LABEL
from mlopsgen.record.container import resources as recorded

KARPENTER_LABEL = "karpenter.sh/nodepool"
"""The label that Karpenter puts on the nodes of a pool."""

_ASKED = ("cpu", "memory", "ephemeral-storage", "nvidia.com/gpu")


@dataclass(frozen=True, slots=True)
class Pools:
    """The labels and taints of the pools that there are, by name."""

    labels: Mapping[str, Mapping[str, str]]
    taints: Mapping[str, frozenset[str]]
    """The keys of the taints of each."""

    def chosen(self, selector: Mapping[str, str]) -> str:
        """Return the pool whose nodes *selector* asks for; empty where none is told by it."""
        for label in (POOL_LABEL, KARPENTER_LABEL):
            if label in selector:
                return selector[label]
        if not selector:
            return ""
        found = [name for name, has in self.labels.items() if selector.items() <= has.items()]
        return found[0] if len(found) == 1 else ""

    def tolerated(self, keys: frozenset[str]) -> str:
        """Return the only pool that has just these taints; empty where there isn't one."""
        found = [name for name, taints in self.taints.items() if taints and taints <= keys]
        return found[0] if len(found) == 1 else ""


def counted(amount: Any) -> Any:  # noqa: ANN401 - as it stands in the manifest
    """Return *amount* as a number where it is whole and has no unit, as people write it."""
    whole = isinstance(amount, str) and amount.isascii() and amount.isdigit() and len(amount) < 10  # noqa: PLR2004 - no amount without a unit has more digits
    return int(amount) if whole else amount


def resources(container: Json) -> Iterator[tuple[SpecPath, Any, SpecPath]]:
    """Yield what *container* asks for: keys of platform.yaml, values, and where they stand."""
    asked = {
        kind: {
            key: value
            for key, value in inside(container, "resources", kind).items()
            if key in _ASKED and isinstance(value, str | int | float)
        }
        for kind in ("requests", "limits")
    }
    if not str(asked["limits"].get("nvidia.com/gpu", "0")).isdigit():
        del asked["limits"]["nvidia.com/gpu"]
    asked["requests"].pop("nvidia.com/gpu", None)
    found = recorded(asked, "it")
    words = {"cpu": "requests", "memory": "limits", "ephemeral-storage": "limits"}
    for key, first in words.items():
        word = "ephemeralStorage" if key == "ephemeral-storage" else key
        if (value := found.get("resources", {}).get(word)) is not None:
            other = "limits" if first == "requests" else "requests"
            kind = first if key in asked[first] else other
            yield ("resources", word), counted(value), ("resources", kind, key)
    if found.get("gpus"):
        yield ("gpus",), found["gpus"], ("resources", "limits", "nvidia.com/gpu")


def placed(manifest: Manifest, pod: SpecPath, here: SpecPath, into: Fragment, pools: Pools) -> None:
    """Put the pool that the pod at *pod* of *manifest* asks for, by its labels or taints."""
    spec = inside(manifest.body, *pod)
    selector = strings(spec, "nodeSelector")
    keys = frozenset(text(row, "key") for _, row in rows(spec, "tolerations"))
    if pool := pools.chosen(selector):
        told = next((label for label in (POOL_LABEL, KARPENTER_LABEL) if label in selector), None)
        path = (*pod, "nodeSelector", told) if told else (*pod, "nodeSelector")
        into.put((*here, "pool"), pool, Spot(manifest, path))
    elif not selector and (pool := pools.tolerated(keys)):
        into.put((*here, "pool"), pool, Spot(manifest, (*pod, "tolerations")))
    elif selector:
        why = "no pool that is imported has these labels; write `pool` with the name of one"
        into.note(manifest, (*pod, "nodeSelector"), why)


def from_cluster(variable: Json) -> str:
    """Return what to write for a *variable* whose value isn't in the manifest."""
    if "secretKeyRef" in inside(variable, "valueFrom"):
        name = text(variable, "name")
        return f"write `secrets: {{{name}: aws-sm:NAME#KEY}}` with where it lies in AWS"
    return "platform.yaml has no word for values of the cluster"


def environment(manifest: Manifest, route: SpecPath, here: SpecPath, into: Fragment) -> None:
    """Put the variables that have a value; of others only where they are from is known."""
    for index, row in rows(manifest.body, *route):
        name = text(row, "name")
        path = (*route, index)
        if "valueFrom" in row:
            into.note(manifest, (*path, "valueFrom"), from_cluster(row))
        elif name and name != "STORAGE_URI":
            into.maybe((*here, "env", name), text(row, "value"), Spot(manifest, (*path, "value")))
