"""Derives the flows: what models, pipelines and components connect to, and from where."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from mlopsgen import names
from mlopsgen.facts import Component as ComponentFacts
from mlopsgen.facts import component
from mlopsgen.facts.components import Endpoint
from mlopsgen.facts.running import Outside
from mlopsgen.plan.fleet import CALLERS, Spoke
from mlopsgen.plan.flows import Addresses, Flow, Peer, Pods, Port
from mlopsgen.plan.model import Entrance, Part, Served, Workflow
from mlopsgen.plan.model_pods import models_of, with_metrics
from mlopsgen.plan.network import ANYWHERE, INSTANCE_METADATA, Network
from mlopsgen.plan.parts import SHARED_NAMESPACES
from mlopsgen.spec import GitOps

DNS = Pods("kube-dns", "kube-system", {"k8s-app": "kube-dns"}, ours=False)
DNS_PORTS = (Port(53, "UDP"), Port(53, "TCP"))
HTTPS = (Port(443),)
_SSH = 22
_PORT = re.compile(r"\w+://[^/]*:(\d+)(?:/|$)", re.ASCII)
"""The port of a URL that has one; a name and a password before the host have no slash."""

KUBELET = Port(10250)
"""kubernetes v1.33.0 pkg/cluster/ports/ports.go."""

OUTSIDE = Addresses("outside", (ANYWHERE,), (INSTANCE_METADATA,))


def workload(part: Part, key: str) -> Pods:
    """Return the pods of a component's workload."""
    return _pods(part.name, part.namespace, key, part.facts.workloads[key].labels)


def _pods(name: str, namespace: str, key: str, labels: Mapping[str, str]) -> Pods:
    return Pods(f"{name}-{key}", namespace, labels, ours=namespace not in SHARED_NAMESPACES)


def beyond(network: Network) -> Addresses:
    """Return what is outside for pods that have no business with the Kubernetes API."""
    return Addresses("outside", (ANYWHERE,), (INSTANCE_METADATA, *network.api))


def balancers(network: Network, scheme: str) -> Addresses:
    """Return where a load balancer's packets come from: its own subnets, not a pod."""
    if scheme == "internal":
        return Addresses("internal load balancers", network.private)
    return Addresses("internet-facing load balancers", network.public)


def pipeline_pods(workflow: Workflow) -> Pods:
    """Return the pods of a pipeline's runs."""
    labels = {names.PIPELINE_LABEL: workflow.name}
    return Pods(f"pipeline-{workflow.name}", workflow.namespace, labels)


def container_port(
    facts: ComponentFacts, key: str, number: int, protocol: Literal["TCP", "UDP"] = "TCP"
) -> Port:
    """Return port *number* of workload *key*, with its Service's number where that differs."""
    for service in facts.services.values():
        for port in service.ports:
            if service.workload == key and port.target_port == number != port.port:
                return Port(number, protocol, service=port.port)
    return Port(number, protocol)


def inferring(
    served: Iterable[Served], network: Network, parts: Mapping[str, Part]
) -> Iterator[Flow]:
    """Yield the flows of models: callers inside, scrapes, and the way to their files."""
    by_namespace: dict[str, list[Served]] = {}
    for one in served:
        by_namespace.setdefault(one.namespace, []).append(one)
    for namespace, members in by_namespace.items():
        models, first = models_of(namespace, members), members[0].origin
        answering = {port for one in members for port in (one.runtime.http_port, one.entry)}
        ports = _ports(answering, service=80)
        inside = Pods("all", namespace)
        yield Flow(inside, models, ports, "requests from the namespace", first)
        files = "model files: S3, STS, model hubs"
        yield Flow(models, beyond(network), HTTPS, files, first)
        if prometheus := parts.get("prometheus"):
            caller = workload(prometheus, "prometheus")
            for target, port, origin in with_metrics(namespace, members):
                yield Flow(caller, target, (port,), "scrapes of the models", origin)


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


