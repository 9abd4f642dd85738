"""Scaling: a replica that is always there, and metrics that its server really emits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mlopsgen.check.checked import Checked, choose
from mlopsgen.diagnostics import Finding, Related, Severity, SpecPath, rule
from mlopsgen.facts import runtime
from mlopsgen.facts.metrics import Metric, scraped
from mlopsgen.spec import RESOURCE_METRICS, Model
from mlopsgen.spec.keys import closest
from mlopsgen.spec.said import named

_OWN = "custom"
_WHOLE = 100
"""Percent of what a replica asks for."""


@rule("SCALE001")
def a_replica_always_runs(checked: Checked) -> Iterator[Finding]:
    """A model keeps one replica at least.

    An HPA can't go to zero, and KServe makes 1 of the 0 without a word. KEDA can, and never comes
    back: a server that doesn't run measures nothing, so the metric that should wake it up is
    empty, and nothing holds the requests that come meanwhile.
    """
    for name, model in checked.platform.models.items():
        if model.scale.min == 0:
            at = ("models", name)
            yield Finding(
                at=(*at, "scale", "min"),
                message=f"{named((*at, 'scale', 'min'))} is 0; a replica must run for the next"
                " request to be answered, or measured",
                fix=f"write `min: 1`, or `stopped: true` for {named(at)} as long as nobody needs"
                " it",
            )


@rule("SCALE002")
def the_server_emits_the_metric(checked: Checked) -> Iterator[Finding]:
    """A model scales on a metric that its server emits.

    KEDA takes no answer for the value 0. On a metric that nothing emits, or only under another
    setup, a model would stay at its smallest number of replicas, whatever comes in.
    """
    pinned = checked.platform.components.pinned()
    for name, model in checked.platform.models.items():
        metric = model.scale.metric
        if metric in RESOURCE_METRICS:
            continue
        if model.runtime == _OWN:
            yield from _unscraped(name, model)
            continue
        facts = runtime(model.runtime, pinned).metrics
        emitted = facts.names if facts else {}
        usable = scraped(emitted)
        at: SpecPath = ("models", name)
        if metric not in usable:
            message, fix = _not_emitted(model, metric, emitted, usable)
        elif usable[metric].when:
            message = f"`{model.runtime}` emits `{metric}` only with: {usable[metric].when}"
            fix = _other(metric, usable)
        else:
            continue
        yield Finding(
            at=(*at, "scale", "metric"),
            message=message,
            fix=fix,
            related=(Related((*at, "runtime"), "the runtime is chosen here"),),
        )


def _unscraped(name: str, model: Model) -> Iterator[Finding]:
    """Yield that nothing is scraped of a user's own server; what it emits only the user knows."""
    if model.container and not model.container.metrics:
        at: SpecPath = ("models", name)
        place = named((*at, "container"))
        yield Finding(
            at=(*at, "scale", "metric"),
            message=f"{named(at)} scales on `{model.scale.metric}`; {place} has no `metrics`, so"
            " nothing of it comes to Prometheus",
            fix=f"add `metrics: {{port: {model.container.port}}}` to {place}, with the port that"
            " they are on, or write `metric: cpu`",
            related=(Related((*at, "container"), "the server is described here"),),
        )


def _not_emitted(
    model: Model, metric: str, emitted: Mapping[str, Metric], usable: Mapping[str, Metric]
) -> tuple[str, str]:
    """Return what is wrong with *metric*, which is no single number of the server, and the fix."""
    if metric in emitted:
        many = f"`{metric}` is a {emitted[metric].type}, which is many numbers and not one"
        parts = f"`{metric}_count` for how many there are a second, or `{metric}_sum` for what"
        return many, f"write {parts} they add up to"
    if not usable:
        return f"`{model.runtime}` emits no metrics", "write `metric: cpu`"
    return f"`{model.runtime}` doesn't emit `{metric}`", _other(metric, usable)


def _other(metric: str, usable: Mapping[str, Metric]) -> str:
    """Return the fix: the metric that was probably meant, else those that there are.

    Gauges stand before counters, and both before what comes out of a histogram: that is the order
    in which they are of use.
    """
    known = {name: each for name, each in usable.items() if not each.when and name != metric}
    if near := closest(metric, list(known)):
        return f"write `{near}`"
    gauges = [name for name, each in known.items() if each.type == "gauge"]
    return choose(metric, gauges or list(known))


@rule("SCALE003")
def targets_are_in_the_unit_of_the_metric(checked: Checked) -> Iterator[Finding]:
    """The target of a scale is in the unit of its metric.

    Of CPU and memory it is a whole percentage of what a replica asks for. Any other metric has a
    unit of its own, in which nobody but you can say how much one replica should carry.
    """
    for name, model in checked.platform.models.items():
        scale, at = model.scale, ("models", name, "scale")
        if scale.metric not in RESOURCE_METRICS:
            if scale.target is None:
                yield Finding(
                    at=(*at, "metric"),
                    message=f"{named(at)} has no `target` for `{scale.metric}`",
                    fix="add `target:` with the value that one replica should be kept at",
                )
        elif scale.target is not None and not _percentage(scale.target):
            yield Finding(
                at=(*at, "target"),
                message=f"{named((*at, 'target'))} is {scale.target:.10g}; of `{scale.metric}` it"
                f" is a whole percentage from 1 to {_WHOLE}",
                fix=f"write `target: {max(1, min(_WHOLE, round(scale.target)))}`",
            )


def _percentage(target: float) -> bool:
    return target.is_integer() and 1 <= target <= _WHOLE


@rule("SCALE004", Severity.INFO)
def what_is_said_of_scaling_takes_effect(checked: Checked) -> Iterator[Finding]:
    """A metric to scale on comes with room to scale in.

    With as many replicas at the most as at the least there is no autoscaler, and nobody looks at
    the metric.
    """
    for name, model in checked.platform.models.items():
        scale, at = model.scale, ("models", name, "scale")
        written = [f"`{key}`" for key in ("metric", "target") if key in scale.model_fields_set]
        if scale.max == scale.min and written:
            yield Finding(
                at=(*at, written[0].strip("`")),
                message=f"{named(at)} has a {written[0]} and goes from {scale.min} to {scale.max}",
                fix=f"write `max: {scale.max + 1}`, or take {' and '.join(written)} away",
                on_key=True,
            )


@rule("SCALE005")
def keda_is_there_before_kserve(checked: Checked) -> Iterator[Finding]:
    """KEDA is there before KServe starts.

    KServe looks for KEDA's kind ScaledObject once, when it starts. If Terraform installs KServe,
    and Argo CD brings KEDA later, no model that scales on a metric of its server gets beyond an
    error until somebody restarts the controller of KServe.
    """
    installed = checked.platform.components
    scaled = [
        ("models", name, "scale", "metric")
        for name, model in checked.platform.models.items()
        if model.scale.metric not in RESOURCE_METRICS
    ]
    if not scaled or installed.keda is None or installed.kserve is None:
        return
    if installed.keda.owner == "argocd" and installed.kserve.owner == "terraform":
        at = ("components", "keda", "owner")
        yield Finding(
            at=at,
            message=f"{named(at)} is `argocd`; KServe is installed by Terraform, before Argo CD"
            " starts",
            fix="take `owner` away, or write `owner: argocd` for `components.kserve` as well",
            related=tuple(Related(place, "this needs KEDA") for place in scaled[:1]),
        )


RULES = (
    a_replica_always_runs,
    the_server_emits_the_metric,
    targets_are_in_the_unit_of_the_metric,
    what_is_said_of_scaling_takes_effect,
    keda_is_there_before_kserve,
)
