"""Addresses: whoever is called by name in the cluster answers there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from mlopsgen.diagnostics import Finding, SpecPath, rule
from mlopsgen.prove.emitted import OUR_FAULT, Emitted, Named
from mlopsgen.prove.pods import Pod
from mlopsgen.prove.services import Port, Service

_HOST = re.compile(
    r"(?<![\w.-])([a-z][a-z0-9-]*)\.([a-z0-9][a-z0-9-]*)\.svc"
    r"(?:\.cluster\.local)?(?![\w-]|\.\w)\.?(?::(\d+))?"
)
_PREDICTOR = re.compile(r"--predictor_host=([a-z][a-z0-9-]*)\.([a-z0-9][a-z0-9-]*)(?::(\d+))?$")
"""What KServe tells a transformer: the Service without `svc` behind it."""

_ALLOWED = "extraEnvVars.MLFLOW_SERVER_ALLOWED_HOSTS"
_TRACKING = "MLFLOW_TRACKING_URI"
_ANNOTATION = "alb.ingress.kubernetes.io/actions."
_BY_ACTION = "use-annotation"
"""The name of a port with which an Ingress names an action, not a Service (aws-load-balancer-
controller 2.16.0 docs/guide/ingress/annotations.md)."""

_FIX = (
    "write the name and the port that the Service has; if platform.yaml doesn't say it,"
    f" {OUR_FAULT}"
)

Place = tuple[str, str]


@rule("RESOLVE002")
def addresses_are_answered(
    emitted: Emitted, running: Iterable[Pod], serving: Iterable[Service]
) -> Iterator[Finding]:
    """Every address in the cluster is that of a Service with that port.

    A name that no Service has isn't resolved, and a port that it hasn't is refused: connections
    fail for the first time when somebody makes a request.
    """
    there = {(each.namespace, each.name): each for each in serving}
    own = {each.name for each in emitted.plan.namespaces.values() if not each.workloads}
    for pod in running:
        for text in _said(pod):
            for place, port in _hosts(text):
                # What users run beside their models is known to them alone.
                if place in there or place[0] in own:
                    yield from _answered(there, place, port, pod.owner.subject, pod.owner.origin)
    for found, place, port in _backends(emitted):
        yield from _answered(there, place, port, found.subject, found.origin)
    for name, artifact in emitted.values.items():
        at = emitted.plan.parts[name].origin
        for text in _texts(artifact.body):
            for place, port in _hosts(text):
                if place in there or place[0] in own:
                    yield from _answered(there, place, port, f"`{artifact.path}`", at)
    yield from _welcome(emitted, running)


def _said(pod: Pod) -> Iterator[str]:
    """Yield what a pod is told, and whom its autoscaler asks."""
    for container in pod.containers():
        yield from container.get("args", ())
        for row in container.get("env", ()):
            if "value" in row:
                yield row["value"]
    for metric in pod.spec.get("autoScaling", {}).get("metrics", ()):
        yield metric["external"]["metric"]["serverAddress"]


def _hosts(text: str) -> Iterator[tuple[Place, Port | None]]:
    """Yield the Services in *text*, with the port where one stands behind."""
    if ".svc" in text:
        for name, namespace, port in _HOST.findall(text):
            yield (namespace, name), int(port) if port else None
    elif text.startswith("--predictor_host=") and (found := _PREDICTOR.match(text)):
        name, namespace, port = found.groups()
        yield (namespace, name), int(port) if port else None


def _backends(emitted: Emitted) -> Iterator[tuple[Named, Place, Port | None]]:
    """Yield the Services that requests from outside are sent to."""
    for found in emitted.objects.of("Ingress"):
        for name, port in (*_of_actions(found), *_of_paths(found)):
            yield found, (found.namespace, name), port
    for found in emitted.objects.of("HTTPRoute"):
        for each in [
            each for one in found.spec.get("rules", ()) for each in one.get("backendRefs", ())
        ]:
            space = each.get("namespace", found.namespace)
            yield found, (space, each["name"]), each.get("port")


def _of_actions(found: Named) -> Iterator[tuple[str, Port]]:
    for key, text in found.annotations.items():
        if key.startswith(_ANNOTATION):
            forward = json.loads(text).get("forwardConfig", {})
            for each in forward.get("targetGroups", ()):
                yield each.get("serviceName", ""), each.get("servicePort", "")


def _of_paths(found: Named) -> Iterator[tuple[str, Port | None]]:
    rules = [each.get("http", {}) for each in found.spec.get("rules", ())]
    backends = [path["backend"] for each in rules for path in each.get("paths", ())]
    for service in [each["service"] for each in backends if "service" in each]:
        port = service.get("port", {})
        if port.get("name") != _BY_ACTION:
            yield service["name"], port.get("number", port.get("name"))
        elif f"{_ANNOTATION}{service['name']}" not in found.annotations:
            yield service["name"], None


def _texts(node: object) -> Iterator[str]:
    match node:
        case str():
            yield node
        case dict():
            for child in node.values():
                yield from _texts(child)
        case list() | tuple():
            for child in node:
                yield from _texts(child)
        case _:
            pass


def _answered(
    there: dict[Place, Service], place: Place, port: Port | None, subject: str, at: SpecPath
) -> Iterator[Finding]:
    service, name = there.get(place), f"{place[1]}.{place[0]}.svc"
    if service is None:
        yield Finding(
            at=at, message=f"{subject} calls `{name}`; there is no such Service", fix=_FIX
        )
    elif port is not None and port not in service.ports:
        listed = ", ".join(f"`{each}`" for each in sorted(map(str, service.ports - {""})))
        told = f"{subject} calls port `{port}` of `{name}`; it has {listed}"
        yield Finding(at=at, message=told, fix=_FIX)


def _welcome(emitted: Emitted, running: Iterable[Pod]) -> Iterator[Finding]:
    """Yield the clients of MLflow whose address it refuses: it answers to names that it knows."""
    allowed = emitted.value("mlflow", _ALLOWED)
    if not isinstance(allowed, str):
        return
    patterns = allowed.split(",")
    for pod in running:
        for host in _tracking(pod):
            if not any(fnmatchcase(host, pattern) for pattern in patterns):
                told = f"calls MLflow as `{host}`, which isn't among the hosts that it answers to"
                theirs = emitted.place("mlflow", _ALLOWED)
                at = theirs if theirs[2:] else pod.owner.origin
                fix = f"add `{host}` to it, or take it away" if theirs[2:] else _FIX
                yield Finding(at=at, message=f"{pod.owner.subject} {told}", fix=fix)


def _tracking(pod: Pod) -> Iterator[str]:
    """Yield what *pod* calls an MLflow in the cluster: clients leave a usual port out, or don't."""
    for row in [row for each in pod.containers() for row in each.get("env", ())]:
        if row["name"] == _TRACKING:
            host = row.get("value", "").partition("://")[2].partition("/")[0]
            name = host.partition(":")[0]
            if name.endswith(".svc"):
                yield from dict.fromkeys((host, name))
