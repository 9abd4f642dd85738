"""Pods as the scheduler gets them: out of emitted objects, after the LimitRange of a namespace."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mlopsgen import names
from mlopsgen.artifact import Artifact
from mlopsgen.diagnostics import SpecPath
from mlopsgen.prove.schedule_shares import updated
from mlopsgen.prove.schedule_terms import (
    REQUIRED,
    Amounts,
    Json,
    Terms,
    Toleration,
    amounts,
    inside,
    maps,
    quantity,
    terms,
    tolerations,
)

STOPPED = "serving.kserve.io/stop"


@dataclass(frozen=True, slots=True)
class Form:
    """All that decides where a pod may run; pods of one form are placed alike."""

    asks: tuple[tuple[str, int], ...]
    terms: Terms
    tolerations: tuple[Toleration, ...]

    def amount(self, resource: str) -> int:
        """Return how much of *resource* it asks for."""
        return dict(self.asks).get(resource, 0)


@dataclass(frozen=True, slots=True)
class Apart:
    """That replicas don't share a domain: at most `skew` of them in one of `key`.

    Fewer domains than `least` count as one more that has none of them.
    """

    key: str
    skew: int
    least: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pod:
    """The pods of one template."""

    at: SpecPath
    who: str
    """What a message calls them."""

    namespace: str
    form: Form
    containers: tuple[Json, ...]
    least: int
    """How many there are at the least; 0 for what runs now and then."""

    most: int
    labels: Mapping[str, str] = field(default_factory=dict)
    apart: tuple[Apart, ...] = ()
    component: str = ""
    daemon: bool = False
    extra: int = 0
    """Pods beyond `least` without which an update of them never gets on."""

    high: bool = False
    """Whether its class puts it before others."""


def asked(containers: Iterable[Json], first: Iterable[Json] = ()) -> dict[str, int]:
    """Return what a pod asks for: its *containers* together, or the largest that comes *first*."""
    total: dict[str, int] = {}
    for each in containers:
        for name, amount in requests(each).items():
            total[name] = total.get(name, 0) + amount
    for each in first:
        for name, amount in requests(each).items():
            total[name] = max(total.get(name, 0), amount)
    return total


def requests(container: Json) -> dict[str, int]:
    """Return the requests of a *container*; a limit stands in for one that is left out."""
    resources = container.get("resources")
    return {**amounts(inside(resources, "limits")), **amounts(inside(resources, "requests"))}


def form(asks: Amounts, spec: Json) -> Form:
    """Return how pods of *spec*, which ask for *asks*, are placed."""
    wanted = {**asks, "pods": 1}
    return Form(tuple(sorted(wanted.items())), terms(spec), tolerations(spec))


def apart(spec: Json) -> tuple[Apart, ...]:
    """Return what of *spec* keeps replicas from sharing nodes or zones."""
    found = [
        Apart(_key(each), quantity(str(each.get("maxSkew", 1))), _least(each))
        for each in maps(spec.get("topologySpreadConstraints"))
        if each.get("whenUnsatisfiable", "DoNotSchedule") == "DoNotSchedule"
    ]
    # Whom it keeps away from is, in all that is emitted and installed, its own kind.
    required = maps(inside(spec.get("affinity"), "podAntiAffinity", REQUIRED))
    return (*found, *(Apart(_key(each), 0, 0) for each in required))


def _key(constraint: Json) -> str:
    return str(constraint.get("topologyKey", ""))


def _least(constraint: Json) -> int:
    return quantity(str(constraint.get("minDomains") or 1))


def pods(artifacts: Iterable[Artifact], executor: Json) -> Iterator[Pod]:
    """Yield the pods of everything emitted; *executor* is what Argo adds to each step."""
    for artifact in artifacts:
        for body in artifact.objects:
            match body["kind"]:
                case "InferenceService":
                    yield from _of_service(_origin(artifact), body)
                case "WorkflowTemplate":
                    yield from _of_workflow(_origin(artifact), body, executor)
                case "Deployment":
                    yield _of_deployment(_origin(artifact), body)
                case "EventBus" | "Sensor" | "EventSource":
                    yield _of_events(_origin(artifact), body)
                case _:
                    pass


def _origin(artifact: Artifact) -> SpecPath:
    return artifact.origin[0] if artifact.origin else ()


def _of_service(at: SpecPath, body: Json) -> Iterator[Pod]:
    """Yield the pods of a model: KServe makes a Deployment of each part of its service."""
    metadata, spec = body["metadata"], body["spec"]
    if (metadata.get("annotations") or {}).get(STOPPED) == "true":
        return
    parts = [(part, spec[part]) for part in ("predictor", "transformer") if part in spec]
    parts += [("canary", each["predictor"]) for each in spec.get("canary") or ()]
    for part, given in parts:
        containers = tuple(given.get("containers") or (given.get("model") or {},))
        low = int(given.get("minReplicas", 1))
        place = (*at, part) if part == "transformer" else at
        yield Pod(
            at=place,
            who=f"the {part} of InferenceService `{metadata['name']}`",
            namespace=metadata["namespace"],
            form=form(asked(containers, given.get("initContainers") or ()), given),
            containers=containers,
            least=low,
            most=max(low, int(given.get("maxReplicas") or low)),
            labels={
                **(metadata.get("labels") or {}),
                names.INFERENCE_SERVICE_LABEL: metadata["name"],
                names.APP_LABEL: _app(metadata["name"], part, given),
            },
            apart=apart(given),
            extra=updated(given.get("deploymentStrategy"), low),
            high=str(given.get("priorityClassName", "")).endswith("high"),
        )


def _app(name: str, part: str, given: Json) -> str:
    if part == "transformer":
        return names.transformer_app(name)
    inside = part == "canary" and given.get("name")
    return names.predictor_app(f"{name}-{given['name']}" if inside else name)


def _of_workflow(at: SpecPath, body: Json, executor: Json) -> Iterator[Pod]:
    """Yield the pod of each step; what the template says of placing stands over the workflow's."""
    whole = body["spec"]
    for template in whole.get("templates") or ():
        main = template.get("container") or template.get("script")
        if not main:
            continue
        own = {
            key: template.get(key) or whole.get(key)
            for key in ("nodeSelector", "tolerations", "affinity", "priorityClassName")
        }
        containers = (main, *(template.get("sidecars") or ()), {"resources": executor})
        first = ({"resources": executor}, *(template.get("initContainers") or ()))
        steps = (*at, "steps", template["name"])
        yield Pod(
            at=steps,
            who=f"the step `{template['name']}` of WorkflowTemplate `{body['metadata']['name']}`",
            namespace=body["metadata"]["namespace"],
            form=form(asked(containers, first), own),
            containers=containers,
            least=0,
            most=1,
            high=str(own["priorityClassName"] or "").endswith("high"),
        )


