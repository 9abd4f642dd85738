"""Models: options that go together, and a canary that gets a share of the requests."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.check.checked import Checked
from mlopsgen.diagnostics import Finding, Related, Severity, rule
from mlopsgen.spec.said import named

_WHOLE = 100
"""Percent of the requests."""


@rule("MODEL001")
def engine_options_are_of_the_engine(checked: Checked) -> Iterator[Finding]:
    """A model has the options of its own runtime.

    Unless it is told the longest context, vLLM reserves memory for the longest that the
    checkpoint was made for, which seldom fits the GPU. Any other model server would ignore the
    options.
    """
    for name, model in checked.platform.models.items():
        at = ("models", name)
        if model.runtime == "vllm" and model.vllm is None:
            yield Finding(
                at=at,
                message=f"{named(at)} runs on vLLM and has no `vllm` options",
                fix="add `vllm: {maxModelLen: 4096}`, with the longest prompt plus answer",
                related=(Related((*at, "runtime"), "the runtime is chosen here"),),
            )
        if model.runtime != "vllm" and model.vllm is not None:
            yield Finding(
                at=(*at, "vllm"),
                message=f"{named(at)} has `vllm` options; its runtime is `{model.runtime}`",
                fix="take `vllm` away, or write `runtime: vllm`",
                related=(Related((*at, "runtime"), "the runtime is chosen here"),),
                on_key=True,
            )


@rule("MODEL002")
def language_models_have_gpus(checked: Checked) -> Iterator[Finding]:
    """A model on vLLM has a GPU.

    The image of vLLM is built for CUDA. On a node without a GPU the server stops when it starts,
    and the pod restarts for ever.
    """
    for name, model in checked.platform.models.items():
        if model.runtime == "vllm" and not model.gpus:
            at = ("models", name, "gpus")
            yield Finding(
                at=at,
                message=f"`models.{name}` runs on vLLM with 0 GPUs; it needs 1 at least",
                fix="write `gpus: 1`",
                related=(Related(("models", name, "runtime"), "the runtime is chosen here"),),
            )


@rule("MODEL003")
def canaries_have_a_way_in(checked: Checked) -> Iterator[Finding]:
    """A model with a canary has a load balancer or a gateway that splits its requests.

    In Standard mode KServe splits nothing: model and canary have a Service each. Only the load
    balancer or the gateway knows the weights, so without one the canary would run and get no
    request.
    """
    joined = {name for each in checked.platform.endpoints.values() for name in each.models}
    for name, model in checked.platform.models.items():
        if model.canary and not model.exposure and name not in joined:
            at = ("models", name, "canary")
            yield Finding(
                at=at,
                message=f"`models.{name}` has a canary and no `exposure`, so nothing sends"
                f" {model.canary.weight}% of the requests to it",
                fix=f"add `exposure: {{alb: internal, host: {name}.example.com}}`, or take"
                " `canary` away",
                on_key=True,
            )


@rule("MODEL004", Severity.INFO)
def canaries_share_the_requests(checked: Checked) -> Iterator[Finding]:
    """A canary shares the requests with the stable version.

    At a weight of 0 or 100 one of the two versions gets no requests. Its pods run all the same,
    on nodes that are paid for.
    """
    for name, model in checked.platform.models.items():
        if model.canary and model.canary.weight in (0, _WHOLE):
            if model.canary.header and not model.canary.weight:
                continue
            at = ("models", name, "canary", "weight")
            idle = "stable version" if model.canary.weight else "canary"
            fix = (
                f"write `source: {model.canary.source}` for `models.{name}` and take `canary` away"
                if model.canary.weight
                else "write a weight from 1 to 99, or take `canary` away"
            )
            yield Finding(
                at=at,
                message=f"{named(at)} is {model.canary.weight}; the {idle} gets no requests",
                fix=fix,
            )


@rule("MODEL005")
def scale_goes_up(checked: Checked) -> Iterator[Finding]:
    """The most replicas of a model are not fewer than the least.

    KServe refuses an InferenceService whose largest number of replicas is below its smallest.
    """
    for name, model in checked.platform.models.items():
        low, high = model.scale.min, model.scale.max
        if high < low:
            at = ("models", name, "scale")
            yield Finding(
                at=(*at, "max"),
                message=f"{named(at)} goes from {low} to {high}; `max` is below `min`",
                fix=f"write `max: {low}`",
                related=(Related((*at, "min"), f"`min` is {low} here"),),
            )


RULES = (
    engine_options_are_of_the_engine,
    language_models_have_gpus,
    canaries_have_a_way_in,
    canaries_share_the_requests,
    scale_goes_up,
)
