"""The names that mlopsgen and the operators make from names that users write, and their limits.

`check` refuses what would grow too long or collide; `plan` uses the same functions, so what was
checked is what comes out.
"""

from __future__ import annotations

from dataclasses import dataclass

STORAGE_CLASS = "gp3-encrypted"
"""The class of disks that claims get which name none."""

POOL_LABEL = "mlopsgen/pool"
"""On every node of a pool, whoever makes the node, and in the selector of every pod bound to it."""

DISCOVERY_TAG = "karpenter.sh/discovery"
"""In AWS, on the subnets and security groups that Karpenter's nodes are put in; its value is the
cluster's name."""

GPU_LABEL = "nvidia.com/gpu.present"
"""On every node with GPUs, as "true": the affinity of NVIDIA's device plugin wants it (0.18.0,
deployments/helm/nvidia-device-plugin/values.yaml)."""

INFERENCE_SERVICE_LABEL = "serving.kserve.io/inferenceservice"
"""KServe puts the name of the InferenceService here, on Deployment, pods and Service (0.16.0,
pkg/constants/constants.go)."""

APP_LABEL = "app"
"""By this one the Services that KServe makes select their pods (0.16.0, service_reconciler.go)."""

RUNTIME_LABEL = "mlopsgen/runtime"
"""On every InferenceService, and so on its pods: model servers differ in what they measure, and on
which port."""

NAME_LABEL = "app.kubernetes.io/name"
"""On every object of ours, and on the pods of a model: what users call it."""

PART_LABEL = "app.kubernetes.io/part-of"
"""On every object of ours: the name of the platform."""

NAMESPACE_LABEL = "kubernetes.io/metadata.name"
"""The API server puts it on every namespace with the namespace's name, so nobody can forget it."""

PIPELINE_LABEL = "mlopsgen/pipeline"
"""On every pod of a pipeline's runs."""

SEMAPHORES = "semaphores"
"""The ConfigMap in each namespace that says how many may hold a semaphore."""

PREDICTOR_SUFFIX = "-predictor"
"""KServe names Deployment and Service <isvc>-predictor (0.16.0, pkg/constants/constants.go)."""

CANARY = "canary"
"""What tells a canary from its model. KServe writes it between the name of the model and its own
ending (0.20.0, pkg/constants/constants.go), so that the Service is the same either way."""

TRANSFORMER_SUFFIX = "-transformer"
"""The same for what stands in front of the predictor."""

LABEL_LIMIT = 63
"""What the API server takes as the value of a label. KServe's `app` has more around the name than
the Service has, which it checks, so that a name may pass there and its Deployment be refused."""

HOST_LABEL_LIMIT = 63
"""KServe makes the host label <deployment>-<namespace>, even where nothing serves it; longer than a
DNS label, the controller takes it for an error and starts over (0.16.0 and 0.20.0,
reconcilers/raw/raw_kube_reconciler.go, createRawURL)."""

CRON_WORKFLOW_LIMIT = 52
"""argo-workflows 3.7.4 workflow/validate/validate.go: 11 characters of a run's time are added."""

QUEUE_LIMIT = 80
"""SQS: a queue name has at most 80 characters."""

EVENT_BUS = "default"
"""The EventBus, the one of the platform; Argo Events looks for that name (1.9.9, const.go)."""

EVENT_KEY = "body.Records.0.s3.object.key"
"""Where the name of a file stands in what S3 tells a queue of it, encoded as in a URL."""
FEATURES_FOLDER = "/etc/feast"
"""Where Feast's configuration is mounted, in its server and in the steps of pipelines."""

DATABASE = "mlflow"
"""Name of the database in PostgreSQL that MLflow keeps its tables in."""

ROLE_LIMIT = 64
"""IAM: a role name has at most 64 characters."""

NODE_ROLE_PREFIX_LIMIT = 38
"""IAM: what is left of a role name for its prefix, 26 characters being Terraform's."""

APPLICATION_LIMIT = 63
"""argo-cd 2.14.11 copies the name into a label of every object it tracks."""

