"""What a patch may write: what platform.yaml has no word for, and proofs have an eye on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from mlopsgen.diagnostics import SpecPath
from mlopsgen.patches.merging import MERGE_KEYS

_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"

_PLACING = (
    f"affinity.nodeAffinity.{_PREFERRED}",
    f"affinity.nodeAffinity.{_REQUIRED}.nodeSelectorTerms[].matchExpressions",
    f"affinity.podAffinity.{_PREFERRED}",
    f"affinity.podAntiAffinity.{_PREFERRED}",
    "tolerations",
)
"""What places pods. Required affinity to other pods is left out: no proof follows it."""

_NAMING = ("dnsConfig.options", "dnsConfig.searches", "hostAliases")
"""What finds names. Name servers are left out: no network policy lets a pod ask another one."""

_POD = (
    *_PLACING,
    *_NAMING,
    "securityContext",
    "terminationGracePeriodSeconds",
    "topologySpreadConstraints",
)
_OBJECT = ("metadata.annotations", "metadata.labels")


def _below(prefix: str, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{prefix}.{name}" for name in names)


_PATIENCE = ("failureThreshold", "periodSeconds", "timeoutSeconds")
"""Of a probe; what it asks is known of each server."""

_SERVER = (
    "imagePullPolicy",
    "securityContext",
    "terminationMessagePolicy",
    *_below("readinessProbe", _PATIENCE),
)
_CONTAINER = (
    *_SERVER,
    *_below("livenessProbe", _PATIENCE),
    *_below("startupProbe", _PATIENCE),
)

WRITABLE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Deployment": (
            *_below("spec.template", _OBJECT),
            *_below("spec.template.spec", _POD),
            *_below("spec.template.spec.containers[]", _CONTAINER),
            "spec.revisionHistoryLimit",
        ),
        "EC2NodeClass": ("spec.detailedMonitoring", "spec.tags"),
        "InferenceService": (
            *_below("spec.predictor", (*_POD, "deploymentStrategy")),
            *_below("spec.predictor.containers[]", _CONTAINER),
            *_below("spec.predictor.model", _SERVER),
            *_below("spec.transformer", (*_POD, "deploymentStrategy")),
            *_below("spec.transformer.containers[]", _CONTAINER),
        ),
        "NodePool": (
            "spec.disruption.budgets",
            "spec.template.metadata.annotations",
        ),
        "WorkflowTemplate": (
            *_below("spec", _NAMING),
            *_below("spec.podMetadata", ("annotations", "labels")),
            "spec.workflowMetadata.labels",
            *_below("spec.templates[]", (*_PLACING, "hostAliases")),
            *_below(
                "spec.templates[].container",
                ("imagePullPolicy", "securityContext", "terminationMessagePolicy"),
            ),
            "spec.podGC.strategy",
            "spec.securityContext",
        ),
    }
)
"""By kind, beside labels and annotations, which every object has. `[]` stands for the items of a
list. A field that isn't here has a word in platform.yaml, or would change what no proof sees."""

WORDS: Mapping[str, str] = MappingProxyType(
    {
        "args": "`vllm`, or `args` of a `container`",
        "autoScaling": "`scale`",
        "command": "`command` of a `container` or step",
        "consolidateAfter": "`consolidateAfter` of a pool",
        "env": "`env`",
        "expireAfter": "`expireAfter` of a pool",
        "hard": "`quota` of a namespace",
        "image": "`image` of a `container` or step",
        "limits": "`resources`, or `limits` of a pool",
        "maxReplicas": "`scale`",
        "minReplicas": "`scale`",
        "nodeSelector": "`pool`",
        "priorityClassName": "`priority`",
        "replicas": "`replicas` of a component",
        "requirements": "`instanceFamilies` and `sizes` of a pool",
        "resources": "`resources` and `gpus`",
        "retryStrategy": "`retry`",
        "rules": "`alerts`, `exposure` or `owners`",
        "schedules": "`schedule`",
        "storageUri": "`source`",
        "taints": "`taints` of a pool",
        "timezone": "`schedule`",
        "weight": "`weight`",
    }
)
"""What platform.yaml calls fields that a patch leaves alone."""

