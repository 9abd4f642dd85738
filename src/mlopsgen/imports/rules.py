"""The rules for manifests that are imported: what keeps them out, and what was wrong with them."""

from __future__ import annotations

from mlopsgen.diagnostics import Rule, Severity

RENDERED = Rule(
    "IMPORT001",
    "only rendered manifests are imported",
    "A template says what an object would be for some values and not for others. Only what comes"
    " out of it is what the cluster has.",
)
NO_OBJECT = Rule(
    "IMPORT002",
    "each document is a Kubernetes object with a name",
    "Without apiVersion, kind and name the API server takes nothing, and there is nothing that an"
    " entry of platform.yaml could be called.",
)
TWICE = Rule(
    "IMPORT003",
    "each object is written once",
    "Two documents with the same kind, namespace and name are one object in the cluster: the one"
    " that was applied last is what runs, and the files don't say which one that was.",
    Severity.WARNING,
)
UNSAYABLE = Rule(
    "IMPORT004",
    "a workflow consists of what a pipeline can say",
    "A pipeline is steps that pass files and values on. A workflow with more in it would be a"
    " pipeline that does something else.",
)
DECLARED = Rule(
    "IMPORT005",
    "an entry is not in platform.yaml already",
    "Two parts of a platform that say the same entry are refused: which of them counts would"
    " depend on their order.",
)
IGNORED = Rule(
    "IMPORT006",
    "KServe reads every field in the mode that it runs in",
    "In Standard mode KServe makes Deployments. Fields and annotations that only Knative reads are"
    " accepted and do nothing, and nobody is told.",
    Severity.WARNING,
)
HALF_ASKED = Rule(
    "IMPORT007",
    "a container that asks for GPUs asks for memory too",
    "KServe fills in 1 CPU and 2Gi of memory where nothing is said, which is less than the weights"
    " of any language model: the container is killed while it loads them.",
    Severity.WARNING,
)
FLOATING = Rule(
    "IMPORT008",
    "an image is named by a tag that stays the same",
    "Without a tag, or with `latest`, each node runs what the registry had when it pulled: two"
    " replicas differ, and a rollback brings nothing back.",
    Severity.WARNING,
)
UNPROBED = Rule(
    "IMPORT009",
    "a container that serves says when it is ready",
    "Without a readiness probe a pod gets requests as soon as its process runs, long before the"
    " model is loaded, and a rollout takes the old pods away for it.",
    Severity.WARNING,
)
ASTRAY = Rule(
    "IMPORT010",
    "a network policy selects pods that there are",
    "A selector that matches nothing is no error to anybody: what was to be allowed stays closed,"
    " and what was to be closed stays open.",
    Severity.WARNING,
)
OUTDATED = Rule(
    "IMPORT011",
    "objects of Karpenter are of the version that is installed",
    "The API server refuses objects of a version that Karpenter has dropped, and fields that it"
    " doesn't know any more. The nodes stay as the last accepted object says.",
    Severity.WARNING,
)
UNTIMED = Rule(
    "IMPORT012",
    "a schedule says its time zone, and what happens when a run isn't over",
    "Without `timezone` the hours are those of the controller's clock. Without `concurrencyPolicy`"
    " it is Allow, and a run that takes longer than the interval gets a second one beside it.",
    Severity.WARNING,
)
UNCOUNTED = Rule(
    "IMPORT013",
    "a quota counts GPUs, and a LimitRange hands none out",
    "A quota counts GPUs as `requests.nvidia.com/gpu` only; any other name is accepted and limits"
    " nothing. A maximum for GPUs in a LimitRange is their default too, so that every pod of the"
    " namespace asks for one.",
    Severity.WARNING,
)
UNPLACED = Rule(
    "IMPORT014",
    "a pod has a pool that takes it, as it is written",
    "The scheduler puts a pod on a node whose labels, taints and free room suit it, and Karpenter"
    " makes no node that wouldn't. A pod that suits none stays Pending for ever.",
    Severity.WARNING,
)
UNANSWERED = Rule(
    "IMPORT015",
    "what Prometheus is asked for is there",
    "An expression over a metric that nothing emits gives no series: an alert on it never fires,"
    " and looks just like one that has nothing to say.",
    Severity.WARNING,
)
TUGGED = Rule(
    "IMPORT016",
    "one autoscaler decides about the replicas of a model",
    "KServe makes an autoscaler of its own for an InferenceService. A second one on the same"
    " Deployment sets other replicas, and the two undo what the other did, for ever.",
    Severity.WARNING,
)

RULES = (
    RENDERED,
    NO_OBJECT,
    TWICE,
    UNSAYABLE,
    DECLARED,
    IGNORED,
    HALF_ASKED,
    FLOATING,
    UNPROBED,
    ASTRAY,
    OUTDATED,
    UNTIMED,
    UNCOUNTED,
    UNPLACED,
    UNANSWERED,
    TUGGED,
)
