"""Events: what pipelines listen to, as values."""

from __future__ import annotations

from dataclasses import dataclass

from mlopsgen.diagnostics import SpecPath
from mlopsgen.plan.grants import Identity
from mlopsgen.spec import Trigger


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One trigger, and the queue that its events come through."""

    name: str
    spec: Trigger
    queue: str
    """Name of the queue."""

    queue_arn: str
    region: str
    account_id: str
    """The account that the queue belongs to."""

    origin: SpecPath


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """The triggers of a pipeline: one EventSource takes their events, one Sensor starts runs."""

    name: str
    """The pipeline's, and so that of the EventSource and the Sensor."""

    namespace: str
    """Of Argo Events, where both run."""

    runs_in: str
    """The namespace of the pipeline."""

    mutexes: tuple[str, ...]
    """What its runs wait for: each other, and what the pipeline itself names. A list in a run
    replaces that of the template (argo-workflows 3.7.4 workflow/util/merge.go)."""

    source_account: str
    sensor_account: str
    identity: Identity
    """Of the EventSource. A Sensor needs nothing from AWS."""

    sources: tuple[Source, ...]
    origin: SpecPath
