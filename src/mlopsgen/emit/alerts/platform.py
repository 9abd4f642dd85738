"""The alerts on what models are made with: MLflow, pipelines, their triggers and GPUs."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.emit.alerts.rows import Case, Query, number
from mlopsgen.plan import Plan
from mlopsgen.plan.metering import endpoint, stored

_WORKFLOWS = "argo_workflows_workflowtemplate_triggered_total"
"""Runs by the phase they enter, although its name is of their start (argo-workflows 3.7.4
workflow/metrics/counter_template.go). It counts runs of templates; there are no others."""

_GIVEN_UP = "argo_events_action_retries_failed_total"
_GPU = "DCGM_FI_DEV_GPU_UTIL"
_REPLICAS = ("10.0.0.1:5000", "10.0.0.2:5000")
_HUNDRED = 100


def mlflow_down(plan: Plan, _limit: float) -> Iterator[Query]:
    """Yield the query for a tracking server of which no pod answers, or that isn't there at all.

    A target that was never found has no `up`, so its absence counts as well.
    """
    part = plan.parts.get("mlflow")
    if part is None or not part.facts.metrics:
        return
    job = part.facts.metrics[0].job
    where = {"job": job, "namespace": part.namespace}
    up = f'up{{job="{job}", namespace="{part.namespace}"}}'
    one, other = (
        f'up{{job="{job}", namespace="{part.namespace}", instance="{each}"}}' for each in _REPLICAS
    )
    yield Query(
        expr=f"max by (job, namespace) ({up}) == 0 or absent({up})",
        summary="MLflow in {{ $labels.namespace }} doesn't answer",
        description="No pod of it answers Prometheus, or there is none. Pipelines can't record"
        " runs, and models can't be registered.",
        cases=(
            Case("no pod answers", ((one, "0+0x{n}"), (other, "0+0x{n}")), where),
            Case("there is no pod", (), where),
            Case("one of two answers", ((one, "0+0x{n}"), (other, "1+0x{n}"))),
        ),
    )


def pipeline_failures(plan: Plan, limit: float) -> Iterator[Query]:
    """Yield the query for the share of a pipeline's runs of an hour that failed."""
    found = endpoint(plan.parts.get("argo-workflows"), _WORKFLOWS)
    if found is None:
        return
    namespace, phase = stored(found, "namespace"), stored(found, "phase")
    pipeline = stored(found, "name")
    failed = f'{_WORKFLOWS}{{{phase}=~"Failed|Error"}}'
    ended = f'{_WORKFLOWS}{{{phase}=~"Succeeded|Failed|Error"}}'
    yield Query(
        expr=f"sum by ({namespace}, {pipeline}) ({_events(failed)})\n"
        f"  / sum by ({namespace}, {pipeline}) ({_events(ended)})\n  > {number(limit)}",
        summary=f"The pipeline {{{{ $labels.{namespace} }}}}/{{{{ $labels.{pipeline} }}}} fails:"
        " {{ $value | humanizePercentage }} of its runs within an hour",
        description="That share of its runs that ended within the last hour ended as Failed or"
        f" Error; the limit is {number(limit * _HUNDRED)} %.",
        cases=_pipeline_cases(plan, (namespace, pipeline, phase), limit),
    )


def _events(series: str) -> str:
    """Return how many events *series* counted within an hour.

    The counter of a phase begins with 1 at the first run that gets there, and an increase from
    nothing to 1 is none to Prometheus. So a series that is younger than an hour counts whole.
    """
    return f"(increase({series}[1h]) and {series} offset 1h) or {series}"


def _pipeline_cases(plan: Plan, labels: tuple[str, str, str], limit: float) -> tuple[Case, ...]:
    namespace, pipeline, phase = labels
    runner = next(iter(plan.workflows), None)
    where = {
        namespace: runner.namespace if runner else "pipelines",
        pipeline: runner.name if runner else "train",
    }
    matching = ", ".join(f'{label}="{value}"' for label, value in where.items())

    def runs(failed: int) -> tuple[tuple[str, str], ...]:
        counts = {"Failed": failed, "Succeeded": _RUNS - failed}
        return tuple(
            (f'{_WORKFLOWS}{{{matching}, {phase}="{each}"}}', f"0+{count}x{{n}}")
            for each, count in counts.items()
        )

    many = round((1 + limit) / 2 * _RUNS)
    return (
        Case("more runs fail than the limit allows", runs(many), where, many / _RUNS),
        Case("half of what the limit allows fails", runs(round(limit / 2 * _RUNS))),
        Case("no run ends", tuple((name, "7+0x{n}") for name, _ in runs(0))),
    )


_RUNS = 6_000_000
"""A minute, in the tests: enough that any threshold with four decimals is a whole number."""


def events_lost(plan: Plan, _limit: float) -> Iterator[Query]:
    """Yield the query for events of which a Sensor could not make a run, however often it tried."""
    found = endpoint(plan.parts.get("argo-events"), _GIVEN_UP)
    if found is None or not plan.listening:
        return
    namespace, sensor, trigger = (
        stored(found, label) for label in ("namespace", "sensor_name", "trigger_name")
    )
    first = plan.listening[0]
    where = {namespace: first.namespace, sensor: first.name, trigger: first.sources[0].name}
    said = ", ".join(f'{label}="{value}"' for label, value in where.items())
    series = f"{_GIVEN_UP}{{{said}}}"
    yield Query(
        expr=f"sum by ({namespace}, {sensor}, {trigger}) ({_events(_GIVEN_UP)}) > 0",
        summary=f"{{{{ $labels.{trigger} }}}} could not start {{{{ $labels.{sensor} }}}}",
        description="A run was to be created, was refused or not answered until the Sensor gave"
        " up, and nobody tries again. The event is in its log.",
        cases=(
            Case("an event is given up every minute", ((series, "0+1x{n}"),), where),
            Case("some were given up long ago", ((series, "7+0x{n}"),)),
        ),
    )


def idle_gpus(plan: Plan, limit: float) -> Iterator[Query]:
    """Yield the query for pods that hold GPUs and hardly use them."""
    found = endpoint(plan.parts.get("dcgm-exporter"), _GPU)
    if found is None:
        return
    namespace, pod = stored(found, "namespace"), stored(found, "pod")
    percent = limit * _HUNDRED
    space = next((served.namespace for served in plan.served), "models")
    where = {namespace: space, pod: "model-0"}
    series = f'{_GPU}{{{namespace}="{space}", {pod}="model-0", gpu="0"}}'
    used = (percent + _HUNDRED) / 2
    yield Query(
        # A GPU that no pod holds has an empty label.
        expr=f'avg by ({namespace}, {pod}) ({_GPU}{{{pod}!=""}}) < {number(percent)}',
        summary=f"{{{{ $labels.{namespace} }}}}/{{{{ $labels.{pod} }}}} uses"
        ' {{ printf "%.3g" $value }} % of its GPUs',
        description="It holds GPUs and has hardly used them; the limit is"
        f" {number(percent)} %. They cost the same when idle.",
        cases=(
            Case("the GPU is idle", ((series, "0+0x{n}"),), where, 0.0),
            Case("the GPU is used", ((series, f"{number(used)}+0x{{n}}"),)),
        ),
    )
