"""Fields that do nothing, do something else, or are of another version."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.diagnostics import Finding, SpecPath
from mlopsgen.imports.manifests import Manifest
from mlopsgen.imports.rules import IGNORED, OUTDATED, UNCOUNTED, UNTIMED
from mlopsgen.imports.tree import at, inside, number, rows, text

_MODE: SpecPath = ("metadata", "annotations", "serving.kserve.io/deploymentMode")
_KNATIVE = (
    "autoscaling.knative.dev/",
    "serving.knative.dev/",
    "queue.sidecar.serving.knative.dev/",
)
_ONLY_KNATIVE = {
    "canaryTrafficPercent": "all requests go to the new version at once",
    "containerConcurrency": "a replica gets as many requests as come",
}
_METRICS = frozenset({"concurrency", "rps"})
_GPU = "nvidia.com/gpu"
_TEMPLATE: SpecPath = ("spec", "template", "spec")
_GROUPS = ("karpenter.sh/", "karpenter.k8s.aws/")
_DROPPED = "v1beta1"


def faults(one: Manifest) -> Iterator[Finding]:
    """Yield the fields of *one* that aren't what they look like."""
    match one.kind:
        case "InferenceService":
            yield from _serving(one)
        case "NodePool" | "EC2NodeClass":
            yield from _karpenter(one)
        case "CronWorkflow":
            yield from _scheduled(one)
        case "ResourceQuota" | "LimitRange":
            yield from _counted(one)
        case _:
            return


def _serving(one: Manifest) -> Iterator[Finding]:
    """Yield what KServe 0.16 reads in Knative mode only (pkg/controller/.../knative)."""
    mode = text(one.body, *map(str, _MODE))
    if mode in {"RawDeployment", "Serverless"}:
        new = "Standard" if mode == "RawDeployment" else "Knative"
        said = f"{one.title} says `{mode}`, which KServe calls `{new}` since 0.16"
        why = "KServe compares the word with that of the status, and refuses every update."
        fix = f"write `serving.kserve.io/deploymentMode: {new}`"
        yield IGNORED.at(one.place(_MODE), said, fix=fix, why=why)
    if mode in {"Serverless", "Knative"}:
        return
    for part in ("predictor", "transformer"):
        spec = inside(one.body, "spec", part)
        for key, instead in _ONLY_KNATIVE.items():
            if key in spec:
                said = f"`{key}` of {one.title} does nothing in Standard mode: {instead}"
                yield IGNORED.at(one.place(("spec", part, key)), said, fix=f"take `{key}` out")
        if text(spec, "scaleMetric") in _METRICS:
            said = f"{one.title} scales by `{spec['scaleMetric']}`, which only Knative measures"
            path = ("spec", part, "scaleMetric")
            yield IGNORED.at(one.place(path), said, fix="scale by cpu, or by a metric of KEDA's")
        if number(spec, "minReplicas") == 0:
            said = f"{one.title} has `minReplicas: 0`; the HPA in Standard mode keeps 1"
            path = ("spec", part, "minReplicas")
            yield IGNORED.at(one.place(path), said, fix="write `minReplicas: 1`")
    for key in inside(one.body, "metadata", "annotations"):
        if str(key).startswith(_KNATIVE):
            said = f"{one.title} has `{key}`, which nobody reads in Standard mode"
            path = ("metadata", "annotations", key)
            yield IGNORED.at(one.place(path), said, fix="take the annotation out")


def _karpenter(one: Manifest) -> Iterator[Finding]:
    """Yield what Karpenter 1.x refuses (its CRDs, v1.8.0)."""
    if one.version.startswith(_GROUPS) and one.version.endswith(f"/{_DROPPED}"):
        said = f"{one.title} is of `{one.version}`; Karpenter 1 has `v1` only"
        fix = f"write `apiVersion: {one.version.replace(_DROPPED, 'v1')}`"
        yield OUTDATED.at(one.place(("apiVersion",)), said, fix=fix)
    moved = {
        ("spec", "disruption", "expireAfter"): "write it in `spec.template.spec`",
        (*_TEMPLATE, "kubelet"): "write it in the EC2NodeClass",
    }
    for path, fix in moved.items() if one.kind == "NodePool" else ():
        if at(one.body, *path) is not None:
            said = f"`{path[-1]}` of {one.title} stands where Karpenter 1 doesn't know it"
            yield OUTDATED.at(one.place(path), said, fix=fix)
    policy: SpecPath = ("spec", "disruption", "consolidationPolicy")
    if text(one.body, *map(str, policy)) == "WhenUnderutilized":
        said = f"{one.title} says `WhenUnderutilized`, which is called another in Karpenter 1"
        yield OUTDATED.at(one.place(policy), said, fix="write `WhenEmptyOrUnderutilized`")
    named = inside(one.body, *_TEMPLATE, "nodeClassRef")
    if one.kind == "NodePool" and named and not ("group" in named and "kind" in named):
        said = f"{one.title} names its class without `group` and `kind`"
        path = (*_TEMPLATE, "nodeClassRef")
        fix = "write `group: karpenter.k8s.aws` and `kind: EC2NodeClass`"
        yield OUTDATED.at(one.place(path), said, fix=fix)
    spec = inside(one.body, "spec")
    if one.kind == "EC2NodeClass" and not spec.get("amiSelectorTerms"):
        said = f"{one.title} has no `amiSelectorTerms`; `amiFamily` alone chooses no image"
        path = ("spec", "amiFamily") if "amiFamily" in spec else ("spec",)
        fix = "write `amiSelectorTerms: [{alias: al2023@latest}]`, or a release"
        yield OUTDATED.at(one.place(path), said, fix=fix)


def _scheduled(one: Manifest) -> Iterator[Finding]:
    spec = inside(one.body, "spec")
    for key, fix in (
        ("timezone", "write the time zone that the hours are meant in"),
        ("concurrencyPolicy", "write `concurrencyPolicy: Forbid`, or what is meant"),
    ):
        if not text(spec, key):
            said = f"{one.title} says no `{key}`"
            yield UNTIMED.at(one.place(), said, fix=fix)


def _counted(one: Manifest) -> Iterator[Finding]:
    """Yield GPUs that aren't counted, or are handed out (kubernetes v1.33.0 pkg/quota)."""
    if one.kind == "ResourceQuota" and _GPU in inside(one.body, "spec", "hard"):
        said = f"{one.title} limits `{_GPU}`, which is never counted"
        path: SpecPath = ("spec", "hard", _GPU)
        yield UNCOUNTED.at(one.place(path), said, fix=f"write `requests.{_GPU}`")
    for index, row in rows(one.body, "spec", "limits") if one.kind == "LimitRange" else ():
        if _GPU in inside(row, "max") and _GPU not in inside(row, "default"):
            said = f"{one.title} has a maximum of `{_GPU}`, and so gives as many to every pod"
            path = ("spec", "limits", index, "max", _GPU)
            yield UNCOUNTED.at(one.place(path), said, fix="take it out, and let the quota count")
