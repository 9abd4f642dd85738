"""What broke in platforms of this kind: each is a finding with a page, or can't be emitted.

A lesson has a number, and rows in one table or in both: REFUSED holds what somebody would write and
the code that answers it, IMPOSSIBLE a look at everything that the golden platforms emit. A later
lesson is another row.
"""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import promql_parser
import pytest
import yaml

from mlopsgen.artifact import Artifact
from mlopsgen.compiler import compile_platform
from mlopsgen.explain import RULES
from mlopsgen.explain.project import project
from mlopsgen.names import RUNTIME_LABEL
from mlopsgen.plan import Plan, images, signatures
from mlopsgen.prove.network import Matrix, network
from mlopsgen.resources import RULE_PAGES
from tests.build import MINIMAL
from tests.emit.promql import unknown
from tests.golden import platforms


class Refused(NamedTuple):
    """A platform of which the rule *code* says what is wrong; *sections* are laid over BASE."""

    lesson: int
    what: str
    sections: str
    code: str


class Seen(NamedTuple):
    """An environment of a golden platform: its plan, its files and its objects, by path."""

    plan: Plan
    artifacts: tuple[Artifact, ...]
    objects: list[tuple[str, dict[str, Any]]]


BASE = {
    **MINIMAL,
    "gitops": {"repository": "https://github.com/acme/platform.git"},
    "components": {
        name: {}
        for name in (
            "argo-workflows", "argocd", "aws-load-balancer-controller", "cert-manager",
            "external-secrets", "karpenter", "keda", "kserve", "mlflow", "nvidia-device-plugin",
            "prometheus", "vllm",
        )
    },
    "storage": {"artifacts": {"bucket": "acme-artifacts"}, "database": {}},
    "nodePools": {
        "general": {"kind": "managed", "instanceTypes": ["m5.large"], "min": 4, "max": 8},
        "gpu": {
            "kind": "karpenter",
            "instanceFamilies": ["g4dn", "g5"],
            "taints": ["nvidia.com/gpu=true:NoSchedule"],
        },
    },
}  # fmt: skip

TABULAR = "models: {m: {runtime: sklearn, source: s3://acme-models/m/1"
LLM = (
    "models: {m: {runtime: vllm, source: hf://mistralai/Mistral-7B-Instruct-v0.2, gpus: 1,"
    " pool: gpu, resources: {cpu: 3, memory: 12Gi}"
)

WATCHED = "alerts: {{custom: {{Wrong: {{expr: '{}', for: 5m, severity: warning, summary: s}}}}}}"


def _components(*instead: str) -> str:
    """Return the components of BASE, with others in place of some."""
    changed = yaml.safe_load(f"{{{', '.join(instead)}}}")
    return "\n" + yaml.safe_dump({"components": {**BASE["components"], **changed}})


PIPELINE = """
pipelines:
  training: {steps: {fit: {image: ghcr.io/acme/churn:1.0.0, command: [python, -m, churn.fit]}}}
"""

SIGNED = """
policies:
  signatures:
    ours:
      images: [{}]
      signers:
        - issuer: https://token.actions.githubusercontent.com
          subject: https://github.com/acme/ml/.github/workflows/release.yaml@refs/heads/main
"""

