"""What a user may write in platform.yaml, as frozen values."""

from mlopsgen.spec.access import Exposure, Secrets
from mlopsgen.spec.base import Spec
from mlopsgen.spec.components import Addon, Component, Components, Image, Kserve, Mlflow
from mlopsgen.spec.containers import Container, OwnMetrics, Resources, Transformer
from mlopsgen.spec.engine import Architecture, Lora, VllmOptions
from mlopsgen.spec.infrastructure import Aws, Cluster, Database, GitOps, Storage
from mlopsgen.spec.models import Canary, LoadBalancer, Model, Scale
from mlopsgen.spec.observability import Alerts, CustomAlert, Dashboards, Tuning
from mlopsgen.spec.pipelines import Memoize, Pipeline, Schedule, Step, StepResources
from mlopsgen.spec.platform import Platform
from mlopsgen.spec.pools import KarpenterPool, ManagedPool, Namespace, NodePool, PoolLimits, Quota

__all__ = [
    "Addon", "Alerts", "Architecture", "Aws", "Canary", "Cluster", "Component", "Components",
    "Container", "CustomAlert", "Dashboards", "Database", "Exposure", "GitOps", "Image",
    "KarpenterPool", "Kserve", "LoadBalancer", "Lora", "ManagedPool", "Memoize", "Mlflow",
    "Model", "Namespace", "NodePool", "OwnMetrics", "Pipeline", "Platform", "PoolLimits",
    "Quota", "Resources", "Scale", "Schedule", "Secrets", "Spec", "Step", "StepResources",
    "Storage", "Transformer", "Tuning", "VllmOptions",
]  # fmt: skip