_LISTED = frozenset({"karpenter.sh/do-not-disrupt", "external-dns.alpha.kubernetes.io/ttl"}) | {
    f"alb.ingress.kubernetes.io/{name}"
    for name in (
        "group.order",
        "healthcheck-interval-seconds",
        "healthy-threshold-count",
        "shield-advanced-protection",
        "tags",
        "target-group-attributes",
        "unhealthy-threshold-count",
        "wafv2-acl-arn",
    )
}
"""Annotations that are read by what is installed, and neither let anybody in nor lead elsewhere
(AWS Load Balancer Controller 2.16.0, pkg/annotations/constants.go)."""

_RESERVED = re.compile(
    r"([^/]*\.)?(kubernetes\.io|k8s\.io|argoproj\.io|amazonaws\.com|k8s\.aws|karpenter\.sh|"
    r"kserve\.io|kyverno\.io|keda\.sh|cert-manager\.io|external-secrets\.io|helm\.sh|coreos\.com)/"
    r"|mlopsgen(\.[^/]*)?/"
)
"""Domains of keys that controllers act on."""

_FEW = 4
"""Fields that are named whole."""

_OWN = ("annotations", "labels")
_ITEM = "[]"


def allowed(kind: str) -> tuple[str, ...]:
    """Return the fields that a patch may write into an object of *kind*."""
    return (*_OBJECT, *WRITABLE.get(kind, ()))


def beside(kind: str, place: SpecPath) -> tuple[SpecPath, tuple[str, ...]]:
    """Return how far *place* leads to fields that a patch may write, and what comes next there."""
    fields = [_steps(each) for each in allowed(kind)]
    route = tuple(_ITEM if isinstance(step, int) else step for step in place)
    for length in range(len(route), -1, -1):
        if found := [each for each in fields if each[:length] == route[:length] != each]:
            few = len(found) <= _FEW
            names = (_text(each[length:]) if few else each[length] for each in found)
            return place[:length], tuple(dict.fromkeys(names))
    return (), ()


def outside(kind: str, merge: Mapping[str, object]) -> Iterator[SpecPath]:
    """Yield the places in *merge*, for objects of *kind*, that a patch may not write."""
    fields = {_steps(each) for each in allowed(kind)}
    ways = {each[:length] for each in fields for length in range(len(each))}
    yield from _outside(merge, (), (), fields, ways)


def _steps(text: str) -> tuple[str, ...]:
    return tuple(text.replace(_ITEM, f".{_ITEM}").split("."))


def _text(route: tuple[str, ...]) -> str:
    return ".".join(route).replace(f".{_ITEM}", _ITEM)


def _outside(
    node: object,
    at: SpecPath,
    route: tuple[str, ...],
    fields: set[tuple[str, ...]],
    ways: set[tuple[str, ...]],
) -> Iterator[SpecPath]:
    """Yield what of *node*, at *at* in the patch and *route* in the object, is none of *fields*.

    *ways* lead to fields, and a null there would take along what a patch may not.
    """
    if route in fields:
        if route[-1] in _OWN and not isinstance(node, Mapping):
            yield at
    elif route not in ways and isinstance(node, Mapping) and node:
        for key, value in node.items():
            yield from _outside(value, (*at, key), (*route, key), fields, ways)
    elif isinstance(node, Mapping) and route in ways:
        named = MERGE_KEYS.get(route[-2], "") if route[-1:] == (_ITEM,) else ""
        for key, value in node.items():
            if key != named:
                yield from _outside(value, (*at, key), (*route, key), fields, ways)
    elif isinstance(node, list) and (*route, _ITEM) in ways:
        for index, value in enumerate(node):
            yield from _outside(value, (*at, index), (*route, _ITEM), fields, ways)
    else:
        yield at


def keys(merge: object, at: SpecPath = ()) -> Iterator[SpecPath]:
    """Yield the places of labels and annotations that *merge* writes."""
    if isinstance(merge, Mapping):
        for key, value in merge.items():
            if at[-1:] in {(own,) for own in _OWN}:
                yield (*at, key)
            else:
                yield from keys(value, (*at, key))


def reserved(key: str, holder: str) -> bool:
    """Say whether *key* of a map called *holder*, labels or annotations, is read by controllers."""
    listed = holder == "annotations" and key in _LISTED
    return not listed and _RESERVED.match(key) is not None