def _of_deployment(at: SpecPath, body: Json) -> Pod:
    spec = body["spec"]
    pod = spec["template"]["spec"]
    replicas = int(spec.get("replicas", 1))
    return Pod(
        at=at,
        who=f"Deployment `{body['metadata']['name']}`",
        namespace=body["metadata"]["namespace"],
        form=form(asked(pod["containers"], pod.get("initContainers") or ()), pod),
        containers=tuple(pod["containers"]),
        least=replicas,
        most=replicas,
        labels=spec["template"]["metadata"].get("labels") or {},
        apart=apart(pod),
        extra=updated(spec.get("strategy"), replicas),
    )


def _of_events(at: SpecPath, body: Json) -> Pod:
    """Return the pods of Argo Events: a bus of several, or one that listens or starts."""
    spec: Mapping[str, Any] = body["spec"]
    bus = spec.get("jetstream")
    pod = bus or spec.get("template") or {}
    keys = ("containerTemplate", "reloaderContainerTemplate", "metricsContainerTemplate")
    containers = tuple(pod.get(key) or {} for key in (keys if bus else ("container",)))
    replicas = int((bus or spec).get("replicas", 1))
    return Pod(
        at=at,
        who=f"{body['kind']} `{body['metadata']['name']}`",
        namespace=body["metadata"]["namespace"],
        form=form(asked(containers), pod),
        containers=containers,
        least=replicas,
        most=replicas,
        apart=apart(pod),
    )
