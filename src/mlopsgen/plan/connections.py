"""Derives the flows: what models, pipelines and components connect to, and from where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from mlopsgen import names
from mlopsgen.diagnostics import SpecPath
from mlopsgen.facts import Component as ComponentFacts
from mlopsgen.facts.components import Endpoint
from mlopsgen.plan.flows import Addresses, Flow, Peer, Pods, Port
from mlopsgen.plan.model import Entrance, Part, Served, Workflow
from mlopsgen.plan.network import ANYWHERE, INSTANCE_METADATA, Network
from mlopsgen.plan.parts import SHARED_NAMESPACES

DNS = Pods("kube-dns", "kube-system", {"k8s-app": "kube-dns"}, ours=False)
DNS_PORTS = (Port(53, "UDP"), Port(53, "TCP"))
HTTPS = (Port(443),)
KUBELET = Port(10250)
"""kubernetes v1.33.0 pkg/cluster/ports/ports.go."""

OUTSIDE = Addresses("outside", (ANYWHERE,), (INSTANCE_METADATA,))


def workload(part: Part, key: str) -> Pods:
    """Return the pods of a component's workload."""
    ours = part.namespace not in SHARED_NAMESPACES
    labels = part.facts.workloads[key].labels
    return Pods(f"{part.name}-{key}", part.namespace, labels, ours=ours)


def balancers(network: Network, scheme: str) -> Addresses:
    """Return where a load balancer's packets come from: its own subnets, not a pod."""
    if scheme == "internal":
        return Addresses("internal load balancers", network.private)
    return Addresses("internet-facing load balancers", network.public)


def models_of(namespace: str) -> Pods:
    """Return the pods of every InferenceService of *namespace*."""
    return Pods("models", namespace, having=(names.INFERENCE_SERVICE_LABEL,))


def pipeline_pods(workflow: Workflow) -> Pods:
    """Return the pods of a pipeline's runs."""
    labels = {names.PIPELINE_LABEL: workflow.name}
    return Pods(f"pipeline-{workflow.name}", workflow.namespace, labels)


def container_port(facts: ComponentFacts, key: str, number: int) -> Port:
    """Return port *number* of workload *key*, with its Service's number where that differs."""
    for service in facts.services.values():
        for port in service.ports:
            if service.workload == key and port.target_port == number != port.port:
                return Port(number, service=port.port)
    return Port(number)


def inferring(
    served: Iterable[Served], network: Network, parts: Mapping[str, Part]
) -> Iterator[Flow]:
    """Yield the flows of models: callers, scrapes, load balancers, and the way to their files."""
    by_namespace: dict[str, list[Served]] = {}
    for one in served:
        by_namespace.setdefault(one.namespace, []).append(one)
        if one.spec.exposure:
            pods = Pods(
                f"model-{one.name}", one.namespace, {names.INFERENCE_SERVICE_LABEL: one.name}
            )
            origin: SpecPath = ("models", one.model, "exposure")
            balancer = balancers(network, one.spec.exposure.alb)
            port = (Port(one.entry),)
            yield Flow(balancer, pods, port, "requests through the load balancer", origin)
    for namespace, members in by_namespace.items():
        models, first = models_of(namespace), members[0].origin
        answering = {port for one in members for port in (one.runtime.http_port, one.entry)}
        ports = _ports(answering, service=80)
        inside = Pods("all", namespace)
        yield Flow(inside, models, ports, "requests from the namespace", first)
        yield Flow(models, OUTSIDE, HTTPS, "model files: S3, STS, model hubs", first)
        if prometheus := parts.get("prometheus"):
            scraped = _ports({one.runtime.metrics.port for one in members if one.runtime.metrics})
            caller = workload(prometheus, "prometheus")
            yield Flow(caller, models, scraped, "scrapes of the models", first)


def _ports(numbers: Iterable[int], service: int | None = None) -> tuple[Port, ...]:
    return tuple(Port(number, service=service) for number in sorted(numbers))


