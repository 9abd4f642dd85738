"""The names in emitted objects that have to be those of something: which, of what kind, where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mlopsgen.artifact import Object
from mlopsgen.prove.emitted import Emitted, Named
from mlopsgen.prove.pods import Pod


@dataclass(frozen=True, slots=True)
class Reference:
    """One name in an object; `key` where it is a key of what is named."""

    owner: Named
    kind: str
    namespace: str
    name: str
    key: str = ""


def references(emitted: Emitted, pods: Iterable[Pod]) -> Iterator[Reference]:
    """Yield the names in all objects, and in what their pods mount and read."""
    for pod in pods:
        yield from _of_pod(pod)
    yield from _of_secrets(emitted)
    yield from _of_bindings(emitted)
    yield from _of_ways(emitted)
    for found in emitted.objects.of("NodePool"):
        node = found.spec["template"]["spec"]["nodeClassRef"]
        yield Reference(found, node["kind"], "", node["name"])
    yield from _of_events(emitted)
    yield from _of_spaces(emitted)


def _of_secrets(emitted: Emitted) -> Iterator[Reference]:
    for found in emitted.objects.of("ExternalSecret"):
        store = found.spec["secretStoreRef"]
        yield Reference(found, store["kind"], found.namespace, store["name"])
    for found in emitted.objects.of("SecretStore"):
        jwt = found.spec["provider"]["aws"]["auth"]["jwt"]["serviceAccountRef"]
        yield Reference(found, "ServiceAccount", found.namespace, jwt["name"])


def _of_bindings(emitted: Emitted) -> Iterator[Reference]:
    for found in emitted.objects.of("RoleBinding"):
        role = found.body["roleRef"]
        right = role["apiGroup"] == found.body["apiVersion"].partition("/")[0]
        kind = role["kind"] if right else f"{role['apiGroup']}/{role['kind']}"
        yield Reference(found, kind, found.namespace, role["name"])
        for subject in found.body.get("subjects", ()):
            if subject["kind"] == "ServiceAccount":
                yield Reference(found, "ServiceAccount", subject["namespace"], subject["name"])


def _of_ways(emitted: Emitted) -> Iterator[Reference]:
    for found in emitted.objects.of("Ingress"):
        yield Reference(found, "IngressClass", "", found.spec.get("ingressClassName", ""))
    for found in emitted.objects.of("HTTPRoute"):
        for parent in found.spec["parentRefs"]:
            space = parent.get("namespace", found.namespace)
            yield Reference(found, "Gateway", space, parent["name"], parent.get("sectionName", ""))


def _of_pod(pod: Pod) -> Iterator[Reference]:
    owner, space = pod.owner, pod.namespace
    # Accounts of pipelines are told by what proves workflows.
    if owner.body["kind"] != "WorkflowTemplate" and "serviceAccountName" in pod.spec:
        yield Reference(owner, "ServiceAccount", space, pod.spec["serviceAccountName"])
    if "priorityClassName" in pod.spec:
        yield Reference(owner, "PriorityClass", "", pod.spec["priorityClassName"])
    if runtime := pod.spec.get("model", {}).get("runtime"):
        yield Reference(owner, "ClusterServingRuntime", "", runtime)
    for each in pod.spec.get("imagePullSecrets", ()):
        yield Reference(owner, "Secret", space, each["name"])
    if cache := pod.spec.get("memoize", {}).get("cache", {}).get("configMap"):
        yield Reference(owner, "memoization cache", "", cache["name"])
    for container in pod.containers():
        for row in container.get("env", ()):
            for key, reference in row.get("valueFrom", {}).items():
                kind = _KEYED.get(key)
                if kind and not reference.get("optional"):
                    yield Reference(owner, kind, space, reference["name"], reference["key"])
        yield from _of_probes(owner, container)
    yield from _of_volumes(pod)


def _of_probes(owner: Named, container: Object) -> Iterator[Reference]:
    """Yield the ports that the kubelet asks and the container doesn't name."""
    rows = container.get("ports", ())
    known = {row[key] for row in rows for key in ("name", "containerPort") if key in row}
    for key in ("livenessProbe", "readinessProbe", "startupProbe"):
        probe = container.get(key, {})
        asked = probe.get("httpGet", probe.get("tcpSocket", {})).get("port")
        if asked is not None and asked not in known:
            yield Reference(owner, "port of its own", "", str(asked))


_KEYED = {"configMapKeyRef": "ConfigMap", "secretKeyRef": "Secret"}


def _of_volumes(pod: Pod) -> Iterator[Reference]:
    owner, space = pod.owner, pod.namespace
    volumes = pod.spec.get("volumes", ())
    known = {each["name"] for each in volumes}
    for container in pod.containers():
        for mount in container.get("volumeMounts", ()):
            if mount["name"] not in known:
                yield Reference(owner, "volume", "", mount["name"])
    for each in volumes:
        if "configMap" in each:
            yield Reference(owner, "ConfigMap", space, each["configMap"]["name"])
        if "secret" in each:
            yield Reference(owner, "Secret", space, each["secret"]["secretName"])
        if "persistentVolumeClaim" in each:
            claim = each["persistentVolumeClaim"]["claimName"]
            yield Reference(owner, "PersistentVolumeClaim", space, claim)


def _of_events(emitted: Emitted) -> Iterator[Reference]:
    for found in emitted.objects.of("EventSource", "Sensor"):
        bus = found.spec.get("eventBusName", "default")
        yield Reference(found, "EventBus", found.namespace, bus)
    for found in emitted.objects.of("Sensor"):
        known = {each["name"] for each in found.spec["dependencies"]}
        for each in found.spec["dependencies"]:
            name, event = each["eventSourceName"], each["eventName"]
            yield Reference(found, "EventSource", found.namespace, name, event)
        for trigger in found.spec["triggers"]:
            template = trigger["template"]
            if template["conditions"] not in known:
                yield Reference(found, "dependency", "", template["conditions"])
            run = template["k8s"]["source"]["resource"]
            started = run["spec"]["workflowTemplateRef"]["name"]
            space = run["metadata"]["namespace"]
            yield Reference(found, "WorkflowTemplate", space, started)
            for row in run["spec"].get("arguments", {}).get("parameters", ()):
                yield Reference(found, "WorkflowTemplate", space, started, row["name"])


def _of_spaces(emitted: Emitted) -> Iterator[Reference]:
    """Yield the namespaces that objects are in, and those that they name.

    What the Argo CD of a hub reads is in a namespace of the hub.
    """
    keeper = emitted.plan.keeper
    seen = {keeper.namespace} if keeper and keeper.away else set[str]()
    for members in emitted.objects.kinds.values():
        for found in members:
            if found.namespace and found.namespace not in seen:
                seen.add(found.namespace)
                yield Reference(found, "Namespace", "", found.namespace)
    for found in emitted.objects.of("PodMonitor", "ServiceMonitor"):
        for name in found.spec.get("namespaceSelector", {}).get("matchNames", ()):
            yield Reference(found, "Namespace", "", name)
