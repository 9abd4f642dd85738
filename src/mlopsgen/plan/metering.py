"""Metering: what model servers measure of the requests they answer, and how it is asked for.

No two servers measure alike, so a question about models is one expression for each meter that a
runtime of the platform has. The metrics themselves are the catalogue's: a meter whose metrics a
runtime doesn't emit, or emits only under some condition, isn't that runtime's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from mlopsgen.facts import Runtime
from mlopsgen.facts.components import Endpoint
from mlopsgen.plan.model import Part, Plan, Served

MODEL = "inference_service"
"""The label that our monitors put on every series of a model: its InferenceService."""

MODEL_LABELS = f"namespace, {MODEL}"
"""What tells one InferenceService from another."""

OBJECTIVE_LABELS = ("namespace", "model", "slo")
"""What tells one promise of a model from another; slo is availability or latency."""

BUDGET = "slo:error_budget:ratio"
"""What is recorded of an objective: the share of the requests that may break it."""

WINDOW = "5m"
"""Rates are taken over it: ten scrapes at the operator's 30 seconds, so a lost one hardly shows."""

_TARGET_LABELS = frozenset({"container", "endpoint", "instance", "job", "namespace", "pod"})
"""What prometheus-operator 0.86.2 puts on every series (pkg/prometheus/promcfg.go)."""


@dataclass(frozen=True, slots=True)
class Series:
    """Series of a metric that match: `suffix` is `_count` or `_bucket` for a histogram's own."""

    metric: str
    matching: str = ""
    suffix: str = ""
    example: str = ""
    """Labels of one of them, as far as they are what matches."""

    @property
    def text(self) -> str:
        """The selector in PromQL."""
        braces = f"{{{self.matching}}}" if self.matching else ""
        return f"{self.metric}{self.suffix}{braces}"

    def narrowed(self, matching: str) -> Series:
        """Return those of them that match *matching* as well."""
        return replace(self, matching=", ".join(filter(None, (self.matching, matching))))

    def rate(self, by: str = "", window: str = WINDOW) -> str:
        """Return how many there are each second, for each set of the labels *by*, or in all."""
        grouped = f" by ({by}) " if by else ""
        return f"sum{grouped}(rate({self.text}[{window}]))"


@dataclass(frozen=True, slots=True)
class Latency:
    """How long a server takes."""

    buckets: Series
    """Of a histogram in seconds."""

    of: str
    """What the histogram times, as the end of `95 % of ...`."""

    def narrowed(self, matching: str) -> Latency:
        """Return the same of the requests that match *matching* as well."""
        return replace(self, buckets=self.buckets.narrowed(matching))

    def p95(self) -> str:
        """Return the time in seconds that 95 % of a model's requests stay below."""
        return self.quantile("0.95")

    def quantile(self, share: str, by: str = MODEL_LABELS) -> str:
        """Return the seconds that a *share* of the requests stays below, for each set of *by*."""
        return f"histogram_quantile({share}, {self.buckets.rate(f'le, {by}')})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """What one kind of server measures; what it doesn't is None."""

    server: str
    requests: Series
    latency: Latency | None = None
    failures: Series | None = None
    """Of the requests, those that failed through the server's own fault."""

    apart: bool = False
    """Whether `requests` are those that succeeded, so that the failures come on top."""

    def asked(self, by: str = "", window: str = WINDOW) -> str:
        """Return how many requests there are each second, for each set of the labels *by*."""
        counted = self.requests.rate(by, window)
        if self.failures and self.apart:
            return f"({counted} + {self.failures.rate(by, window)})"
        return counted

    def only(self, served: Served) -> Meter:
        """Return the meter of one InferenceService."""
        return self.narrowed(f'namespace="{served.namespace}", {MODEL}="{served.name}"')

    def whole(self, served: Served, canary: Served | None) -> Meter:
        """Return the meter of a model, its canary included."""
        names = "|".join(each.name for each in (served, canary) if each)
        return self.narrowed(f'namespace="{served.namespace}", {MODEL}=~"{names}"')

    def narrowed(self, matching: str) -> Meter:
        """Return the meter of the requests that match *matching* as well."""
        return replace(
            self,
            requests=self.requests.narrowed(matching),
            latency=self.latency.narrowed(matching) if self.latency else None,
            failures=self.failures.narrowed(matching) if self.failures else None,
        )

    def of(self, runtime: Runtime) -> bool:
        """Say whether *runtime* always emits what the meter reads."""
        known = runtime.metrics.names if runtime.metrics else {}
        timed = self.latency.buckets if self.latency else None
        wanted = {one.metric for one in (self.requests, timed, self.failures) if one}
        return all(name in known and not known[name].when for name in wanted)