def asking(served: Iterable[Served], parts: Mapping[str, Part]) -> Iterator[Flow]:
    """Yield the flows of transformers that ask the feature server."""
    feast = parts.get("feast")
    for one in served:
        if feast and one.spec.transformer and one.spec.transformer.features:
            labels = {names.APP_LABEL: names.transformer_app(one.name)}
            pods = Pods(f"transformer-{one.name}", one.namespace, labels)
            [(key, server)] = feast.facts.workloads.items()
            port = container_port(feast.facts, key, server.ports["http"])
            origin = ("models", one.model, "transformer", "features")
            yield Flow(pods, workload(feast, key), (port,), "features of requests", origin)


def operating(parts: Mapping[str, Part], network: Network) -> Iterator[Flow]:
    """Yield the flows of the components themselves, as the catalogue knows them."""
    for part in parts.values():
        if not part.facts.in_cluster:
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


def cloning(read: Iterable[GitOps], parts: Mapping[str, Part], network: Network) -> Iterator[Flow]:
    """Yield the ways to repositories that aren't port 443, which is open anyway.

    What is excepted there holds for all ports: the VPC CNI keeps one list of networks for a pod.
    """
    if argocd := parts.get("argocd"):
        reader = workload(argocd, "repo-server")
        because = "the repository with what the cluster is to be"
        for number in sorted({_git_port(gitops.repository) for gitops in read}):
            if (port := Port(number)) not in HTTPS:
                yield Flow(reader, beyond(network), (port,), because, ("gitops", "repository"))


def reaching(spokes: Sequence[Spoke], parts: Mapping[str, Part]) -> Iterator[Flow]:
    """Yield the way to the APIs of other clusters, and to STS, which says who calls them."""
    if spokes and (argocd := parts.get("argocd")):
        because = "the APIs of the clusters that it reconciles"
        for key in CALLERS:
            yield Flow(workload(argocd, key), OUTSIDE, HTTPS, because, spokes[0].origin)


def _git_port(url: str) -> int:
    """Return the port of a repository: git@host:path has no place for one and means SSH."""
    if written := _PORT.match(url):
        return int(written[1])
    return HTTPS[0].number if url.startswith("https:") else _SSH


def _outgoing(part: Part, parts: Mapping[str, Part], network: Network) -> Iterator[Flow]:
    api = Addresses("the API server", network.api)
    for key, job in part.facts.jobs.items():
        pods = _pods(part.name, part.namespace, key, job.labels)
        yield Flow(pods, api, HTTPS, f"installing {part.name}", part.origin)
    flows = part.facts.flows
    if flows is None:
        return
    for key in flows.api_server:
        yield Flow(workload(part, key), api, HTTPS, "the Kubernetes API", part.origin)
    for key in flows.https:
        others = OUTSIDE if key in flows.api_server else beyond(network)
        yield Flow(workload(part, key), others, HTTPS, "HTTPS outside the cluster", part.origin)
    for inside in flows.inside:
        ports = (container_port(part.facts, inside.workload, inside.port, inside.protocol),)
        caller, callee = workload(part, inside.caller), workload(part, inside.workload)
        yield Flow(caller, callee, ports, f"inside {part.name}", part.origin)
    for outside in flows.components:
        if found := _elsewhere(outside, parts):
            because = f"calls {outside.component}"
            yield Flow(workload(part, outside.caller), *found, because, part.origin)


def _elsewhere(call: Outside, parts: Mapping[str, Part]) -> tuple[Pods, tuple[Port, ...]] | None:
    """Return whom *call* reaches; an add-on is in the cluster whether platform.yaml says so or not.

    None of a component that isn't installed.
    """
    if part := parts.get(call.component):
        port = container_port(part.facts, call.workload, call.port)
        return workload(part, call.workload), (port,)
    facts = component(call.component)
    if facts.kind != "eks-addon" or facts.release is None:
        return None
    labels = facts.workloads[call.workload].labels
    found = _pods(call.component, facts.release.namespace, call.workload, labels)
    return found, (container_port(facts, call.workload, call.port),)


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
