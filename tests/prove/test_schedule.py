"""The schedule: what is emitted for the reference has a place, and what is spoiled is named."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

import pytest

from mlopsgen.artifact import Artifact
from mlopsgen.diagnostics import Finding
from mlopsgen.explain.project import project
from mlopsgen.plan import Plan
from mlopsgen.prove import schedule_pieces
from mlopsgen.prove.schedule import RULES, scheduled
from mlopsgen.prove.schedule_fit import ground
from mlopsgen.prove.schedule_nodes import grounds
from mlopsgen.prove.schedule_pods import pods
from tests.build import ROOT

GPU = "nvidia.com/gpu"
GPU_POOL = "apps/node-pools/nodepool-gpu-workloads.yaml"
LIMITS = "apps/namespaces/limitrange-mlops.defaults.yaml"
MISTRAL = "apps/models-mlops/inferenceservice-mistral-7b.yaml"
IRIS = "apps/models-mlops/inferenceservice-iris.yaml"
NODES = "terraform/platform.tfvars.json"
PIPELINE = "apps/pipelines-mlops/workflowtemplate-iris-training.yaml"
QUOTA = "apps/namespaces/resourcequota-mlops.quota.yaml"
TINY = "apps/models-mlops/inferenceservice-tinyllama.yaml"

Body = Any


class Spoiled(NamedTuple):
    """A change to one emitted file, the rule that finds it, and what its message says."""

    what: str
    path: str
    change: Callable[[Body], object]
    code: str
    says: str


@cache
def _reference() -> tuple[Plan, tuple[Artifact, ...]]:
    draft, _ = project(ROOT / "platform.yaml", ("prod",)).drafts["prod"]
    assert draft.plan is not None
    return draft.plan, draft.artifacts


def _found(path: str, change: Callable[[Body], object]) -> list[Finding]:
    plan, artifacts = _reference()
    assert path in {each.path for each in artifacts}
    return list(scheduled(plan, [_changed(each, path, change) for each in artifacts]))


def _changed(artifact: Artifact, path: str, change: Callable[[Body], object]) -> Artifact:
    if artifact.path != path:
        return artifact
    body = deepcopy(artifact.body)
    change(body[0] if isinstance(body, tuple) else body)
    return replace(artifact, body=body)


def _predictor(**fields: Any) -> Callable[[Body], object]:
    return lambda body: body["spec"]["predictor"].update(fields)


def _asks(**amounts: str) -> Callable[[Body], object]:
    named = {GPU if key == "gpus" else key: text for key, text in amounts.items()}
    part = "predictor"
    return lambda body: body["spec"][part]["containers"][0]["resources"]["requests"].update(named)


def _nodes(key: str, value: Any) -> Callable[[Body], object]:
    return lambda body: body["spec"]["template"]["spec"].__setitem__(key, value)


def _requires(index: int, *values: str) -> Callable[[Body], object]:
    def change(body: Body) -> None:
        body["spec"]["template"]["spec"]["requirements"][index]["values"] = list(values)

    return change


def _group(name: str, **fields: Any) -> Callable[[Body], object]:
    return lambda body: body["eks_managed_node_groups"][name].update(fields)


def _step(name: str, change: Callable[[Body], object]) -> Callable[[Body], object]:
    return lambda body: change(
        next(each for each in body["spec"]["templates"] if each["name"] == name)
    )


def _affinity(operator: str, *values: str) -> dict[str, Any]:
    expression = {
        "key": "karpenter.k8s.aws/instance-gpu-memory",
        "operator": operator,
        "values": list(values),
    }
    terms = {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}


def _spread(domains: int) -> list[dict[str, Any]]:
    return [
        {
            "maxSkew": 1,
            "minDomains": domains,
            "topologyKey": "topology.kubernetes.io/zone",
            "whenUnsatisfiable": "DoNotSchedule",
        }
    ]


TRAINING = {"mlopsgen/pool": "training-workloads"}
TAINT = {"key": "team", "value": "search", "effect": "NoSchedule"}
OTHER = {"key": GPU, "operator": "Equal", "value": "yes", "effect": "NoSchedule"}

SPOILED = (
    Spoiled(
        "a toleration is missing",
        MISTRAL,
        lambda body: body["spec"]["predictor"].pop("tolerations"),
        "PLACE001",
        "closest: `gpu-workloads`, but its taint `nvidia.com/gpu=true:NoSchedule` isn't tolerated",
    ),
    Spoiled(
        "a toleration has another value",
        MISTRAL,
        _predictor(tolerations=[OTHER]),
        "PLACE001",
        "its taint `nvidia.com/gpu=true:NoSchedule` isn't tolerated",
    ),
    Spoiled(
        "a nodeSelector names no pool",
        MISTRAL,
        _predictor(nodeSelector={"mlopsgen/pool": "gpus"}),
        "PLACE001",
        "it asks for nodes with `mlopsgen/pool=gpus`",
    ),
    Spoiled(
        "a pool lacks its label",
        GPU_POOL,
        lambda body: body["spec"]["template"]["metadata"]["labels"].pop("mlopsgen/pool"),
        "PLACE001",
        "it asks for nodes with `mlopsgen/pool=gpu-workloads`",
    ),
    Spoiled(
        "a node group lacks its label",
        NODES,
        lambda body: body["eks_managed_node_groups"]["gpu"]["labels"].pop("mlopsgen/pool"),
        "PLACE001",
        "it asks for nodes with `mlopsgen/pool=gpu`",
    ),
    Spoiled(
        "a pool has instances without GPUs",
        GPU_POOL,
        _requires(0, "c5"),
        "PLACE001",
        "none of its nodes has any `nvidia.com/gpu`, and it asks for 1 GPU",
    ),
    Spoiled(
        "a pool asks for what no instance is",
        GPU_POOL,
        _requires(2, "arm64"),
        "PLACE001",
        "`gpu-workloads`, but no instance meets what it asks for",
    ),
    Spoiled(
        "a pool has a taint more",
        GPU_POOL,
        _nodes("taints", [TAINT]),
        "PLACE001",
        "its taint `team=search:NoSchedule` isn't tolerated",
    ),
    Spoiled(
        "a node group has a taint more",
        NODES,
        _group("general", taints={"team": {**TAINT, "effect": "NO_SCHEDULE"}}),
        "PLACE001",
        "`general`, but its taint `team=search:NoSchedule` isn't tolerated",
    ),
    Spoiled(
        "more GPUs than any instance has",
        MISTRAL,
        _asks(gpus="16"),
        "PLACE001",
        "g5.48xlarge, the best for it, has 8 of 16 GPUs left",
    ),
    Spoiled(
        "more CPUs than DaemonSets leave",
        TINY,
        _asks(cpu="3900m"),
        "PLACE001",
        "`gpu`, but g4dn.xlarge, the best for it, has 3565m of 3900m CPUs left beside DaemonSets",
    ),
    Spoiled(
        "more memory than DaemonSets leave",
        TINY,
        _asks(memory="14100Mi"),
        "PLACE001",
        "of 14100Mi of memory left beside DaemonSets",
    ),
    Spoiled(
        "a limit below the smallest node",
        GPU_POOL,
        lambda body: body["spec"].__setitem__("limits", {"cpu": "2"}),
        "PLACE001",
        "its limit of 2 CPUs is less than the 4 CPUs of the smallest instance for it",
    ),
    Spoiled(
        "a class of nodes that isn't there",
        GPU_POOL,
        lambda body: body["spec"]["template"]["spec"]["nodeClassRef"].update(name="gpus"),
        "PLACE001",
        "there is no EC2NodeClass `gpus`",
    ),
    Spoiled(
        "an image without NVIDIA's driver",
        NODES,
        _group("gpu", ami_type="AL2023_x86_64_STANDARD"),
        "PLACE001",
        "`gpu`, but none of its nodes has any `nvidia.com/gpu`",
    ),
    Spoiled(
        "affinity to more GPU memory than there is",
        MISTRAL,
        _predictor(affinity=_affinity("Gt", "40000")),
        "PLACE001",
        "`karpenter.k8s.aws/instance-gpu-memory` Gt `40000`",
    ),
    Spoiled(
        "a step lacks its toleration",
        PIPELINE,
        _step("model-training", lambda step: step.pop("tolerations")),
        "PLACE001",
        "`training-workloads`, but its taint `workload=training:NoSchedule` isn't tolerated",
    ),
    Spoiled(
        "a quota of fewer GPUs",
        QUOTA,
        lambda body: body["spec"]["hard"].update({f"requests.{GPU}": "2"}),
        "PLACE002",
        "ResourceQuota `mlops/quota` holds 2 GPUs; what runs in it asks for 3 GPUs at its largest",
    ),
    Spoiled(
        "a quota below one step and what Argo adds",
        QUOTA,
        lambda body: body["spec"].__setitem__("hard", {"requests.cpu": "3"}),
        "PLACE002",
        "the step `model-training` of WorkflowTemplate `iris-training` asks for 3050m CPUs",
    ),
    Spoiled(
        "replicas over more zones than there are",
        IRIS,
        _predictor(topologySpreadConstraints=_spread(5)),
        "PLACE003",
        "has 20 replicas, each with a zone of its own; `general` has 3 at the most",
    ),
    Spoiled(
        "one node for two controllers that refuse to share it",
        NODES,
        lambda body: [each.update(max_size=1) for each in body["eks_managed_node_groups"].values()],
        "PLACE003",
        "the controller of component `karpenter` has 2 replicas",
    ),
    Spoiled(
        "a LimitRange that gives each pod a GPU",
        LIMITS,
        lambda body: body["spec"]["limits"][0].__setitem__("max", {GPU: "1"}),
        "PLACE004",
        "gives it 1 of `nvidia.com/gpu`, which it never asked for",
    ),
    Spoiled(
        "a LimitRange whose limit is below a request",
        LIMITS,
        lambda body: body["spec"]["limits"][0]["default"].update(cpu="1"),
        "PLACE004",
        "sets its limit of `cpu` below what it asks for",
    ),
    Spoiled(
        "a LimitRange with a maximum below a request",
        LIMITS,
        lambda body: body["spec"]["limits"][0].__setitem__("max", {"memory": "8Gi"}),
        "PLACE004",
        "allows less of `memory` than it asks for",
    ),
    Spoiled(
        "a LimitRange with a minimum above a request",
        LIMITS,
        lambda body: body["spec"]["limits"][0].__setitem__("min", {"memory": "1Gi"}),
        "PLACE004",
        "wants it to ask for more of `memory`",
    ),
    Spoiled(
        "nodes for half of what always runs",
        NODES,
        _group("general", max_size=3),
        "PLACE005",
        "what always runs and can run nowhere else asks for",
    ),
    Spoiled(
        "a limit of GPUs below the models at their least",
        GPU_POOL,
        lambda body: body["spec"].__setitem__("limits", {GPU: "1"}),
        "PLACE005",
        "`gpu-workloads` has 1 GPU",
    ),
    Spoiled(
        "a pool that nothing asks for",
        PIPELINE,
        _step("feature-engineering", lambda step: step["nodeSelector"].update(TRAINING)),
        "PLACE006",
        "nothing runs in `training`: no pod that it takes asks for it",
    ),
    Spoiled(
        "a device plugin that tolerates nothing",
        "helm/nvidia-device-plugin.yaml",
        lambda body: body.update(tolerations=[]),
        "PLACE007",
        "`nvidia-device-plugin` doesn't run in `gpu-workloads`, which has GPUs",
    ),
    Spoiled(
        "a device plugin for other nodes",
        "helm/nvidia-device-plugin.yaml",
        lambda body: body.update(nodeSelector={"karpenter.sh/nodepool": "gpu-workloads"}),
        "PLACE007",
        "`nvidia-device-plugin` doesn't run in `gpu`, which has GPUs: its nodes have none",
    ),
    Spoiled(
        "an exporter on the node group only",
        "helm/dcgm-exporter.yaml",
        lambda body: body.update(nodeSelector={"mlopsgen/pool": "gpu"}),
        "PLACE008",
        "`dcgm-exporter` doesn't run in `gpu-workloads`, which has GPUs",
    ),
    Spoiled(
        "components on spot instances",
        NODES,
        _group("general", capacity_type="SPOT"),
        "PLACE009",
        "can run on spot instances only: `general`",
    ),
    Spoiled(
        "a budget that lets nothing go",
        "apps/models-mlops/poddisruptionbudget-iris.yaml",
        lambda body: body["spec"].update(maxUnavailable=0),
        "PLACE010",
        "PodDisruptionBudget `mlops/iris` lets 0 of 3 go",
    ),
    Spoiled(
        "a budget of a chart that keeps every replica",
        "helm/cert-manager.yaml",
        lambda body: body["webhook"]["podDisruptionBudget"].update(minAvailable="100%"),
        "PLACE010",
        "the budget for the webhook of component `cert-manager` keeps 100% of 2",
    ),
    Spoiled(
        "more replicas than there are nodes for",
        IRIS,
        _predictor(maxReplicas=60),
        "PLACE011",
        "at its largest",
    ),
)


def test_everything_emitted_for_the_reference_has_a_place():
    plan, artifacts = _reference()

    assert list(scheduled(plan, artifacts)) == []


@pytest.mark.parametrize("spoiled", SPOILED, ids=lambda each: each.what)
def test_what_is_spoiled_is_named(spoiled):
    found = _found(spoiled.path, spoiled.change)

    assert spoiled.says in "\n".join(each.message for each in found if each.code == spoiled.code)


def test_every_rule_is_broken_by_something():
    codes = {each.code for each in SPOILED}

    # Those of the packing are broken by whole platforms, in test_schedule_packing.py.
    assert codes == {rule.code for rule in RULES} - {rule.code for rule in schedule_pieces.RULES}


def test_a_larger_instance_of_the_pool_will_do():
    assert _found(MISTRAL, _asks(cpu="3900m")) == []


def test_a_finding_points_at_the_workload_and_at_the_nearest_pool():
    [finding] = _found(MISTRAL, lambda body: body["spec"]["predictor"].pop("tolerations"))

    assert finding.at == ("models", "mistral-7b")
    assert [each.at for each in finding.related] == [("nodePools", "gpu-workloads")]
    assert finding.fix == (
        "let it tolerate `nvidia.com/gpu=true:NoSchedule`, or take the taint off `gpu-workloads`"
    )
    closest, *others = finding.message.partition("closest: ")[2].split("; then ")
    assert closest.startswith("`gpu-workloads`")
    assert len(others) == 2


def test_a_step_is_told_at_its_own_place():
    finding, *_ = _found(PIPELINE, _step("model-training", lambda step: step.pop("tolerations")))

    assert finding.at == ("pipelines", "iris-training", "steps", "model-training")


def test_a_stopped_model_needs_no_place():
    def stop(body):
        body["metadata"]["annotations"]["serving.kserve.io/stop"] = "true"
        body["spec"]["predictor"]["nodeSelector"] = {"mlopsgen/pool": "nowhere"}

    assert "PLACE001" not in {each.code for each in _found(TINY, stop)}


def test_alternatives_in_affinity_are_alternatives():
    either = _affinity("Gt", "40000")
    required = either["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    required["nodeSelectorTerms"].append(
        {"matchExpressions": [{"key": "kubernetes.io/arch", "operator": "Exists"}]}
    )

    assert _found(MISTRAL, _predictor(affinity=either)) == []


def test_daemons_on_the_network_of_nodes_have_ports_of_their_own():
    plan, _ = _reference()
    parts = [part.facts for part in plan.parts.values()]
    daemons = [one for part in parts for one in part.workloads.values() if one.host_network]
    ports = [port for one in daemons for port in one.ports.values()]

    assert len(daemons) > 1
    assert len(ports) == len(set(ports))


def test_pods_of_one_form_are_looked_at_once():
    plan, artifacts = _reference()
    pods_of = list(pods(artifacts, {}))
    looked = ground(grounds(artifacts), ())

    for pod in pods_of * 10:
        looked.takes(pod.form)

    assert len(looked.tried) == len({pod.form for pod in pods_of}) < len(pods_of)
    assert plan.pools.keys() == {pool.name for pool in looked.pools}


HOSTILE = (None, "x", 3, [], ["x"], [None], {"a": {"b": None}}, {"requests": "much"}, -1, 1e300)


@pytest.mark.parametrize("value", HOSTILE, ids=repr)
@pytest.mark.parametrize(
    "key", ["tolerations", "nodeSelector", "affinity", "resources", "topologySpreadConstraints"]
)
def test_helm_values_of_any_form_are_read(key, value):
    for component in ("karpenter", "nvidia-device-plugin", "grafana"):
        found = _found(f"helm/{component}.yaml", lambda body: body.update({key: value}))

        assert {each.code for each in found} <= {rule.code for rule in RULES}


@pytest.mark.parametrize("value", HOSTILE, ids=repr)
@pytest.mark.parametrize("key", ["replicaCount", "podDisruptionBudget", "webhook"])
def test_replicas_and_budgets_of_any_form_are_read(key, value):
    found = _found("helm/cert-manager.yaml", lambda body: body.update({key: value}))

    assert {each.code for each in found} <= {rule.code for rule in RULES}