REFUSED = (
    Refused(
        2,
        "an add-on that enforces no network policy",
        "components: {karpenter: {}, nvidia-device-plugin: {}, vpc-cni: {version: v1.13.4}}",
        "FLOW006",
    ),
    Refused(
        4,
        "an alert on a metric that was renamed",
        WATCHED.format('argo_workflows_count{status="Failed"} > 0'),
        "METRIC002",
    ),
    Refused(
        5,
        "an alert on MLflow, which nothing scrapes",
        "{components: {argocd: {}, cert-manager: {}, external-secrets: {}, prometheus: {},"
        " aws-load-balancer-controller: {}, mlflow: {owner: argocd,"
        " values: {serviceMonitor: {enabled: false}}}},"
        " nodePools: {general: {kind: managed, instanceTypes: [m5.large], min: 4, max: 8}},"
        " alerts: {builtin: [MLflowDown]}}",
        "METRIC004",
    ),
    Refused(
        6,
        "an alert on metrics of vLLM where there is none",
        WATCHED.format("vllm:num_requests_waiting > 5"),
        "METRIC002",
    ),
    Refused(
        26,
        "a share of failures that is NaN without requests, and spoils the average",
        WATCHED.format(
            "avg(rate(mlflow_http_request_exceptions_total[5m])"
            " / rate(mlflow_http_request_exceptions_total[5m])) > 0.05"
        ),
        "METRIC010",
    ),
    Refused(27, "an expression that doesn't parse", WATCHED.format("up ="), "METRIC001"),
    Refused(
        20,
        "a list of registries without the one that vLLM comes from",
        f"{LLM}, vllm: {{maxModelLen: 4096, dtype: half, maxNumSeqs: 16}}}}}}\n"
        "policies: {registries: [ghcr.io/acme]}",
        "ADMIT007",
    ),
    Refused(
        20,
        "a signature of ours for an image that has one of others, if any",
        PIPELINE + _components("kyverno: {}") + SIGNED.format("'ghcr.io/acme/*', 'quay.io/*'"),
        "SIGN004",
    ),
    Refused(
        20,
        "an image that is verified by a tag, which may be another when it is pulled",
        PIPELINE + _components("kyverno: {}") + SIGNED.format("'ghcr.io/acme/*'"),
        "SIGN002",
    ),
    Refused(
        6,
        "a model on vLLM scaled by a metric of MLServer",
        f"{LLM}, vllm: {{maxModelLen: 4096, dtype: half, maxNumSeqs: 16}},"
        " scale: {max: 2, metric: rest_server_requests_total, target: 5}}}",
        "SCALE002",
    ),
    Refused(
        7,
        "the share of a canary in KServe's words",
        f"{TABULAR}, canaryTrafficPercent: 10}}}}",
        "SPEC001",
    ),
    Refused(
        7, "a mode that routes by percent", "components: {kserve: {mode: Serverless}}", "SPEC005"
    ),
    Refused(
        8, "no replica at all on an HPA", f"{TABULAR}, scale: {{min: 0, max: 2}}}}}}", "SCALE001"
    ),
    Refused(
        8,
        "no replica at all, woken up by a metric of its own pods",
        f"{LLM}, vllm: {{maxModelLen: 4096, dtype: half, maxNumSeqs: 16}},"
        " scale: {min: 0, max: 2, metric: 'vllm:num_requests_waiting', target: 5}}}",
        "SCALE001",
    ),
    Refused(
        9,
        "a name that is too long once KServe has added to it",
        f"models: {{{'m' * 60}: {{runtime: sklearn, source: s3://acme-models/m/1}}}}",
        "NAME001",
    ),
    Refused(13, "bfloat16 on a T4", f"{LLM}, vllm: {{maxModelLen: 4096}}}}}}", "GPU002"),
    Refused(
        13,
        "7 billion weights in 16 bits on a T4",
        f"{LLM}, vllm: {{maxModelLen: 4096, dtype: half}}}}}}",
        "GPU001",
    ),
    Refused(
        14,
        "a device plugin on one kind of nodes, and GPUs on another",
        """
components:
  argocd: {}
  cert-manager: {}
  karpenter: {}
  kserve: {}
  nvidia-device-plugin: {values: {nodeSelector: {karpenter.sh/nodepool: gpu}}}
  vllm: {}
nodePools:
  general: {kind: managed, instanceTypes: [m5.large], min: 4, max: 8}
  gpu: {kind: karpenter, instanceFamilies: [g5], taints: ["nvidia.com/gpu=true:NoSchedule"]}
  fixed:
    kind: managed
    instanceTypes: [g5.xlarge]
    min: 1
    max: 2
    taints: ["nvidia.com/gpu=true:NoSchedule"]
models:
  m:
    runtime: vllm
    source: hf://mistralai/Mistral-7B-Instruct-v0.2
    vllm: {maxModelLen: 4096}
    gpus: 1
    pool: fixed
    resources: {cpu: 3, memory: 12Gi}
""",
        "PLACE007",
    ),
    Refused(
        14,
        "an exporter that doesn't tolerate the taint of the GPUs",
        """
components:
  argocd: {}
  cert-manager: {}
  dcgm-exporter: {values: {tolerations: []}}
  karpenter: {}
  kserve: {}
  nvidia-device-plugin: {}
  prometheus: {}
  vllm: {}
models:
  m:
    runtime: vllm
    source: hf://mistralai/Mistral-7B-Instruct-v0.2
    vllm: {maxModelLen: 4096, dtype: half}
    gpus: 1
    pool: gpu
    resources: {cpu: 3, memory: 12Gi}
""",
        "PLACE008",
    ),
    Refused(
        15,
        "a pool for training that nothing tolerates",
        """
nodePools:
  general: {kind: managed, instanceTypes: [m5.large], min: 4, max: 8}
  training:
    kind: karpenter
    instanceFamilies: [c5]
    taints: ["workload=training:NoSchedule"]
models: {m: {runtime: sklearn, source: s3://acme-models/m/1}}
""",
        "PLACE006",
    ),
    Refused(
        24,
        "a Helm value under the name it had in another version of the chart",
        "components: {karpenter: {values: {settings: {aws: {interruptionQueueName: acme}}}}}",
        "HELM001",
    ),
    Refused(
        21,
        "a model that is pickled by Python 3.12 and loaded by 3.10",
        """
models: {churn: {runtime: mlflow, source: models:/churn@champion}}
pipelines:
  training:
    steps:
      fit:
        image: ghcr.io/acme/churn:1.0.0
        command: [python, -m, churn.fit]
        registers: churn@champion
        pythonEnv: {python: "3.12", dependencies: {scikit-learn: 1.4.1.post1}}
""",
        "REG001",
    ),
    Refused(
        16,
        "artifacts where the clients of MLflow may not write",
        PIPELINE + _components("mlflow: {values: {artifactRoot: {s3: {path: models}}}}"),
        "IDENT002",
    ),
    Refused(
        19,
        "an MLflow that knows itself by its public name only",
        PIPELINE
        + _components(
            "mlflow: {values: {extraEnvVars: {MLFLOW_SERVER_ALLOWED_HOSTS: mlflow.example.com}}}"
        ),
        "RESOLVE002",
    ),
    Refused(
        22,
        "a component that Terraform installs before what it needs",
        _components("kserve: {owner: terraform}", "cert-manager: {owner: argocd}"),
        "OWN002",
    ),
    Refused(
        22,
        "an Argo CD that doesn't know the health of Applications",
        _components(
            "argocd: {values: {configs: {cm:"
            " {resource.customizations.health.argoproj.io_Application: ''}}}}"
        ),
        "OWN002",
    ),
    Refused(
        25,
        "a Service by the name that somebody guessed",
        f"{TABULAR}, env: {{TRACKING: 'http://mlflow-tracking.mlflow.svc:5000'}}}}}}",
        "RESOLVE002",
    ),
    Refused(
        25,
        "a Service by the port of its pods",
        f"{TABULAR}, env: {{TRACKING: 'http://mlflow.mlflow.svc:5000'}}}}}}",
        "RESOLVE002",
    ),
)


