"""Keys that other tools have, and what they are called here."""

from __future__ import annotations

from dataclasses import dataclass

from mlopsgen.spec.access import LoadBalancer, WayIn
from mlopsgen.spec.base import Spec
from mlopsgen.spec.components import Component, Image, Mlflow
from mlopsgen.spec.containers import Resources
from mlopsgen.spec.contracts import PythonEnv
from mlopsgen.spec.engine import VllmOptions
from mlopsgen.spec.infrastructure import Artifacts, Aws, Cluster, Database
from mlopsgen.spec.models import Canary, Family, Model, Scale
from mlopsgen.spec.observability import CustomAlert, Tuning
from mlopsgen.spec.pipelines import Pipeline, Schedule
from mlopsgen.spec.platform import Platform
from mlopsgen.spec.pools import KarpenterPool, ManagedPool, Namespace, PoolLimits, Quota
from mlopsgen.spec.steps import Step


@dataclass(frozen=True, slots=True)
class Synonym:
    """A key of another tool. `here` is the key that says it, below the same owner."""

    word: str
    owner: type[Spec]
    here: str
    because: str = ""
    same: bool = False
    """Whether it is the name only that differs: the value may stay as it is."""


_FLOOR = "KServe and HPAs call it {word}; here both ends of the range stand together."
_POOL = "Pods find their nodes by the pool, which brings its labels and tolerations along."
_NODES = "The number of nodes is a range, which autoscaling moves in."
_STEP = "What `after` names has succeeded before the step starts."
_GPUS = "It becomes requests.nvidia.com/gpu, which is all that Kubernetes counts GPUs by."

