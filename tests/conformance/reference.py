"""The objects of the reference platform, as the emitters make them."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from mlopsgen import emit
from mlopsgen.artifact import Artifact
from mlopsgen.resources import TEMPLATES
from mlopsgen.shapes import Shapes
from mlopsgen.spec import ALONE, Fleet
from tests.build import a_platform, reference_plan, reference_platform

Document = dict[str, Any]


_IMAGE = "ghcr.io/acme/train:1.0.0"

OTHER: dict[str, Any] = {
    "components": {
        **{
            name: part.model_dump(by_alias=True, exclude_unset=True)
            for name, part in reference_platform().components.declared().items()
        },
        "argo-events": {},
        "kyverno": {},
    },
    "policies": {
        "signatures": {
            "ours": {
                "images": ["ghcr.io/acme/train", "ghcr.io/acme/tools/*"],
                "signers": [
                    {
                        "issuer": "https://token.actions.githubusercontent.com",
                        "subject": "https://github.com/acme/*/.github/workflows/a.yaml@refs/tags/v*",
                    },
                    {"issuer": "https://accounts.google.com", "subject": "*@acme.com"},
                ],
            },
        },
    },
    "nodePools": {
        "general": {"kind": "managed", "instanceTypes": ["m5.large"], "min": 3, "max": 6},
        "bottlerocket": {
            "kind": "karpenter",
            "instanceFamilies": ["g5"],
            "taints": ["dedicated:NoSchedule", "a.example.com/b=c:NoExecute"],
            "labels": {"team": "search", "node.kubernetes.io/role": "x"},
            "ami": "bottlerocket@v1.50.0",
            "weight": 50,
            "limits": {"cpu": "1500m", "memory": "1536Mi", "gpus": 4},
            "expireAfter": "36h30m",
        },
    },
    "namespaces": {
        "mlops": {"quota": {"pods": 20}, "owners": ["a", "b"], "semaphores": {"gpu": 2}},
        "lab": {"podSecurity": "baseline"},
    },
    "models": {
        "plain": {"runtime": "sklearn", "source": "s3://acme-models/plain"},
        "wide": {
            "runtime": "vllm",
            "source": "s3://acme-models/wide/1",
            "vllm": {"maxModelLen": 4096, "maxNumSeqs": 16},
            "gpus": 4,
            "pool": "bottlerocket",
            "scale": {"min": 2, "max": 4, "metric": "memory", "target": 80},
            "env": {"LOG_LEVEL": "info"},
            "exposure": {"alb": "internal", "host": "wide.example.com"},
            "namespace": "lab",
        },
        "queued": {
            "runtime": "vllm",
            "source": "hf://acme/queued",
            "vllm": {"maxModelLen": 4096},
            "gpus": 1,
            "pool": "bottlerocket",
            "scale": {"max": 3, "metric": "vllm:num_requests_waiting", "target": 2.5},
            "transformer": {"image": _IMAGE, "args": ["--log=json"], "env": {"A": "b"}},
            "stopped": True,
        },
        "split": {
            "runtime": "xgboost",
            "source": "s3://acme-models/split/1",
            "canary": {"source": "s3://acme-models/split/2", "weight": 0},
            "scale": {"min": 2, "max": 2},
            "exposure": {
                "alb": "internet-facing",
                "host": "split.example.com",
                "certificate": "arn:aws:acm:eu-west-1:111122223333:certificate/1",
                "inboundCidrs": ["203.0.113.0/24", "198.51.100.0/24"],
            },
        },
        "routed": {
            "runtime": "lightgbm",
            "source": "s3://acme-models/routed/1",
            "canary": {
                "source": "s3://acme-models/routed/2",
                "weight": 25,
                "header": {"name": "X-Canary", "value": "always"},
            },
            "exposure": {"gateway": "web", "host": "routed.example.com"},
        },
        "asked": {
            "runtime": "vllm",
            "source": "hf://acme/asked",
            "vllm": {"maxModelLen": 4096},
            "gpus": 1,
            "pool": "bottlerocket",
            "exposure": {"gateway": "web", "host": "asked.example.com"},
        },
    },
    "gateways": {
        "web": {
            "namespace": "ingress",
            "listener": "https",
            "pods": {"namespace": "proxies", "labels": {"proxy": "web"}},
        },
    },
    "pipelines": {
        "by-hand": {
            "namespace": "lab",
            "steps": {"only": {"image": _IMAGE, "command": ["true"], "outputs": {"a": "/a"}}},
        },
        "nightly": {
            "schedule": {"cron": "0 4 * * *", "concurrency": "Replace"},
            "parameters": {"market": "de", "day": ""},
            "triggers": {
                "orders": {
                    "s3": {"prefix": "orders/", "suffix": ".csv"},
                    "arguments": {"market": "nl"},
                    "fromEvent": {"day": "body.Records.0.eventTime"},
                },
                "asked": {
                    "sqs": {"queue": "arn:aws:sqs:eu-west-1:444455556666:asked"},
                    "atMost": {"runs": 3, "per": "Minute"},
                },
            },
            "deadline": "90m",
            "steps": {
                "train": {
                    "image": _IMAGE,
                    "command": ["python"],
                    "args": ["-m", "train"],
                    "gpus": 1,
                    "pool": "bottlerocket",
                    "retries": 10,
                    "timeout": "1s",
                    "env": {"A": ""},
                    "secrets": {"TOKEN": "aws-sm:acme/token#value"},
                    "memoize": {"key": ["market", "day"], "ttl": "36h"},
                    "outputs": {"model": "/out/model", "log": "/tmp/log"},
                },
            },
        },
        "flow": {
            "schedule": {
                "cron": ["0 4 * * *", "@weekly"],
                "suspended": True,
                "stopAfterFailures": 3,
                "arguments": {"market": "de"},
            },
            "parameters": {
                "market": {"enum": ["de", "nl"], "description": "Which"},
                "deep": {"type": "boolean", "default": False},
            },
            "parallelism": 5,
            "mutex": "flow",
            "semaphore": "gpu",
            "steps": {
                "plan": {
                    "image": _IMAGE,
                    "command": ["plan"],
                    "outputs": {"all": {"path": "/out/all", "archive": "none", "optional": True}},
                    "outputParameters": {"list": {"path": "/out/list", "default": "[]"}},
                    "retries": {"limit": 1, "otherNode": True, "backoff": {"maxDuration": "1h"}},
                },
                "each": {
                    "image": _IMAGE,
                    "command": ["each"],
                    "after": ["plan"],
                    "withParam": "plan.list",
                    "when": "parameters.deep == true && !(item == 'x')",
                    "inputs": {"all": {"from": "plan.all", "optional": True}},
                    "volumes": {"/a": {"size": "1Gi"}, "/b": {"size": "1Gi", "medium": "ebs"}},
                    "resources": {"ephemeralStorage": "1Gi"},
                    "priority": "low",
                    "mutex": "each",
                },
                "numbers": {
                    "image": _IMAGE,
                    "command": ["numbers"],
                    "depends": "plan.Failed || plan.Skipped",
                    "withSequence": {"count": 2, "format": "n%02d"},
                },
                "items": {
                    "image": _IMAGE,
                    "command": ["items"],
                    "after": ["plan"],
                    "withItems": ["a", 1, 0.5],
                },
            },
            "onExit": {"tell": {"image": _IMAGE, "command": ["tell"], "when": "Failed"}},
        },
    },
    "alerts": {
        "builtin": ["MLflowDown"],
        "custom": {
            "QueueGrows": {
                "expr": 'vllm:num_requests_waiting{namespace="lab"} > 5',
                "for": "10m",
                "severity": "critical",
                "summary": "the queue grows",
                "description": "{{ $value }} requests wait",
                "runbook": "https://wiki.example.com/queue",
                "labels": {"team": "search"},
            },
        },
    },
    "exposure": {},
    "dashboards": {},
    "secrets": {"refresh": "90s"},
}
"""What the reference platform doesn't say, or says in another way."""

