"""Steps of pipelines: containers that run to their end, and what passes between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from mlopsgen.spec.base import DnsLabel, EnvName, Items, SecretRef, Spec, Text
from mlopsgen.spec.conditions import ConditionError, condition, dependencies
from mlopsgen.spec.contracts import PythonEnv
from mlopsgen.spec.form import Form
from mlopsgen.spec.quantities import Duration
from mlopsgen.spec.references import (
    Condition,
    Dependencies,
    InputArtifact,
    ListRef,
    MountPath,
    OutputArtifact,
    OutputParameter,
    OutputPath,
    OutputRef,
    ParameterName,
    ValueRef,
)
from mlopsgen.spec.running import Memoize, Retry, Sequence, StepResources, Volume
from mlopsgen.spec.terms import ITEM, PARAMETERS, Comparison, Result, leaves

Scalar = str | int | float
"""An item of a fan-out, or a part of one."""


class Work(Spec):
    """A container that runs to its end, in whatever place of a pipeline."""

    image: Annotated[Text, Form("an image with its tag", ("ghcr.io/acme/train:1.0.0",))]
    """The image of the container, with its tag."""

    command: Annotated[
        Items[Annotated[Text, Form("a program or an argument", ("python",))]], Field(min_length=1)
    ]
    """The program and its arguments; no shell reads them, and Argo Workflows replaces nothing in
    them. Kubernetes replaces `$(NAME)` with the variable of that name."""

    args: Items[str] = ()
    """More arguments, after those of `command`."""

    after: Items[DnsLabel] = ()
    """Steps that must have succeeded; a step that was skipped has not."""

    env: dict[EnvName, str] = {}
    """Environment of the container."""

    secrets: dict[EnvName, SecretRef] = {}
    """Environment that comes from AWS Secrets Manager."""

    pool: DnsLabel | None = None
    """The node pool it runs on; without one, any pool that has no taint."""

    gpus: Annotated[int, Field(ge=0, le=16)] = 0
    """GPUs of the container."""

    resources: StepResources = StepResources.model_construct()
    """CPUs, memory and disk of the container."""

    priority: Literal["high", "normal", "low"] = "normal"
    """`high` may take the place of other pods where there is no room, `low` makes room for all."""

    volumes: dict[MountPath, Volume] = {}
    """Room for files beside /tmp and the folders of outputs, by where it is mounted."""

    retries: Annotated[int, Field(ge=0, le=10)] | Retry = 0
    """Further tries after a failure or a lost node."""

    timeout: Duration | None = None
    """How long one try may take."""

    @property
    def retry(self) -> Retry | None:
        """What is tried again, where anything is."""
        if isinstance(self.retries, Retry):
            return self.retries
        return Retry.model_construct(limit=self.retries) if self.retries else None


class Step(Work):
    """A step of a pipeline: a container that runs to its end."""

    depends: Dependencies | None = None
    """Steps and how they must have ended, in place of `after`: `a.Succeeded && b.Skipped`. The
    results are Succeeded, Failed, Errored, Skipped and Omitted, and for a step that fans out
    AnySucceeded and AllFailed."""

    when: Condition | None = None
    """Runs only where this holds, and is skipped otherwise: `evaluate.accuracy >= 0.9`,
    `parameters.dataset == 'iris'`."""

    inputs: dict[ParameterName, OutputRef | InputArtifact] = {}
    """Files from earlier steps, found at /in/NAME."""

    parameters: dict[ParameterName, ValueRef] = {}
    """Values from earlier steps or the pipeline, found in the environment as PARAM_NAME."""

    outputs: dict[ParameterName, OutputPath | OutputArtifact] = {}
    """Files the step leaves behind, kept in the artifact bucket."""

    output_parameters: Annotated[
        dict[ParameterName, OutputPath | OutputParameter], Field(alias="outputParameters")
    ] = {}
    """Small texts the step leaves behind in files, for conditions and the parameters of others.
    Of a step that fans out they are JSON lists."""

    with_items: Annotated[
        Items[Scalar | dict[EnvName, Scalar]], Field(alias="withItems", max_length=1000)
    ] = ()
    """Runs once for each of these, all at the same time unless a `semaphore` limits them; it finds
    its own in ITEM, and the keys of a map in ITEM_KEY."""

    with_param: Annotated[ListRef | None, Field(alias="withParam")] = None
    """Runs once for each item of a JSON list that an earlier step left behind."""

    with_sequence: Annotated[Sequence | None, Field(alias="withSequence")] = None
    """Runs once for each number."""

    mutex: DnsLabel | None = None
    """Only one step of those in the namespace that name it runs at a time."""

    semaphore: DnsLabel | None = None
    """As many of those that name it run at a time as `namespaces.<n>.semaphores` says."""

    memoize: Memoize | None = None
    """Skip the step when it ran with the same parameters before."""

    registers: (
        Annotated[
            str,
            StringConstraints(pattern=r"^[^\s/@:]+@[A-Za-z0-9_-]+$"),
            Form(
                "a registered model and an alias, written NAME@ALIAS",
                ("iris-classifier@challenger",),
                "MLflow keeps the alias on the registered model of that name.",
            ),
        ]
        | None
    ) = None
    """The registered model and alias the step sets: NAME@ALIAS."""

    python_env: Annotated[PythonEnv | None, Field(alias="pythonEnv")] = None
    """What the model it registers was made with, held against the runtimes that serve it."""

    @property
    def waits(self) -> tuple[str, ...]:
        """Steps that it says end before it starts, in `after` or `depends`."""
        named = [one.step for one in self._terms() if isinstance(one, Result)]
        return tuple(dict.fromkeys((*self.after, *named)))

    @property
    def takes_from(self) -> tuple[str, ...]:
        """Steps whose files or values it takes, for itself or to decide whether it runs."""
        files = (one.source.partition(".")[0] for one in self.sources.values())
        return tuple(dict.fromkeys((*files, *self.takes_values_from)))

    @property
    def takes_values_from(self) -> tuple[str, ...]:
        """Steps whose output parameters it takes, for itself or to decide whether it runs."""
        written = [*self.parameters.values(), *([self.with_param] if self.with_param else ())]
        found = [one.partition(".")[0] for one in written]
        for one in self._terms():
            found += [ref.source for ref in one.refs] if isinstance(one, Comparison) else []
        return tuple(one for one in dict.fromkeys(found) if one not in (PARAMETERS, ITEM))

    def _terms(self) -> Iterator[Comparison | Result]:
        """Yield what its conditions are made of; nothing of those that can't be read."""
        for read, text in ((dependencies, self.depends), (condition, self.when)):
            with suppress(ConditionError):
                yield from leaves(read(text)) if text else ()

    @property
    def fans_out(self) -> bool:
        """Whether it runs once for each of several items."""
        return bool(self.with_items or self.with_param or self.with_sequence)

    @property
    def artifacts(self) -> Mapping[str, OutputArtifact]:
        """The files it leaves behind, in the long form."""
        return {
            name: OutputArtifact.model_construct(path=one) if isinstance(one, str) else one
            for name, one in self.outputs.items()
        }

    @property
    def texts(self) -> Mapping[str, OutputParameter]:
        """The small texts it leaves behind, in the long form."""
        return {
            name: OutputParameter.model_construct(path=one) if isinstance(one, str) else one
            for name, one in self.output_parameters.items()
        }

    @property
    def sources(self) -> Mapping[str, InputArtifact]:
        """The files it takes from earlier steps, in the long form."""
        return {
            name: InputArtifact.model_construct(source=one) if isinstance(one, str) else one
            for name, one in self.inputs.items()
        }


RunResult = Literal["Succeeded", "Failed", "Error"]
"""How a run ends: `Failed` by a step, `Error` by the cluster."""


class ExitStep(Work):
    """A step that runs when everything else has ended, however it ended.

    It finds how in STATUS, and the steps that failed in FAILURES, a JSON list.
    """

    timeout: Duration = 3600 * 1000
    """How long one try may take; the deadline of the pipeline doesn't hold here."""

    when: RunResult | Items[RunResult] = ()
    """How the run must have ended; without it, however."""

    @property
    def results(self) -> tuple[RunResult, ...]:
        """How the run must have ended; empty where it doesn't matter."""
        return (self.when,) if isinstance(self.when, str) else self.when