def _findings(sections: str, folder: Path) -> list[str]:
    file = folder / "platform.yaml"
    file.write_text(yaml.safe_dump({**BASE, **yaml.safe_load(sections)}), "utf-8")
    return [item.finding.code for item in compile_platform(file).findings]


@cache
def _golden() -> tuple[Seen, ...]:
    """Return every environment of every golden platform, compiled."""
    found = []
    for platform, _ in platforms().values():
        for draft, _shapes in project(platform, ()).drafts.values():
            assert draft.plan is not None
            objects = [(each.path, dict(one)) for each in draft.artifacts for one in each.objects]
            found.append(Seen(draft.plan, draft.artifacts, objects))
    return tuple(found)


def _of(seen: Seen, kind: str) -> Iterator[dict[str, Any]]:
    return (one for _, one in seen.objects if one["kind"] == kind)


def _metrics_are_those_of_the_servers(seen: Seen) -> int:
    """6: alerts read what the servers of this platform emit, monitors their own ports."""
    expressions = [
        rule["expr"]
        for one in _of(seen, "PrometheusRule")
        for group in one["spec"]["groups"]
        for rule in group["rules"]
    ]
    for expression in expressions:
        promql_parser.parse(expression)
        assert unknown(expression, seen.plan) == []
    services = {one["metadata"]["name"]: one for one in _of(seen, "InferenceService")}
    for one in seen.plan.served:
        own = services[one.model if one.within else one.name]["spec"]
        version = own["canary"][0] if one.within and one.canary else own
        emitted = _containers(version["predictor"])[0]["ports"]
        ports = {port["containerPort"]: port["name"] for port in emitted}
        for monitor in _monitors(seen, one.spec.runtime, one.namespace):
            [endpoint] = monitor["spec"]["podMetricsEndpoints"]
            assert ports[one.runtime.metrics.port] == endpoint["port"]
    return len(expressions)


