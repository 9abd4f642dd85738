"""The alerts on language models: requests that wait, and a cache that is full."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.emit.alerts.rows import Alert, Case, Query, number
from mlopsgen.plan import Plan, Served
from mlopsgen.plan.metering import MODEL, MODEL_LABELS, runtimes

_WAITING = "vllm:num_requests_waiting"
_CACHE = "vllm:gpu_cache_usage_perc"
_WHERE = f"{{{{ $labels.namespace }}}}/{{{{ $labels.{MODEL} }}}}"
_MINUTE = 60_000
_HUNDRED = 100


def waiting(plan: Plan, limit: float) -> Iterator[Query]:
    """Yield the query for models that haven't been without a queue for ten minutes."""
    for served in _emitting(plan, _WAITING):
        series, where = _series(served, _WAITING)
        more = limit + 1
        yield Query(
            expr=f"sum by ({MODEL_LABELS}) (min_over_time({_WAITING}[10m])) > {number(limit)}",
            summary=f'{_WHERE} has {{{{ printf "%.0f" $value }}}} requests waiting',
            description="They wait for room in a batch, and there were never fewer of them for ten"
            f" minutes; the limit is {number(limit)}.",
            cases=(
                Case("requests wait", ((series, f"{number(more)}+0x{{n}}"),), where, more),
                Case("the queue is empty at times", ((series, f"{number(more)}x59 0 0 0 9x99"),)),
                Case("nobody waits", ((series, "0+0x{n}"),)),
            ),
        )


def crowded(plan: Plan, limit: float) -> Iterator[Query]:
    """Yield the query for models whose KV cache is full."""
    for served in _emitting(plan, _CACHE):
        series, where = _series(served, _CACHE)
        more = (1 + limit) / 2
        yield Query(
            expr=f"max by ({MODEL_LABELS}) (avg_over_time({_CACHE}[10m])) > {number(limit)}",
            summary=f"{_WHERE} has {{{{ $value | humanizePercentage }}}} of its KV cache in use",
            description="A request that finds no room there waits, or puts another one off that has"
            f" to be computed again; the limit is {number(limit * _HUNDRED)} %.",
            cases=(
                Case("the cache is full", ((series, f"{number(more)}+0x{{n}}"),), where, more),
                Case("half of it is free", ((series, f"{number(limit / 2)}+0x{{n}}"),)),
            ),
        )


def _emitting(plan: Plan, metric: str) -> Iterator[Served]:
    """Yield one model on a runtime that always emits *metric*, if there is any."""
    for name, runtime in runtimes(plan).items():
        known = runtime.metrics.names if runtime.metrics else {}
        if metric in known and not known[metric].when:
            yield next(served for served in plan.served if served.spec.runtime == name)
            return


def _series(served: Served, metric: str) -> tuple[str, dict[str, str]]:
    where = {"namespace": served.namespace, MODEL: served.name}
    labels = ", ".join(f'{key}="{value}"' for key, value in where.items())
    return f"{metric}{{{labels}}}", where


ALERTS = (
    Alert(
        name="LLMRequestsWaiting",
        unit="count",
        threshold=0.0,
        holds_for=5 * _MINUTE,
        severity="warning",
        because="a queue that isn't empty once in ten minutes only grows; a replica more takes"
        " minutes to load its weights",
        compile=waiting,
        runbook="""\
1. Raise `scale.max`, or let the model scale on `vllm:num_requests_waiting`.
2. The pool has no GPU left: `kubectl get pods -n NAMESPACE` shows replicas that are Pending.
3. Requests are long: lower `vllm.maxModelLen`, so that more of them fit the KV cache.
""",
    ),
    Alert(
        name="LLMCacheFull",
        unit="share",
        threshold=0.95,
        holds_for=10 * _MINUTE,
        severity="warning",
        because="at 95 % on average the cache is full at its peaks, and requests that were begun"
        " are put off and computed again",
        compile=crowded,
        runbook="""\
1. Add replicas: raise `scale.max`.
2. Make room: raise `vllm.gpuMemoryUtilization`, or lower `vllm.maxModelLen`.
3. Take a GPU with more memory; the build says which of the pool hold the model.
""",
    ),
)
