"""A first platform.yaml and the files beside it, from a handful of choices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mlopsgen.serialize import to_json
from mlopsgen.spec.said import yaml_text
from mlopsgen.spec.schema import platform_schema
from mlopsgen.spec.versions import CURRENT

PLATFORM, SCHEMA = "platform.yaml", "platform.schema.json"
SERVING, LLM, TRAINING = "serving", "llm", "training"
PARTS = (SERVING, LLM, TRAINING)
"""What a first platform may have."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What is asked before anything is written."""

    name: str
    account: str = "111122223333"
    region: str = "eu-west-1"
    repository: str = ""
    """Where Argo CD reads it from; one of that name where nobody says."""

    parts: frozenset[str] = frozenset({SERVING})

    @property
    def url(self) -> str:
        """The repository."""
        return self.repository or f"https://github.com/acme/{self.name}.git"

    def stated(self) -> dict[str, object]:
        """Return what the choices say, as the spec has it."""
        return {
            "apiVersion": CURRENT,
            "name": self.name,
            "aws": {"region": self.region, "accountId": self.account},
            "gitops": {"repository": self.url},
        }


_HEAD = """\
# yaml-language-server: $schema=platform.schema.json
apiVersion: {version}
name: {name}

aws: {{region: {region}, accountId: "{account}"}}

# Argo CD reads generated/ from here.
gitops: {{repository: {url}}}

storage:
  # Each environment has a bucket of its own, with its name at the end.
  artifacts: {{bucket: {name}-{account}}}

"""
_COMPONENTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        SERVING: ("argocd", "cert-manager", "kserve"),
        LLM: (
            "argocd", "cert-manager", "dcgm-exporter", "karpenter", "kserve",
            "nvidia-device-plugin", "prometheus", "vllm",
        ),
        TRAINING: ("argo-workflows", "argocd"),
    }
)  # fmt: skip
_GPU = """\
  gpu:
    kind: karpenter
    instanceFamilies: [g5, g6]
    taints: ["nvidia.com/gpu=true:NoSchedule"]
    limits: {gpus: 2}
    disk: 100Gi
"""
_MODELS: Mapping[str, str] = MappingProxyType(
    {
        SERVING: """\
  churn:
    runtime: sklearn
    # The folder that holds model.joblib.
    source: s3://{name}-models/churn/1
    scale: {{min: 2, max: 4}}
    resources: {{cpu: 500m, memory: 1Gi}}
""",
        LLM: """\
  tinyllama:
    runtime: vllm
    source: hf://TinyLlama/TinyLlama-1.1B-Chat-v1.0
    vllm: {{maxModelLen: 2048}}
    gpus: 1
    pool: gpu
    resources: {{cpu: 3, memory: 12Gi}}
""",
    }
)
_PIPELINES = """\
pipelines:
  training:
    schedule: {{cron: "0 4 * * 1", timezone: UTC}}
    steps:
      features:
        image: {account}.dkr.ecr.{region}.amazonaws.com/{name}/training:1.0.0
        command: [python, -m, training.features, --out, /out/features.csv]
        outputs: {{features: /out/features.csv}}
        timeout: 30m
      fit:
        image: {account}.dkr.ecr.{region}.amazonaws.com/{name}/training:1.0.0
        command: [python, -m, training.fit, --features, /in/features, --out, /out/model]
        after: [features]
        inputs: {{features: features.features}}
        outputs: {{model: /out/model}}
        resources: {{cpu: 1, memory: 2Gi}}
        retries: 2
        timeout: 2h
      check:
        image: {account}.dkr.ecr.{region}.amazonaws.com/{name}/training:1.0.0
        command: [python, -m, training.check, --model, /in/model]
        after: [fit]
        inputs: {{model: fit.model}}
        timeout: 30m

"""
_ENVIRONMENTS = """\
# What differs; everything else is the same in both.
environments:
  dev: {}
  prod:
    nodePools: {general: {min: 4, max: 8}}
"""
_BESIDE: Mapping[str, str] = MappingProxyType(
    {
        ".gitignore": "# What a build that was killed may leave behind.\n/.generated.*\n",
        ".gitattributes": (
            "# Reviews fold what is generated; it has the same bytes on every machine.\n"
            "generated/** linguist-generated=true text eol=lf\n"
            f"{SCHEMA} linguist-generated=true text eol=lf\n"
        ),
        # The hooks of .pre-commit-hooks.yaml, with the mlopsgen that is installed: no repository
        # and no version of it has to be named.
        ".pre-commit-config.yaml": """\
repos:
  - repo: local
    hooks:
      - id: mlopsgen-fmt
        name: mlopsgen fmt
        entry: mlopsgen fmt
        language: system
        files: \\.ya?ml$|(^|/)platform\\.lock$
        pass_filenames: false
      - id: mlopsgen-build
        name: mlopsgen build
        entry: mlopsgen build
        language: system
        files: \\.ya?ml$|(^|/)platform\\.lock$
        pass_filenames: false
""",
    }
)


def started(choices: Choices) -> dict[str, bytes]:
    """Return the files of a first project, by name; platform.yaml builds without a finding."""
    files = {PLATFORM: _platform(choices), SCHEMA: to_json(platform_schema()), **_BESIDE}
    return {name: text.encode() for name, text in files.items()}


def _platform(choices: Choices) -> str:
    parts = [part for part in PARTS if part in choices.parts]
    facts = {
        "version": CURRENT,
        "name": choices.name,
        "account": choices.account,
        "region": yaml_text(choices.region),
        "url": yaml_text(choices.url),
    }
    components = sorted({component for part in parts for component in _COMPONENTS[part]})
    models = "".join(_MODELS[part].format(**facts) for part in parts if part in _MODELS)
    sections = [
        _HEAD.format(**facts),
        "components:\n" + "".join(f"  {component}: {{}}\n" for component in components) + "\n",
        "nodePools:\n  general: {kind: managed, instanceTypes: [m5.large], min: 3, max: 6}\n",
        (_GPU if LLM in parts else "") + "\n",
        "namespaces:\n  mlops: {}\n\n",
        f"models:\n{models}\n" if models else "",
        _PIPELINES.format(**facts) if TRAINING in parts else "",
        _ENVIRONMENTS,
    ]
    return "".join(sections)