_FLEET = Fleet(
    {
        "prod": a_platform(
            aws={"region": "us-east-2", "accountId": "444455556666"},
            cluster={
                "address": "https://0123456789ABCDEF.gr7.us-east-2.eks.amazonaws.com",
                "certificateAuthority": "LS0tLS1CRUdJTg==",
            },
            gitops={"repository": "https://github.com/acme/prod.git", "hub": "dev"},
        )
    }
)
"""A cluster that the other platform reconciles beside its own."""


@cache
def artifacts(environment: str = "dev", *, other: bool = False) -> tuple[Artifact, ...]:
    """Return the files of every emitter there is, of the reference or of the *other* platform."""
    decided = reference_plan(environment, _FLEET if other else ALONE, **(OTHER if other else {}))
    shapes = Shapes(TEMPLATES)
    names = sorted(module.name for module in iter_modules(emit.__path__))
    return tuple(
        artifact
        for name in names
        for artifact in import_module(f"mlopsgen.emit.{name}").emit(decided, shapes)
    )


def documents(environment: str = "dev", *, other: bool = False) -> list[Document]:
    """Return their Kubernetes objects."""
    found = artifacts(environment, other=other)
    return [dict(document) for artifact in found for document in artifact.objects]


def by_kind() -> dict[tuple[str, str], list[Document]]:
    """Return the objects of both platforms by API version and kind."""
    found: dict[tuple[str, str], list[Document]] = {}
    for document in (*documents(), *documents(other=True)):
        found.setdefault((document["apiVersion"], document["kind"]), []).append(document)
    return found
