"""The fields that mutations change: their classes, and those that may say anything, with why."""

from __future__ import annotations

import re

CLASSES = (
    ("queries", r"/expr$|/query$"),
    ("ports", r"ports?/|[pP]ort$|port/name|_port$"),
    ("grants", r"statements|key_actions|irsa_roles|role-arn|^Role|iam_"),
    ("tolerations and taints", r"tolerations|taints|nodeSelector|requirements|ami_type|_types?/"),
    ("selectors", r"[sS]elector"),
    ("labels", r"labels/|targetLabel|replacement"),
    ("network", r"^NetworkPolicy:"),
    ("policies", r"^ValidatingAdmissionPolicy"),
    ("quotas and sizes", r"resources/|hard/|limits|[rR]eplicas|_size$|disruption"),
    ("order and sync", r"sync|^App|helm_releases"),
    ("env", r"/env/|extraEnv"),
    ("volumes", r"[vV]olume"),
    ("security", r"[sS]ecurity|automount"),
    ("workflows", r"Workflow"),
    ("annotations", r"annotations/"),
    ("monitors", r"Monitor:|PrometheusRule"),
    ("dashboards", r"json/\{\}"),
    ("Helm values", r"^helm/"),
    ("Terraform variables", r"^terraform/"),
)
EXCLUDED = (
    # Field, ways of changing it (all of them where none is named), why it may be changed so.
    (r"^prometheus/|^docs/", "", "is for promtool or for readers: no cluster sees it"),
    (
        (
            r"(/|^)(description|summary|title|message|messageExpression|legendFormat|sid)$"
            r"|runbook_url$|mlopsgen/(because|blind-to)$|matchConditions/\[\]/name$"
        ),
        "",
        "is prose, or a name that is shown to people and read by nothing",
    ),
    (
        r"json/\{\}/(?!.*(expr|datasource/(uid|type)|templating/list/\[\]/(name|query|type))$)",
        "",
        "is how a dashboard looks: what it asks, and whom, counts",
    ),
    (
        (
            r"(cpu|memory|storage|gpus?|Limit|limit|limits/[^/]+|hard/[^/]+|[rR]eplicas|\w*Count"
            r"|[sS]econds|[pP]eriod|[tT]imeout|Threshold|[dD]uration|[aA]fter|[iI]nterval|_size"
            r"|[sS]ize|days|retention\w*|factor|cap|maxAge|for|weight|minAvailable|maxUnavailable"
            r"|maxSurge|nodes|[pP]arallelism|reconciliation|schedules/\[\]|scaleTarget|maxSkew"
            r"|storage|memory|backup_retention_period|allocated_storage|secondsAfter\w+|value"
            r"|_duration|CACHE_\w+|runAs(User|Group)|fsGroup|[pP]eriodSeconds|version_days)$"
        ),
        "number",
        "is a figure that a platform may have as well: a bit more, a bit later",
    ),
    (
        (
            r"^(LimitRange|ResourceQuota|NetworkPolicy|RoleBinding|PodMonitor|ServiceMonitor"
            r"|PrometheusRule|CronWorkflow|PodDisruptionBudget|ConfigMap|HTTPRoute|Application"
            r"|ValidatingAdmissionPolicyBinding|ExternalSecret|Sensor|EventSource|NodePool)"
            r":metadata/name$"
        ),
        "typo number other",
        "is a name that nothing refers to: where something does, a proof of references finds it",
    ),
    (
        (
            r"^(?!InferenceService|Deployment|Service:|Namespace)\w+:metadata/labels/"
            r"|:metadata/labels/app\.kubernetes\.io/"
        ),
        "",
        "is a label for people: no selector in the platform looks at objects of that kind",
    ),
    (
        (
            r"(protocol|honorLabels|path|scheme|action|pathType|conversionStrategy|decodingStrategy"
            r"|metadataPolicy|conditions|deletionPolicy|creationPolicy|refreshInterval|most_recent"
            r"|before_compute|operator|concurrencyPolicy|timezone|terminationGracePeriod\w*|retries"
            r"|automountServiceAccountToken|expireAfter|limits/cpu|retryPolicy|backoff/\w+"
            r"|activeDeadlineSeconds|sizeLimit|fsGroup|runAsGroup|limit|maxAge|for"
            r"|concurrencyPolicy|suspend|refreshInterval|reclaimPolicy"
            r"|podDisruptionBudget/minAvailable)$"
        ),
        "delete",
        "is what it would be without saying so, or a bound that a platform may do without",
    ),
    (
        r"^ServiceAccount:automountServiceAccountToken$",
        "",
        "counts for pods that don't say it themselves, and each pod does",
    ),
    (
        r"resource\.customizations\.health",
        "typo number",
        "is a program in Lua, which no proof runs: the contract sees that it is there",
    ),
    (
        r"^PrometheusRule:spec/groups/\[\]/(name|rules/\[\]/(alert|for|labels/.*))$",
        "",
        "is held against the promtool test beside it, which fails",
    ),
    (
        r"^Application:spec/destination/namespace$",
        "other",
        "has to be there, and each object in the folder names its own",
    ),
    (
        r"json/\{\}/.*expr$|^PrometheusRule:.*expr$",
        "number other",
        "asks something else that is answered; of alerts the promtool test beside them fails",
    ),
    (
        r"resources/(requests|limits)/(cpu|memory)$|[rR]eplicas$|volumeSize$",
        "other",
        "is a figure that a platform may have as well",
    ),
    (
        r"^AppProject:metadata/annotations/.*sync-wave$",
        "number other",
        "is as good: earlier still",
    ),
    (
        r"certificate-arn|principal_arn|^WorkflowTemplate:.*arguments/parameters/\[\]/value",
        "typo number",
        "is what users alone know",
    ),
)
_CLASSES = tuple((name, re.compile(pattern)) for name, pattern in CLASSES)
_EXCLUDED = tuple((re.compile(pattern), hows) for pattern, hows, _ in EXCLUDED)


def classified(field: str) -> str:
    """Return the class of *field*."""
    return next((name for name, pattern in _CLASSES if pattern.search(field)), "names and others")


def excluded(field: str, how: str) -> bool:
    """Say whether *field* may be changed in that way without a mistake."""
    return any(p.search(field) and (not hows or how in hows) for p, hows in _EXCLUDED)
