"""How a step runs: what it asks for, how often it is tried, and how often it is fanned out."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from mlopsgen.spec.base import Items, Spec
from mlopsgen.spec.form import Form
from mlopsgen.spec.quantities import Cpu, Duration, Memory
from mlopsgen.spec.references import ParameterName


class Memoize(Spec):
    """Take the outputs of an earlier run with the same parameters."""

    key: Annotated[Items[ParameterName], Field(min_length=1)]
    """Parameters of the pipeline that decide the outputs."""

    ttl: Duration
    """How long outputs stay good."""


class StepResources(Spec):
    """What the container of a step asks for; requests and memory limit are the same."""

    cpu: Cpu = 500
    """CPUs of the step."""

    memory: Memory = 2**30
    """Memory of the step; it is killed when it takes more."""

    ephemeral_storage: Annotated[Memory | None, Field(alias="ephemeralStorage")] = None
    """Disk of the node for files and logs of the step; it is evicted when it takes more."""


class Volume(Spec):
    """Room for files of one step, empty when it starts and gone when it ends."""

    size: Memory
    """The most it holds."""

    medium: Literal["node", "ebs", "memory"] = "node"
    """`node` is the disk of the node, `ebs` a volume of the platform's storage class, and
    `memory` counts as memory of the step."""


class Backoff(Spec):
    """How long to wait before the next try."""

    duration: Duration = 30 * 1000
    """The first wait."""

    factor: Annotated[int, Field(ge=1, le=10)] = 2
    """Each wait is so many times the one before."""

    cap: Duration = 600 * 1000
    """No wait is longer."""

    max_duration: Annotated[Duration | None, Field(alias="maxDuration")] = None
    """No try begins later than this after the start of the first, however long that took."""


class Retry(Spec):
    """What is tried again, and when."""

    limit: Annotated[int, Field(ge=1, le=10)]
    """Further tries."""

    policy: Literal["Always", "OnFailure", "OnError", "OnTransientError"] = "Always"
    """A program that failed is a failure, a node that went away an error; `Always` is both."""

    backoff: Backoff = Backoff.model_construct()
    """How long to wait before the next try."""

    other_node: Annotated[bool, Field(alias="otherNode")] = False
    """Never try again on a node where a try failed; with one node in the pool, that waits."""


class Sequence(Spec):
    """Numbers to fan out over: `count` of them, or those from `start` to `end`."""

    count: Annotated[int | None, Field(ge=1, le=10000)] = None
    """How many numbers."""

    start: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    """The first number."""

    end: Annotated[int | None, Field(ge=0, le=1_000_000)] = None
    """The last number; counts down where it is below `start`."""

    format: Annotated[
        str,
        StringConstraints(pattern=r"^[A-Za-z0-9_.-]{0,40}%(0[1-9])?[dxX][A-Za-z0-9_.-]{0,40}$"),
        Form(
            "text with one %d, %02d or %x in it",
            ("shard-%02d",),
            "Argo Workflows prints each number with it.",
        ),
    ] = "%d"
    """How each number is written."""
