"""What a user may write in platform.yaml, as frozen values."""

from mlopsgen.spec.access import Exposure, Gateway, GatewayPods, LoadBalancer, Secrets, WayIn
from mlopsgen.spec.base import Spec
from mlopsgen.spec.components import (
    Addon,
    Component,
    Components,
    ExternalDns,
    Feast,
    Image,
    Kserve,
    Mlflow,
)
from mlopsgen.spec.containers import Container, Images, OwnMetrics, Resources, Transformer
from mlopsgen.spec.contracts import PythonEnv
from mlopsgen.spec.endpoints import ModelEndpoint
from mlopsgen.spec.engine import Architecture, Lora, VllmOptions
from mlopsgen.spec.fleet import ALONE, Fleet, hub_of
from mlopsgen.spec.infrastructure import Aws, Cluster, Database, GitOps, Storage, SyncWindow
from mlopsgen.spec.models import RESOURCE_METRICS, Canary, Family, Header, Model, Scale, Thresholds
from mlopsgen.spec.objectives import Slo
from mlopsgen.spec.observability import (
    Alerts,
    AlertTest,
    CustomAlert,
    Dashboards,
    DeclaredMetric,
    Tuning,
)
from mlopsgen.spec.patches import Patch
from mlopsgen.spec.pipelines import (
    FeatureAccess,
    History,
    Keep,
    Parameter,
    Pipeline,
    Recorded,
    Schedule,
)
from mlopsgen.spec.platform import Platform
from mlopsgen.spec.policies import Policies, Signature, Signer
from mlopsgen.spec.pools import KarpenterPool, ManagedPool, Namespace, NodePool, PoolLimits, Quota
from mlopsgen.spec.references import InputArtifact, OutputArtifact, OutputParameter
from mlopsgen.spec.running import Backoff, Memoize, Retry, Sequence, StepResources, Volume
from mlopsgen.spec.steps import ExitStep, Step, Work
from mlopsgen.spec.triggers import AtMost, NewData, Queue, Trigger

__all__ = [
    "ALONE", "RESOURCE_METRICS", "Addon", "AlertTest", "Alerts", "Architecture", "AtMost", "Aws",
    "Backoff", "Canary", "Cluster", "Component", "Components", "Container", "CustomAlert",
    "Dashboards", "Database", "DeclaredMetric", "ExitStep", "Exposure", "ExternalDns", "Family",
    "Feast", "FeatureAccess", "Fleet", "Gateway", "GatewayPods", "GitOps", "Header", "History",
    "Image", "Images", "InputArtifact", "KarpenterPool", "Keep", "Kserve", "LoadBalancer",
    "Lora", "ManagedPool", "Memoize", "Mlflow", "Model", "ModelEndpoint", "Namespace",
    "NewData", "NodePool", "OutputArtifact", "OutputParameter", "OwnMetrics", "Parameter",
    "Patch", "Pipeline", "Platform", "Policies", "PoolLimits", "PythonEnv", "Queue", "Quota",
    "Recorded", "Resources", "Retry", "Scale", "Schedule", "Secrets", "Sequence", "Signature",
    "Signer", "Slo", "Spec", "Step", "StepResources", "Storage", "SyncWindow", "Thresholds",
    "Transformer", "Trigger", "Tuning", "VllmOptions", "Volume", "WayIn", "Work", "hub_of",
]  # fmt: skip