def _monitors(seen: Seen, runtime: str, namespace: str) -> Iterator[dict[str, Any]]:
    """Yield what scrapes the models on *runtime* in *namespace*."""
    for one in _of(seen, "PodMonitor"):
        chosen = one["spec"]["selector"].get("matchLabels", {})
        inside = namespace in one["spec"].get("namespaceSelector", {}).get("matchNames", ())
        if inside and chosen.get(RUNTIME_LABEL) == runtime:
            yield one


def _canaries_are_services_behind_weights(seen: Seen) -> int:
    """7: no service has a share of its own; a canary is a second one, and the way in splits."""
    services = {one["metadata"]["name"]: one for one in _of(seen, "InferenceService")}
    for one in services.values():
        assert "canaryTrafficPercent" not in str(one)
    canaries = [one for one in seen.plan.served if one.canary]
    ways = [*_of(seen, "Ingress"), *_of(seen, "HTTPRoute")]
    for one in canaries:
        assert {one.model if one.within else one.name, one.model} <= services.keys()
        if not one.spec.stopped:
            assert any(one.service in str(way) for way in ways), one.name
    return len(canaries)


def _replicas_never_go_to_nothing(seen: Seen) -> int:
    """8: whoever scales, one replica stays."""
    services = list(_of(seen, "InferenceService"))
    for one in services:
        for part in ("predictor", "transformer"):
            assert one["spec"].get(part, {"minReplicas": 1})["minReplicas"] >= 1
    return len(services)


def _hosts_and_labels_are_short(seen: Seen) -> int:
    """9: the host and the labels that KServe makes of a name stay within 63 characters."""
    for one in _of(seen, "InferenceService"):
        name, namespace = one["metadata"]["name"], one["metadata"]["namespace"]
        front = "transformer" if "transformer" in one["spec"] else "predictor"
        assert len(f"{name}-{front}-{namespace}") <= 63
        assert len(f"isvc.{name}-{front}") <= 63
    return sum(1 for _ in _of(seen, "InferenceService"))


def _quotas_count_gpus_as_requests(seen: Seen) -> int:
    """10: a quota names GPUs as requests; under their own name they are never counted."""
    quotas = list(_of(seen, "ResourceQuota"))
    for one in quotas:
        assert "nvidia.com/gpu" not in one["spec"]["hard"]
    return len(quotas)


def _limits_give_no_pod_a_gpu(seen: Seen) -> int:
    """11: no LimitRange says anything of GPUs: a maximum would be a request of every pod."""
    ranges = list(_of(seen, "LimitRange"))
    for one in ranges:
        assert "nvidia.com/gpu" not in str(one["spec"])
    return len(ranges)


def _limits_hold_what_is_asked_for(seen: Seen) -> int:
    """12: no default of a LimitRange is below what a container of its namespace asks for."""
    count = 0
    for limits in _of(seen, "LimitRange"):
        namespace = limits["metadata"]["namespace"]
        [item] = limits["spec"]["limits"]
        assert "max" not in item
        defaults = item.get("default", {})
        asking = [one.spec.resources for one in seen.plan.served if one.namespace == namespace]
        for one in (one for one in _of(seen, "InferenceService") if asking):
            if one["metadata"]["namespace"] != namespace:
                continue
            for container in _containers(one["spec"]["predictor"]):
                resources = container["resources"]
                assert resources["limits"].keys() >= defaults.keys()
                assert resources["requests"] == resources["limits"]
                count += 1
    return count


def _containers(predictor: dict[str, Any]) -> list[dict[str, Any]]:
    return [predictor["model"]] if "model" in predictor else predictor["containers"]


def _servers_are_the_ones_that_were_checked(seen: Seen) -> int:
    """21: no service names a runtimeVersion, which would replace the tag and lose the variant."""
    services = list(_of(seen, "InferenceService"))
    for one in services:
        model = one["spec"]["predictor"].get("model", {})
        assert "runtimeVersion" not in model
        assert "model" not in one["spec"]["predictor"] or model["runtime"]
    return len(services)


