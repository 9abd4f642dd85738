"""Ends of connections as people name them: models, pipelines, components, places in the network."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address

from mlopsgen.explain.keys import Unknown
from mlopsgen.plan import Addresses, Network
from mlopsgen.plan.network import ANYWHERE, INSTANCE_METADATA
from mlopsgen.prove.network import Matrix
from mlopsgen.prove.network.ends import Set, members
from mlopsgen.spec.keys import closest
from mlopsgen.spec.said import listed, quoted

KINDS = ("model", "pipeline", "component", "gateway", "namespace")
"""Kinds of pods, which may stand before a name."""

_SHORT = {"dns": "coredns"}
"""Other names of components."""


@dataclass(frozen=True, slots=True)
class End:
    """One end: some pods that policies don't tell apart, or addresses; `pod` is their number."""

    title: str
    ends: Set
    pod: int | None = None


def _internet(network: Network) -> Addresses:
    return Addresses("internet", (ANYWHERE,), (network.vpc, network.services, INSTANCE_METADATA))


def _metadata(_network: Network) -> Addresses:
    return Addresses("instance metadata", (INSTANCE_METADATA,))


_PLACES: Mapping[str, tuple[str, Callable[[Network], Addresses]]] = {
    "alb": (
        "internet-facing load balancers",
        lambda network: Addresses("load balancers", network.public),
    ),
    "internal-alb": (
        "internal load balancers",
        lambda network: Addresses("load balancers", network.private),
    ),
    "api-server": ("the API server", lambda network: Addresses("the API server", network.api)),
    "control-plane": (
        "the control plane",
        lambda network: Addresses("the control plane", network.control_plane),
    ),
    "database": ("the database", lambda network: Addresses("the database", network.database)),
    "instance-metadata": ("instance metadata", _metadata),
    "internet": ("the internet", _internet),
    "nodes": ("the nodes", lambda network: Addresses("the nodes", network.private)),
    "s3": ("S3", _internet),
}
"""Addresses that have a name: by it, what they are called in a sentence and which they are."""


def named(words: Sequence[str]) -> list[tuple[str, str]] | Unknown:
    """Return the two ends of *words* as kind and name; the kind is empty where none is said."""
    found: list[tuple[str, str]] = []
    rest = list(words)
    while rest:
        first = rest.pop(0)
        found.append((first, rest.pop(0)) if first in KINDS and rest else ("", first))
    if len(found) == len(("source", "target")):
        return found
    return Unknown("name both ends of the connection, as in `flow iris-training mlflow`")


def resolved(matrix: Matrix, kind: str, name: str) -> list[End] | Unknown:
    """Return what *name* stands for, each of its pods; `argocd/server` is one of a component's."""
    if not kind and (place := _place(matrix, name)):
        return [place]
    whole, _, part = _SHORT.get(name, name).partition("/")
    found: dict[str, list[End]] = {}
    for pod in members(matrix.ends.pods):
        group = matrix.ends.group(pod)
        called = group.namespace if group.kind == "pods" else group.name
        if called == whole and part in {"", group.part}:
            own = "namespace" if group.kind == "pods" else group.kind
            found.setdefault(own, []).append(End(group.title, 1 << pod, pod))
    if kind:
        return found.get(kind) or Unknown(_unknown(matrix, kind, name))
    # What is named like a namespace is that only where nothing else has the name.
    kinds = [each for each in found if each != "namespace"] or list(found)
    if len(kinds) == 1:
        return found[kinds[0]]
    if kinds:
        first = quoted(f"{kinds[0]} {name}")
        return Unknown(f"{quoted(name)} is a {' and a '.join(kinds)}; say which, as in {first}")
    return Unknown(_unknown(matrix, "", name))


def _unknown(matrix: Matrix, kind: str, name: str) -> str:
    known = sorted({*_names(matrix, kind), *(() if kind else _PLACES)} - {""})
    near = closest(name, known)
    hint = f"did you mean {quoted(near)}?" if near else "platform.yaml has none"
    if not near and not kind:
        kinds = f"a {', '.join(KINDS[:-1])} or {KINDS[-1]} of the platform"
        hint = f"name {kinds}, an address, or one of {listed([*_PLACES])}"
    return f"no {kind or 'end of a connection'} is called {quoted(name)}; {hint}"


def _names(matrix: Matrix, kind: str) -> Iterator[str]:
    for group in matrix.ends.cast.groups:
        own = "namespace" if group.kind == "pods" else group.kind
        if kind in {"", own}:
            yield group.namespace if group.kind == "pods" else group.name


def _place(matrix: Matrix, name: str) -> End | None:
    """Return the addresses that *name* stands for."""
    network, ends = matrix.plan.network, matrix.ends
    if name in _PLACES:
        title, found = _PLACES[name]
        return End(title, ends.of(found(network)))
    try:
        address = str(IPv4Address(name))
    except AddressValueError:
        return None
    return End(f"`{address}`", ends.at(address))
