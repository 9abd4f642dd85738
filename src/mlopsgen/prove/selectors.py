"""Selectors: each selects what it is there for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mlopsgen.diagnostics import Finding, rule
from mlopsgen.prove.emitted import OUR_FAULT, Emitted, Named
from mlopsgen.prove.pods import Pod, selects
from mlopsgen.prove.services import Port, Service


@dataclass(frozen=True, slots=True)
class _Group:
    """Pods with the same labels, whoever makes them, and the ports that they declare."""

    labels: Mapping[str, str]
    ports: frozenset[Port]


_Spaces = Mapping[tuple[str, str, str], list[_Group]]
"""Groups by namespace and each of their labels, as a thousand models may share a namespace."""


@rule("RESOLVE003")
def selectors_select(
    emitted: Emitted, running: Iterable[Pod], serving: Iterable[Service]
) -> Iterator[Finding]:
    """Every selector selects something that has the port it names.

    A selector that matches nothing is no error to anybody. A budget protects no pod, a monitor
    scrapes nothing and its alerts never fire, a Service has no endpoints.
    """
    spaces = _spaces(emitted, running)
    for found in emitted.objects.of("PodDisruptionBudget"):
        yield from _pods(found, found.spec.get("selector", {}), spaces, ())
    for found in emitted.objects.of("PodMonitor"):
        rows = found.spec["podMetricsEndpoints"]
        ports = [row.get("port") for row in rows]
        yield from _pods(found, found.spec.get("selector", {}), spaces, ports)
    for found in emitted.objects.of("ServiceMonitor"):
        yield from _services(found, serving)
    for found in emitted.objects.of("Service"):
        selector = {"matchLabels": found.spec.get("selector", {})}
        ports = [row.get("targetPort", row["port"]) for row in found.spec["ports"]]
        yield from _pods(found, selector, spaces, ports)
    for pod in running:
        for each in pod.spec.get("topologySpreadConstraints", ()):
            if not selects(each.get("labelSelector", {}), pod.labels):
                yield _idle(pod.owner, each.get("labelSelector", {}), "none of its own pods")
        for each in _apart(pod.spec.get("affinity", {}).get("podAntiAffinity", {})):
            if not selects(each.get("labelSelector", {}), pod.labels):
                yield _idle(pod.owner, each.get("labelSelector", {}), "none of its own pods")


def _spaces(emitted: Emitted, running: Iterable[Pod]) -> _Spaces:
    groups = [(pod.namespace, _Group(pod.labels, frozenset(pod.ports()))) for pod in running]
    for part in emitted.plan.parts.values():
        # The pods of those that are manifests of ours are among the running.
        for workload in part.facts.workloads.values() if part.facts.kind != "manifests" else ():
            ports: set[Port] = {*workload.ports, *workload.ports.values()}
            groups.append((part.namespace, _Group(workload.labels, frozenset(ports))))
    spaces: dict[tuple[str, str, str], list[_Group]] = {}
    for namespace, group in groups:
        for key, value in group.labels.items():
            spaces.setdefault((namespace, key, value), []).append(group)
    return spaces


def _apart(affinity: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the terms that keep a pod away from others of its kind, or would rather."""
    yield from affinity.get("requiredDuringSchedulingIgnoredDuringExecution", ())
    for each in affinity.get("preferredDuringSchedulingIgnoredDuringExecution", ()):
        yield each.get("podAffinityTerm", {})


def _where(found: Named) -> list[str]:
    names: list[str] = found.spec.get("namespaceSelector", {}).get("matchNames", [])
    return names or [found.namespace]


def _pods(
    found: Named, selector: Mapping[str, Any], spaces: _Spaces, ports: Iterable[Port]
) -> Iterator[Finding]:
    """Yield what is wrong with the pods that *found* selects, and with the *ports* it names."""
    rows = list(selector.get("matchLabels", {}).items())
    # All that have the label that the fewest have.
    some = [
        min((spaces.get((name, key, value), []) for key, value in rows), key=len, default=[])
        for name in _where(found)
    ]
    chosen = [each.ports for group in some for each in group if selects(selector, each.labels)]
    if not chosen:
        yield _idle(found, selector, "no pod")
    yield from _unknown(found, ports, chosen)


def _services(found: Named, serving: Iterable[Service]) -> Iterator[Finding]:
    """Yield what is wrong with the Services that a monitor selects; a target port is the pod's."""
    selector, where = found.spec.get("selector", {}), _where(found)
    there = [each for each in serving if each.namespace in where]
    chosen = [each for each in there if selects(selector, each.labels)]
    if not chosen:
        yield _idle(found, selector, "no Service")
    rows = found.spec["endpoints"]
    for key, ports in (
        ("port", [each.ports for each in chosen]),
        ("targetPort", [each.targets for each in chosen]),
    ):
        yield from _unknown(found, [row[key] for row in rows if key in row], ports)


def _unknown(
    found: Named, ports: Iterable[Port], chosen: Collection[frozenset[Port]]
) -> Iterator[Finding]:
    """Yield the *ports* that nothing of what is *chosen* has."""
    for port in ports:
        if chosen and not any(port in each for each in chosen):
            known = sorted({str(one) for each in chosen for one in each})
            listed = ", ".join(f"`{each}`" for each in known)
            yield _finding(found, f"names the port `{port}`; what it selects has {listed}")


def _idle(found: Named, selector: Mapping[str, Any], what: str) -> Finding:
    rows = selector.get("matchLabels", {})
    listed = ", ".join(f"`{key}={value}`" for key, value in sorted(rows.items()))
    return _finding(found, f"selects {what} by {listed or 'no label'}")


def _finding(found: Named, told: str) -> Finding:
    return Finding(at=found.origin, message=f"{found.subject} {told}", fix=OUR_FAULT)