def _signed_images_are_those_that_run(seen: Seen) -> int:
    """20: the platform's own images pass its policy of signatures: by name, digest and place."""
    verified = 0
    for _, policy in seen.objects:
        if policy["kind"] != "ClusterPolicy":
            continue
        for at, image in images.named(seen.plan.platform):
            needed = signatures.covering(seen.plan.platform, image)
            assert not needed or "@sha256:" in image, at
            verified += len(needed)
        assert [each["name"] for each in policy["spec"]["rules"]] == [
            each.name for each in signatures.signed(seen.plan.platform)
        ]
    return verified


def _selectors_find_pods(seen: Seen) -> int:
    """1: every policy is for pods that have its labels, as KServe and others write them."""
    policies = Matrix(seen.plan, seen.artifacts).policies
    rules = [one for each in policies for opened in each.opened.values() for one in opened]
    assert all(each.subjects for each in policies)
    assert not any(each.dead for each in rules)
    return len(rules)


def _load_balancers_come_from_their_subnets(seen: Seen) -> int:
    """3: what is behind a load balancer is reached from the subnets of its scheme."""
    assert list(network(seen.plan, seen.artifacts)) == []
    return len(list(_of(seen, "Ingress")))


def _files_and_their_key_are_granted_together(seen: Seen) -> int:
    """16: a role that reads or writes the artifact bucket may use the key of the bucket."""
    touching = [
        each
        for each in seen.plan.identities
        for statement in each.statements
        if any(f":::{seen.plan.bucket}/" in resource for resource in statement.resources)
    ]
    for each in touching:
        assert "kms:Decrypt" in each.key_actions
    return len(touching)


def _nothing_is_applied_twice(seen: Seen) -> int:
    """23: no object stands in two folders, and no chart has an Application besides Terraform."""
    objects = [
        (each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"])
        for _, each in seen.objects
    ]
    assert len(objects) == len(set(objects))
    charts = {
        source["chart"]
        for each in _of(seen, "Application")
        for source in each["spec"].get("sources", ())
        if "chart" in source
    }
    ours = {
        part.facts.chart.name
        for part in seen.plan.parts.values()
        if part.owner == "terraform" and part.facts.chart
    }
    assert not charts & ours
    return len(charts)


IMPOSSIBLE: tuple[tuple[int, Callable[[Seen], int]], ...] = (
    (1, _selectors_find_pods),
    (3, _load_balancers_come_from_their_subnets),
    (6, _metrics_are_those_of_the_servers),
    (7, _canaries_are_services_behind_weights),
    (8, _replicas_never_go_to_nothing),
    (9, _hosts_and_labels_are_short),
    (10, _quotas_count_gpus_as_requests),
    (11, _limits_give_no_pod_a_gpu),
    (12, _limits_hold_what_is_asked_for),
    (16, _files_and_their_key_are_granted_together),
    (20, _signed_images_are_those_that_run),
    (21, _servers_are_the_ones_that_were_checked),
    (23, _nothing_is_applied_twice),
)
LEARNED = {
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    9,
    10,
    11,
    12,
    13,
    14,
    15,
    16,
    19,
    20,
    21,
    22,
    23,
    24,
    25,
    26,
    27,
}


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: f"{row.lesson}: {row.what}")
def test_what_broke_is_a_finding_with_a_page(row, tmp_path):
    assert row.code in _findings(row.sections, tmp_path)
    assert row.code in RULES
    assert (RULE_PAGES / f"{row.code}.md").is_file()


@pytest.mark.parametrize(
    ("lesson", "look"), IMPOSSIBLE, ids=lambda row: getattr(row, "__name__", row)
)
def test_what_broke_is_in_nothing_that_is_emitted(lesson, look):
    assert look.__doc__.startswith(f"{lesson}: ")
    assert sum(look(seen) for seen in _golden()) > 0


def test_every_lesson_is_in_a_table():
    assert {row.lesson for row in REFUSED} | {lesson for lesson, _ in IMPOSSIBLE} == LEARNED


def test_the_platform_around_the_mistakes_is_right(tmp_path):
    """Else a row could be answered by a code that has nothing to do with it."""
    assert _findings("{}", tmp_path) == []