_INFER = 'path=~".+/infer"'
_ANSWERED = 'path="/v2/models/model/infer", status_code="200"'
_FAILED = 'path="/v2/models/model/infer", status_code="500"'
METERS = (
    Meter(
        server="KServe",
        requests=Series("request_predict_seconds", suffix="_count"),
        latency=Latency(Series("request_predict_seconds", suffix="_bucket"), "the predictions"),
    ),
    # MLServer counts requests for readiness and metadata too; only these run the model.
    Meter(
        server="MLServer",
        requests=Series("rest_server_requests_total", _INFER, example=_ANSWERED),
        latency=Latency(
            Series("rest_server_request_duration_seconds", _INFER, "_bucket", _ANSWERED),
            "the answers",
        ),
        failures=Series(
            "rest_server_requests_total", f'{_INFER}, status_code=~"5.."', example=_FAILED
        ),
    ),
    # Triton sums up what its requests take, and a sum has no 95 %.
    Meter(
        server="Triton",
        requests=Series("nv_inference_request_success"),
        failures=Series("nv_inference_request_failure"),
        apart=True,
    ),
    # The whole answer of a language model takes as long as it is; the wait for it to begin can
    # be compared.
    Meter(
        server="vLLM",
        requests=Series("vllm:request_success_total", example='finished_reason="stop"'),
        latency=Latency(
            Series("vllm:time_to_first_token_seconds", suffix="_bucket"), "the first tokens"
        ),
    ),
)


def promising(served: Served) -> bool:
    """Say whether *served* is a model whose server measures something that it promises."""
    slo, meter = served.spec.slo, meter_of(served.runtime)
    if slo is None or meter is None or served.canary or served.spec.stopped:
        return False
    return bool((slo.availability and meter.failures) or (slo.latency_p95 and meter.latency))


def burnt(window: str) -> str:
    """Return the name of the share of requests that broke an objective within *window*."""
    return f"slo:error_ratio:rate{window}"


def meters(plan: Plan) -> tuple[Meter, ...]:
    """Return the meters of the runtimes that the platform's models run on."""
    found = runtimes(plan).values()
    return tuple(meter for meter in METERS if any(meter.of(runtime) for runtime in found))


def meter_of(runtime: Runtime) -> Meter | None:
    """Return the meter of *runtime*, if it has one."""
    return next((meter for meter in METERS if meter.of(runtime)), None)


def unmetered(plan: Plan, among: Iterable[Meter]) -> tuple[str, ...]:
    """Return the runtimes in use, sorted, that have none of the meters *among*."""
    known = tuple(among)
    return tuple(
        name
        for name, runtime in sorted(runtimes(plan).items())
        if not any(meter.of(runtime) for meter in known)
    )


def runtimes(plan: Plan) -> dict[str, Runtime]:
    """Return the runtimes that the platform's models run on, by name."""
    return {served.spec.runtime: served.runtime for served in plan.served}


def endpoint(part: Part | None, metric: str) -> Endpoint | None:
    """Return the endpoint at which *part* always shows *metric*, if it is installed and does."""
    endpoints = part.facts.metrics if part else ()
    return next(
        (one for one in endpoints if metric in one.names and not one.names[metric].when), None
    )


def stored(endpoint: Endpoint, label: str) -> str:
    """Return the name under which Prometheus keeps a metric's own *label*.

    A label of the target takes its place, unless the monitor honors the metric's.
    """
    kept = endpoint.honor_labels or label not in _TARGET_LABELS
    return label if kept else f"exported_{label}"


def read_labels(plan: Plan, prometheus: Part, name: str) -> dict[str, str]:
    """Return the labels of an object of *name* that Prometheus reads.

    Our values make it read all there are; with the chart's own it reads those of its release.
    """
    release = prometheus.facts.release
    return plan.labels(name) | ({"release": release.name} if release else {})