SYNONYMS = (
    Synonym(
        "nodegroups",
        Platform,
        "nodePools",
        "Node groups and Karpenter's pools are one map.",
        same=True,
    ),
    Synonym(
        "nodeGroups",
        Platform,
        "nodePools",
        "Node groups and Karpenter's pools are one map.",
        same=True,
    ),
    Synonym("pools", Platform, "nodePools"),
    Synonym("defaults", Platform, "families", "A family is what its models have in common."),
    Synonym("modelDefaults", Platform, "families", "A family is what its models have in common."),
    Synonym("templates", Platform, "families", "A family is what its models have in common."),
    Synonym("services", Platform, "models"),
    Synonym("inferenceServices", Platform, "models", "Each model becomes an InferenceService."),
    Synonym("workflows", Platform, "pipelines", "Each pipeline becomes a WorkflowTemplate."),
    Synonym("ingress", Platform, "exposure"),
    Synonym("monitoring", Platform, "alerts"),
    Synonym("argocd", Platform, "gitops", "`components.argocd` is the chart of Argo CD."),
    Synonym("account", Aws, "accountId", same=True),
    Synonym("availabilityZones", Aws, "zones", "It is a number; AWS names the zones."),
    Synonym("azs", Aws, "zones", "It is a number; AWS names the zones."),
    Synonym("cidr", Aws, "vpcCidr", same=True),
    Synonym("auditLogs", Cluster, "logs", same=True),
    Synonym("enabledClusterLogTypes", Cluster, "logs", same=True),
    Synonym("kubernetesVersion", Cluster, "version", same=True),
    Synonym("allocatedStorage", Database, "storage", "It is written with its unit: 20Gi."),
    Synonym("storageGb", Database, "storage", "It is written with its unit: 20Gi."),
    Synonym("retentionDays", Artifacts, "noncurrentDays", same=True),
    Synonym("backupRetentionPeriod", Database, "backupDays", same=True),
    Synonym("version", Component, "chart", "It is the version of the chart that is pinned."),
    Synonym("chartVersion", Component, "chart", same=True),
    Synonym("chart", Image, "version", "It is an image, which has no chart."),
    Synonym("tag", Image, "version"),
    Synonym("backend", Mlflow, "database"),
    Synonym("instanceType", ManagedPool, "instanceTypes", "It is a list.", same=True),
    Synonym("capacityType", ManagedPool, "capacity", same=True),
    Synonym("minSize", ManagedPool, "min", _NODES, same=True),
    Synonym("maxSize", ManagedPool, "max", _NODES, same=True),
    Synonym("desiredSize", ManagedPool, "min", _NODES),
    Synonym("replicas", ManagedPool, "min", _NODES),
    Synonym("diskSize", ManagedPool, "disk"),
    Synonym("instanceFamily", KarpenterPool, "instanceFamilies", "It is a list.", same=True),
    Synonym("instanceSizes", KarpenterPool, "sizes", same=True),
    Synonym(
        "instanceTypes",
        KarpenterPool,
        "instanceFamilies",
        "Karpenter picks the type; the pool names families, and `sizes` where they matter.",
    ),
    Synonym("capacityType", KarpenterPool, "capacity", same=True),
    Synonym("diskSize", KarpenterPool, "disk"),
    Synonym("nvidia.com/gpu", PoolLimits, "gpus", _GPUS, same=True),
    Synonym("nvidia.com/gpu", Quota, "gpus", _GPUS, same=True),
    Synonym("gpu", Quota, "gpus", _GPUS, same=True),
    Synonym("pss", Namespace, "podSecurity"),
    Synonym("resourceQuota", Namespace, "quota"),
    Synonym(
        "storageUri", Family, "source", "Here it may also name a model in a registry.", same=True
    ),
    Synonym("modelUri", Family, "source", same=True),
    Synonym("uri", Family, "source"),
    Synonym("framework", Family, "runtime"),
    Synonym("modelFormat", Family, "runtime"),
    Synonym("replicas", Family, "scale.min", "The number of replicas is a range."),
    Synonym("minReplicas", Family, "scale.min", _FLOOR.format(word="minReplicas")),
    Synonym("maxReplicas", Family, "scale.max", _FLOOR.format(word="maxReplicas")),
    Synonym("autoscaling", Family, "scale"),
    Synonym("gpu", Family, "gpus", _GPUS, same=True),
    Synonym("nvidia.com/gpu", Family, "gpus", _GPUS, same=True),
    Synonym("nodeSelector", Family, "pool", _POOL),
    Synonym("tolerations", Family, "pool", _POOL),
    Synonym("nodePool", Family, "pool"),
    Synonym("canaryTrafficPercent", Family, "canary.weight", "In Standard mode KServe ignores it."),
    Synonym("ingress", Family, "exposure"),
    Synonym("gate", Canary, "thresholds", same=True),
    Synonym("analysis", Canary, "thresholds"),
    Synonym("template", Model, "family"),
    Synonym("extends", Model, "family"),
    Synonym("inherits", Model, "family"),
    Synonym("requests", Resources, "cpu", "Requests and the memory limit are the same."),
    Synonym("limits", Resources, "cpu", "Requests and the memory limit are the same."),
    Synonym("minReplicas", Scale, "min", same=True),
    Synonym("maxReplicas", Scale, "max", same=True),
    Synonym("scaleTarget", Scale, "target"),
    Synonym("scaleMetric", Scale, "metric"),
    Synonym("max-model-len", VllmOptions, "maxModelLen", same=True),
    Synonym("scheme", LoadBalancer, "alb", same=True),
    Synonym("hostname", LoadBalancer, "host", same=True),
    Synonym("certificateArn", LoadBalancer, "certificate", same=True),
    Synonym("scheme", WayIn, "alb", same=True),
    Synonym("hostname", WayIn, "host", same=True),
    Synonym("certificateArn", WayIn, "certificate", same=True),
    Synonym("parentRefs", WayIn, "gateway", "A model is behind one gateway."),
    Synonym("tasks", Pipeline, "steps", "Each step becomes a task of the DAG."),
    Synonym("dag", Pipeline, "steps", "The order comes from `after`."),
    Synonym("timeout", Pipeline, "deadline", same=True),
    Synonym("activeDeadlineSeconds", Pipeline, "deadline"),
    Synonym("concurrencyPolicy", Pipeline, "schedule.concurrency"),
    Synonym("concurrencyPolicy", Schedule, "concurrency", same=True),
    Synonym("dependencies", Step, "after", _STEP, same=True),
    Synonym("dependsOn", Step, "after", _STEP, same=True),
    Synonym("needs", Step, "after", _STEP, same=True),
    Synonym("gpu", Step, "gpus", _GPUS, same=True),
    Synonym("nodeSelector", Step, "pool", _POOL),
    Synonym("tolerations", Step, "pool", _POOL),
    Synonym("retryStrategy", Step, "retries"),
    Synonym("cache", Step, "memoize"),
    Synonym("environment", Step, "pythonEnv", "`env` has the environment variables."),
    Synonym("runtimeEnv", Step, "pythonEnv"),
    Synonym("libraries", PythonEnv, "dependencies"),
    Synonym("packages", PythonEnv, "dependencies"),
    Synonym("requirements", PythonEnv, "dependencies"),
    Synonym("promql", CustomAlert, "expr", same=True),
    Synonym("query", CustomAlert, "expr", same=True),
    Synonym("duration", CustomAlert, "for", same=True),
    Synonym("duration", Tuning, "for", same=True),
)


def synonym(word: str, owner: type[Spec]) -> Synonym | None:
    """Return what *word* is called in *owner*, if another tool calls it so."""
    near = (one for one in SYNONYMS if one.word == word and issubclass(owner, one.owner))
    return next(near, None)