ENVIRONMENT_LIMIT = 12
"""Ours: environment names are part of every name in AWS."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The platform and environment that names in AWS start with."""

    platform: str
    environment: str

    @property
    def cluster(self) -> str:
        """Name of the EKS cluster."""
        return f"{self.platform}-{self.environment}"

    def bucket(self, base: str) -> str:
        """Return the bucket of this environment."""
        return f"{base}-{self.environment}"

    def role(self, service_account: str) -> str:
        """Return the IAM role that *service_account* takes."""
        return f"{self.cluster}-{service_account}"

    def key_alias(self) -> str:
        """Return the alias of the KMS key of the artifact bucket."""
        return f"alias/{self.cluster}-artifacts"

    def zone(self) -> str:
        """Return the private DNS zone of the VPC, for what has no name of ours in AWS."""
        return f"{self.cluster}.internal"

    def database_host(self) -> str:
        """Return the name that Terraform points at the database, whose endpoint RDS picks."""
        return f"mlflow-db.{self.zone()}"

    def database_secret(self) -> str:
        """Return the AWS secret with the account of the database."""
        return f"{self.cluster}/mlflow-database"

    def tables(self) -> str:
        """Return how the names of the feature store's DynamoDB tables begin; a dot follows."""
        return f"{self.cluster}-features"

    def interruption_queue(self) -> str:
        """Return the SQS queue that tells Karpenter which spot nodes are about to go."""
        return self.cluster

    def event_queue(self, pipeline: str, trigger: str) -> str:
        """Return the SQS queue that S3 tells of new files for *trigger*."""
        return f"{self.cluster}-{pipeline}-{trigger}"

    def node_role(self) -> str:
        """Return the IAM role of the nodes that Karpenter makes."""
        return f"{self.cluster}-karpenter-node"


def canary(model: str) -> str:
    """Return the InferenceService that takes the canary's share of *model*."""
    return f"{model}-{CANARY}"


def predictor(inference_service: str) -> str:
    """Return the Deployment and Service that KServe makes for *inference_service*."""
    return f"{inference_service}{PREDICTOR_SUFFIX}"


def predictor_app(inference_service: str) -> str:
    """Return the value of APP_LABEL on the pods of *inference_service*."""
    return f"isvc.{predictor(inference_service)}"


def transformer(inference_service: str) -> str:
    """Return the Deployment and Service of what stands in front of *inference_service*."""
    return f"{inference_service}{TRANSFORMER_SUFFIX}"


def transformer_app(inference_service: str) -> str:
    """Return the value of APP_LABEL on the pods of the transformer of *inference_service*."""
    return f"isvc.{transformer(inference_service)}"


def model_account(model: str) -> str:
    """Return the service account of *model*'s pods, canary included."""
    return f"model-{model}"


def pipeline_account(pipeline: str) -> str:
    """Return the service account of *pipeline*'s pods."""
    return f"pipeline-{pipeline}"


def event_source_account(pipeline: str) -> str:
    """Return the service account that takes the events of *pipeline* from their queues."""
    return f"events-{pipeline}"


def sensor_account(pipeline: str) -> str:
    """Return the service account that starts runs of *pipeline*."""
    return f"trigger-{pipeline}"


def dead_letters(queue: str) -> str:
    """Return the queue of the messages that *queue* couldn't get rid of."""
    return f"{queue}-dead"


def secrets_account(namespace: str) -> str:
    """Return the service account that reads Secrets Manager for *namespace*."""
    return f"secrets-{namespace}"


def secret(owner: str) -> str:
    """Return the Kubernetes Secret of a model or pipeline step; *owner* is its service account."""
    return f"{owner}-secrets"


def node_role_prefix(pool: str) -> str:
    """Return how the name of the role of a managed pool's nodes begins.

    A random ending follows (terraform-aws-eks 20.37.2, modules/eks-managed-node-group/main.tf).
    """
    return f"{pool}-eks-node-group-"


def pipelines_application(namespace: str) -> str:
    """Return the Argo CD Application of the pipelines of *namespace*."""
    return f"pipelines-{namespace}"


def models_application(namespace: str, share: int = 0) -> str:
    """Return the Argo CD Application of a *share* of the models of *namespace*.

    No namespace has a dot in its name, so none is taken for a share of another.
    """
    return f"models-{namespace}.{share}" if share else f"models-{namespace}"


def project(platform: str, namespace: str) -> str:
    """Return the Argo CD project of the models and pipelines of *namespace*.

    The middle keeps it from being the project of a platform, of its charts or of its root.
    """
    return f"{platform}-namespace-{namespace}"


def priority_class(platform: str, level: str) -> str:
    """Return the PriorityClass of the models of *level*; it belongs to the whole cluster."""
    return f"{platform}-{level}"


def memo_cache(pipeline: str) -> str:
    """Return the ConfigMap that keeps the memoized outputs of *pipeline*."""
    return f"memo-{pipeline}"
