"""Small platforms for the rules: what is not under test is right."""

from pathlib import Path

from mlopsgen.check import check
from mlopsgen.lock import Lock
from mlopsgen.spec import Platform

ROOT = Path(__file__).parents[2]
IMAGE = "ghcr.io/acme/train:1.0.0"
EVERYTHING = (
    "argo-workflows", "argocd", "aws-load-balancer-controller", "cert-manager", "dcgm-exporter",
    "external-secrets", "grafana", "karpenter", "kserve", "mlflow", "nvidia-device-plugin",
    "prometheus", "vllm",
)  # fmt: skip
GENERAL = {"kind": "managed", "instanceTypes": ["m5.large"], "min": 2, "max": 4}
GPU = {
    "kind": "karpenter",
    "instanceFamilies": ["g5"],
    "sizes": ["xlarge"],
    "taints": ["nvidia.com/gpu=true:NoSchedule"],
}
CERTIFICATE = "arn:aws:acm:eu-west-1:111122223333:certificate/1"


def a_platform(**sections):
    """Return a platform that has everything installed and nothing running."""
    return {
        "apiVersion": "mlopsgen/v1beta1",
        "name": "acme",
        "aws": {"region": "eu-west-1", "accountId": "111122223333"},
        "gitops": {"repository": "https://github.com/acme/platform.git"},
        "storage": {"artifacts": {"bucket": "acme-artifacts"}},
        "components": {name: {} for name in EVERYTHING},
        "nodePools": {"general": GENERAL, "gpu": GPU},
        "namespaces": {"mlops": {}},
        **sections,
    }


def without(*components):
    return {name: {} for name in EVERYTHING if name not in components}


def a_model(**keys):
    return {"runtime": "sklearn", "source": "s3://acme-models/iris", **keys}


def a_llm(**keys):
    return {
        "runtime": "vllm",
        "source": "hf://acme/llama",
        "vllm": {"maxModelLen": 4096},
        "gpus": 1,
        "pool": "gpu",
        "resources": {"cpu": 3, "memory": "12Gi"},
        **keys,
    }


def a_balancer(**keys):
    return {"alb": "internal", "host": "iris.example.com", **keys}


def a_public_balancer(**keys):
    return {
        "alb": "internet-facing",
        "host": "iris.example.com",
        "certificate": CERTIFICATE,
        "inboundCidrs": ["203.0.113.0/24"],
        **keys,
    }


def a_step(**keys):
    return {"image": IMAGE, "command": ["python"], **keys}


def serving(**models):
    return a_platform(models={name.replace("_", "-"): each for name, each in models.items()})


def running(steps, **keys):
    return a_platform(pipelines={"train": {"steps": steps, **keys}})


def found(document, environment="default", lock=None):
    """Return what the rules find in *document*, whose places all have to be in it."""
    findings = list(check(Platform.model_validate(document), environment, lock or Lock()))
    for finding in findings:
        assert finding.code
        assert finding.why
        for related in finding.related:
            assert _there(document, related.at), related
    return findings


def codes(document, environment="default", lock=None):
    return [finding.code for finding in found(document, environment, lock)]


def only(document, environment="default", lock=None):
    """Return the only finding in *document*."""
    [finding] = found(document, environment, lock)
    return finding


def _there(document, path):
    here = document
    for step in path:
        if step not in here and not isinstance(here, list):
            return False
        here = here[step]
    return True