def running(
    workflows: Iterable[Workflow], network: Network, parts: Mapping[str, Part]
) -> Iterator[Flow]:
    """Yield the flows of pipelines' pods."""
    api = Addresses("the API server", network.api)
    for each in workflows:
        pods = pipeline_pods(each)
        yield Flow(pods, api, HTTPS, "task results, written by the wait container", each.origin)
        yield Flow(pods, OUTSIDE, HTTPS, "artifacts: S3 and STS", each.origin)
        if mlflow := parts.get("mlflow"):
            [(key, server)] = mlflow.facts.workloads.items()
            ports = tuple(
                container_port(mlflow.facts, key, number) for number in server.ports.values()
            )
            yield Flow(pods, workload(mlflow, key), ports, "runs and models", each.origin)


def operating(parts: Mapping[str, Part], network: Network) -> Iterator[Flow]:
    """Yield the flows of the components themselves, as the catalogue knows them."""
    for part in parts.values():
        if part.facts.kind != "chart":
            continue
        yield from _outgoing(part, parts, network)
        yield from _scrapes(part, parts, network)
        for hook in part.facts.webhooks:
            control_plane = Addresses("the control plane", network.control_plane)
            pods, ports = workload(part, hook.workload), (Port(hook.port),)
            yield Flow(control_plane, pods, ports, f"webhooks of {part.name}", part.origin)
    if mlflow := parts.get("mlflow"):
        database = Addresses("the database", network.database)
        [key] = mlflow.facts.workloads
        yield Flow(workload(mlflow, key), database, (Port(5432),), "PostgreSQL", mlflow.origin)


def _outgoing(part: Part, parts: Mapping[str, Part], network: Network) -> Iterator[Flow]:
    flows = part.facts.flows
    if flows is None:
        return
    for key in part.facts.workloads:
        pods = workload(part, key)
        if flows.api_server:
            api: Peer = Addresses("the API server", network.api)
            yield Flow(pods, api, HTTPS, "the Kubernetes API", part.origin)
        if flows.https:
            yield Flow(pods, OUTSIDE, HTTPS, "AWS APIs, registries and Git", part.origin)
    for inside in flows.inside:
        ports = (container_port(part.facts, inside.workload, inside.port),)
        caller, callee = workload(part, inside.caller), workload(part, inside.workload)
        yield Flow(caller, callee, ports, f"inside {part.name}", part.origin)
    for outside in flows.components:
        if other := parts.get(outside.component):
            ports = (container_port(other.facts, outside.workload, outside.port),)
            for key in part.facts.workloads:
                target = workload(other, outside.workload)
                yield Flow(workload(part, key), target, ports, f"calls {other.name}", part.origin)


def _scrapes(part: Part, parts: Mapping[str, Part], network: Network) -> Iterator[Flow]:
    prometheus = parts.get("prometheus")
    if prometheus is None:
        return
    source = workload(prometheus, "prometheus")
    for endpoint in part.facts.metrics:
        target, port = _scraped(part, endpoint, network)
        if source != target:
            yield Flow(source, target, (port,), f"scrapes of {part.name}", part.origin)


def _scraped(part: Part, endpoint: Endpoint, network: Network) -> tuple[Peer, Port]:
    """Return what answers a scrape; pods on the node's network have the node's address."""
    nodes = Addresses("the nodes", network.private)
    if not endpoint.workload:
        return nodes, KUBELET
    found = part.facts.workloads[endpoint.workload]
    port = Port(found.ports[endpoint.port])
    return (nodes if found.host_network else workload(part, endpoint.workload)), port


def entering(
    entrances: Iterable[Entrance], parts: Mapping[str, Part], network: Network
) -> Iterator[Flow]:
    """Yield the flows from load balancers to the components that are exposed."""
    for entrance in entrances:
        part = parts[entrance.component]
        key, number = entrance.workload, entrance.port
        caller = balancers(network, entrance.balancer.alb)
        because = f"users of {part.name} through the load balancer"
        yield Flow(caller, workload(part, key), (Port(number),), because, entrance.origin)


def naming(namespaces: Iterable[str]) -> Iterator[Flow]:
    """Yield DNS for every pod of *namespaces*."""
    for namespace in namespaces:
        yield Flow(Pods("all", namespace), DNS, DNS_PORTS, "DNS", ("namespaces", namespace))
