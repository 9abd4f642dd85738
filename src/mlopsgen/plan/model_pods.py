"""The pods of models, as flows name them: all of a namespace, or those with metrics."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from mlopsgen import names
from mlopsgen.diagnostics import SpecPath
from mlopsgen.plan.flows import Pods, Port
from mlopsgen.plan.model import Served


def models_of(namespace: str, members: Iterable[Served]) -> Pods:
    """Return the pods of every InferenceService of *namespace*, which are *members*."""
    fronts = {names.transformer_app(one.name) for one in members if one.spec.transformer}
    values = tuple(sorted({names.predictor_app(one.name) for one in members} | fronts))
    having = (names.INFERENCE_SERVICE_LABEL,)
    return Pods("models", namespace, having=having, behind=(names.APP_LABEL, values))


def with_metrics(
    namespace: str, members: Sequence[Served]
) -> Iterator[tuple[Pods, Port, SpecPath]]:
    """Yield each port of metrics with the models that have it; a user's container may have none."""
    by_port: dict[int, list[Served]] = {}
    for one in members:
        if one.runtime.metrics:
            by_port.setdefault(one.runtime.metrics.port, []).append(one)
    for number, found in sorted(by_port.items()):
        pods = models_of(namespace, members)
        if len(found) < len(members):
            values = tuple(sorted({names.predictor_app(one.name) for one in found}))
            name = f"models-metrics-{number}"
            pods = Pods(name, namespace, one_of=(names.APP_LABEL, values))
        yield pods, Port(number), found[0].origin
