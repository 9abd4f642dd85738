"""What a user may write in platform.yaml, as frozen values."""

from mlopsgen.spec.access import Exposure, Gateway, GatewayPods, LoadBalancer, Secrets, WayIn
from mlopsgen.spec.base import Spec
from mlopsgen.spec.components import Addon, Component, Components, Image, Kserve, Mlflow
from mlopsgen.spec.containers import Container, OwnMetrics, Resources, Transformer
from mlopsgen.spec.contracts import PythonEnv
from mlopsgen.spec.engine import Architecture, Lora, VllmOptions
from mlopsgen.spec.infrastructure import Aws, Cluster, Database, GitOps, Storage
from mlopsgen.spec.models import (
    RESOURCE_METRICS,
    Canary,
    Family,
    Gate,
    Header,
    Model,
    Scale,
)
from mlopsgen.spec.observability import Alerts, CustomAlert, Dashboards, Tuning
from mlopsgen.spec.pipelines import History, Keep, Parameter, Pipeline, Recorded, Schedule
from mlopsgen.spec.platform import Platform
from mlopsgen.spec.pools import KarpenterPool, ManagedPool, Namespace, NodePool, PoolLimits, Quota
from mlopsgen.spec.references import InputArtifact, OutputArtifact, OutputParameter
from mlopsgen.spec.running import Backoff, Memoize, Retry, Sequence, StepResources, Volume
from mlopsgen.spec.steps import ExitStep, Step, Work

__all__ = [
    "RESOURCE_METRICS", "Addon", "Alerts", "Architecture", "Aws", "Backoff", "Canary",
    "Cluster", "Component", "Components", "Container", "CustomAlert", "Dashboards", "Database",
    "ExitStep", "Exposure", "Family", "Gate", "Gateway", "GatewayPods", "GitOps", "Header",
    "History", "Image", "InputArtifact", "KarpenterPool", "Keep", "Kserve", "LoadBalancer",
    "Lora", "ManagedPool", "Memoize", "Mlflow", "Model", "Namespace", "NodePool",
    "OutputArtifact", "OutputParameter", "OwnMetrics", "Parameter", "Pipeline", "Platform",
    "PoolLimits", "PythonEnv", "Quota", "Recorded", "Resources", "Retry", "Scale", "Schedule",
    "Secrets", "Sequence", "Spec", "Step", "StepResources", "Storage", "Transformer", "Tuning",
    "VllmOptions", "Volume", "WayIn", "Work",
]  # fmt: skip
