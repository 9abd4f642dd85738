"""Canaries: whether KServe runs one inside of the model's own service, and how many pods it has.

Where it does (`spec.canary`), the canary has a fixed number of replicas and no autoscaler, and
KServe takes that number off the model's least (kserve 0.20.0 components/predictor.go). So it is
added before: what users say of their model holds with a canary and without.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from mlopsgen.facts import component, versions
from mlopsgen.facts.running import Canary
from mlopsgen.plan.model import HUB, Served
from mlopsgen.spec import Components, Model, Scale

_KSERVE = "kserve"
_WHOLE = 100
"""Percent of the requests."""


@dataclass(frozen=True, slots=True)
class Replicas:
    """The replicas that a predictor is written with; `high` is None for a fixed number."""

    low: int
    high: int | None


def canaries(components: Components) -> Canary | None:
    """Return how the KServe that is pinned runs canaries."""
    pinned = components.pinned().get(_KSERVE)
    return component(_KSERVE, pinned if pinned in versions(_KSERVE) else None).canary


def within(facts: Canary | None, model: Model) -> bool:
    """Say whether the canary of *model* is a part of the model's InferenceService.

    KServe never sends a transformer's requests to it, and refuses it beside a container of our
    own that gets its files itself. What the canary leaves out is the model's: one that gets its
    files itself would be given those of the model. Such canaries are a service by themselves.
    """
    if model.canary is None or model.transformer or facts is None or not facts.within:
        return False
    fetching = {source.startswith(HUB) for source in model.sources().values()}
    refused = facts.stored and model.runtime == "vllm" and True in fetching
    return len(fetching) == 1 and not refused


def by_app(facts: Canary | None, model: Model) -> bool:
    """Say whether pods of *model* are told from others by `app`, which KServe makes of their name.

    That is so as soon as it could have a canary among its own pods: what they are spread by stands
    in them, and a canary that comes or goes must not replace the pods of its model. Where there is
    a transformer, requests come to its pods too, which have another `app`.
    """
    return facts is not None and facts.within and model.transformer is None


def fixed(model: Model) -> int:
    """Return how many replicas the canary of *model* has inside of the model's service.

    As many as a model that isn't scaled. Of one that is, the share of the requests that it gets
    at the model's largest, and besides as much of the model's least as leaves the largest alone.
    """
    scale = model.scale
    if scale.max <= scale.min or model.canary is None:
        return scale.min
    share = math.ceil(scale.max * model.canary.weight / _WHOLE)
    return max(1, share, min(scale.min, scale.max - scale.min))


def replicas(served: Served) -> Replicas:
    """Return the replicas that the predictor of *served* is written with."""
    scale = served.spec.scale
    if not served.within:
        return Replicas(scale.min, scale.max)
    if served.canary:
        return Replicas(fixed(served.spec), None)
    return _with(scale, fixed(served.spec))


def least(served: Served) -> int:
    """Return how many replicas of *served* there are at the least."""
    return fixed(served.spec) if served.canary and served.within else served.spec.scale.min


def spread(served: Served) -> bool:
    """Say whether the pods of *served* are kept on different nodes.

    It stands in the pods, so that it can't depend on the weight: a change of that replaces none. A
    canary says it where its model does, whose selector it would inherit.
    """
    scale = served.spec.scale
    return (scale.max if served.canary and served.within else scale.min) > 1


def _with(scale: Scale, canary: int) -> Replicas:
    """Return what is written for a model of *scale* whose service holds *canary* more replicas.

    KServe refuses a least above the largest, so that this one may come out higher than users said:
    where the canary is to have most of the requests anyway.
    """
    low = scale.min + canary
    return Replicas(low, max(scale.max, low))


def largest(facts: Canary | None, model: Model) -> int:
    """Return the most replicas that *model* can come to, those of its canary included."""
    most = model.scale.max
    if model.canary is None:
        return most
    if not within(facts, model):
        return 2 * most
    canary = fixed(model)
    if model.scale.max <= model.scale.min:
        return most + canary
    return (_with(model.scale, canary).high or most) + canary
