"""What mlopsgen answers where platform.yaml has no word: by kind, and by the key of a field."""

from __future__ import annotations

from collections.abc import Mapping

_ITSELF = "mlopsgen writes its own:"

KINDS: Mapping[str, str] = {
    "ClusterRole": f"{_ITSELF} each model and pipeline has the rights that it needs",
    "ClusterRoleBinding": f"{_ITSELF} each model and pipeline has the rights that it needs",
    "CronWorkflow": "the workflow that it starts isn't imported",
    "ConfigMap": "platform.yaml has no word for it; keep it beside the platform",
    "EC2NodeClass": "no pool that is imported names it",
    "ExternalSecret": f"{_ITSELF} write `secrets` at the model or the step",
    "HTTPRoute": f"{_ITSELF} write `exposure` at the model",
    "HorizontalPodAutoscaler": "the model that it scales isn't imported",
    "Ingress": f"{_ITSELF} write `exposure` at the model or the user interface",
    "LimitRange": f"{_ITSELF} each namespace with models or pipelines has one",
    "NetworkPolicy": f"{_ITSELF} what may reach what follows from what needs what",
    "PodDisruptionBudget": f"{_ITSELF} each model with several replicas has one",
    "PodMonitor": f"{_ITSELF} whatever emits metrics is scraped",
    "PriorityClass": f"{_ITSELF} write `priority` at the model or the step",
    "PrometheusRule": "none of its alerts is carried over",
    "ResourceQuota": "it limits nothing that platform.yaml has a word for",
    "ScaledObject": "the model that it scales isn't imported",
    "Role": f"{_ITSELF} each model and pipeline has the rights that it needs",
    "RoleBinding": f"{_ITSELF} each model and pipeline has the rights that it needs",
    "Secret": "a secret isn't written down; keep it in AWS and write `secrets`",
    "ServiceAccount": f"{_ITSELF} each model and pipeline has one",
    "ServiceMonitor": f"{_ITSELF} whatever emits metrics is scraped",
}
"""Why an object of a kind isn't carried over."""

ANSWERS: Mapping[str, str] = {
    "affinity": "mlopsgen places pods by `pool`",
    "artifactRepositoryRef": "mlopsgen keeps artifacts in the platform's bucket",
    "canaryTrafficPercent": (
        "write `canary` with the source and the weight of the second version: KServe only has the"
        " newest in the manifest"
    ),
    "cpu": "`resources` are asked for and, but for CPUs of steps, the limit as well",
    "imagePullSecrets": "the nodes' role pulls images",
    "livenessProbe": "mlopsgen writes the probes that the runtime needs",
    "memory": "`resources` are asked for, and the limit as well",
    "memoize": "write `memoize` with the parameters that decide the outputs",
    "onExit": "write `onExit` with the steps that run at the end",
    "readinessProbe": "mlopsgen writes the probes that the runtime needs",
    "semaphores": "write `semaphore`, and its limit under `semaphores` of the namespace",
    "sidecars": "a step is one container",
    "startupProbe": "mlopsgen writes the probes that the runtime needs",
    "tolerations": "mlopsgen writes those of the taints of `pool`",
    "transformer": "write `transformer` at the model",
    "volumeMounts": "write `volumes` at the step, or `writable` at the container",
    "volumes": "write `volumes` at the step, or `writable` at the container",
}
"""What to do, or what is done, about a field."""
