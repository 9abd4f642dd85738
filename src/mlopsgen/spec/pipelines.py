"""pipelines: DAGs of steps that Argo Workflows runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from mlopsgen.spec.base import DnsLabel, Items, Spec, Text
from mlopsgen.spec.form import Form
from mlopsgen.spec.quantities import Duration
from mlopsgen.spec.references import ParameterName, PythonSource
from mlopsgen.spec.steps import ExitStep, Step
from mlopsgen.spec.triggers import Trigger

Value = str | int | float | bool
"""A value of a parameter; it reaches steps as text."""


def as_text(value: Value) -> str:
    """Return *value* as steps find it in their environment."""
    return str(value).lower() if isinstance(value, bool) else str(value)


class Parameter(Spec):
    """A value that a run may be started with."""

    type: Literal["string", "integer", "number", "boolean"] = "string"
    """What its values are. It is held against the values in this file and decides how conditions
    compare it; Argo Workflows itself holds a run only to `enum`."""

    default: Value | None = None
    """Its value where a run is started without one; without it, one must be given."""

    enum: Items[Value] = ()
    """The only values it may have."""

    minimum: float | None = None
    """The least a number may be."""

    maximum: float | None = None
    """The most a number may be."""

    optional: bool = False
    """Whether a run may be started without a value; it is the empty text then."""

    description: Text | None = None
    """What it is, for the person who starts a run."""

    @property
    def given(self) -> str | None:
        """Its value where a run is started without one, as text; nothing where one must be."""
        if self.default is None:
            return "" if self.optional else None
        return as_text(self.default)


Cron = Annotated[Text, Form("five fields of cron", ("0 4 * * 1-5",))]
"""Five fields: minute, hour, day of month, month, day of week."""


class History(Spec):
    """How many runs that a schedule started are kept."""

    succeeded: Annotated[int, Field(ge=0, le=100)] = 3
    """Runs that succeeded."""

    failed: Annotated[int, Field(ge=0, le=100)] = 3
    """Runs that failed."""


class Schedule(Spec):
    """When a pipeline runs by itself."""

    cron: Cron | Annotated[Items[Cron], Field(min_length=1)]
    """Five fields: minute, hour, day of month, month, day of week; or a list of such."""

    timezone: Annotated[Text, Form("an IANA time zone", ("Europe/Amsterdam",))] = "UTC"
    """An IANA time zone, such as Europe/Amsterdam."""

    concurrency: Literal["Allow", "Forbid", "Replace"] = "Forbid"
    """What happens when the last run hasn't ended."""

    starting_deadline: Annotated[Duration, Field(alias="startingDeadline")] = 3600 * 1000
    """How late a run may start that was missed, because the controller was being replaced."""

    history: History = History.model_construct()
    """How many runs are kept."""

    suspended: bool = False
    """Start no runs for now."""

    stop_after_failures: Annotated[int | None, Field(alias="stopAfterFailures", ge=1, le=1000)] = (
        None
    )
    """Start no more runs once so many have failed."""

    arguments: dict[ParameterName, Value] = {}
    """Values of parameters for scheduled runs."""

    @property
    def crons(self) -> tuple[str, ...]:
        """Its expressions, one or several."""
        return (self.cron,) if isinstance(self.cron, str) else self.cron


class Keep(Spec):
    """How long what is left of a run stays in the cluster; its files stay in the bucket."""

    succeeded: Duration = 24 * 3600 * 1000
    """A run that succeeded."""

    failed: Duration = 168 * 3600 * 1000
    """A run that failed."""


FeatureAccess = Literal["read", "materialize", "apply"]
"""What a pipeline does with features; each holds those before it."""


class Recorded(Spec):
    """What a record was made of; `mlopsgen record` writes it."""

    source: PythonSource
    """The `source` that was recorded."""

    files: Annotated[dict[str, str], Field(min_length=1)]
    """SHA-256 of each file of the project that took part, by its path."""


class Pipeline(Spec):
    """A DAG of steps."""

    source: PythonSource | None = None
    """A workflow written in Python with Hera, as FILE.py:NAME; its steps come from the record
    beside that file. What is written here as well goes over them."""

    trust: bool = False
    """Whether `mlopsgen record` may run that Python. A build never does."""

    recorded: Recorded | None = None
    """Stands in records only."""

    namespace: DnsLabel = "mlops"
    """The namespace its steps run in."""

    schedule: Schedule | None = None
    """When it runs by itself; without one it runs when somebody starts it."""

    triggers: dict[DnsLabel, Trigger] = {}
    """What else it is started by, each with a name."""

    experiment: Text | None = None
    """MLflow experiment its runs are kept under."""

    parameters: dict[ParameterName, str | Parameter] = {}
    """Values that every step finds in its environment as PARAM_NAME: with what they are by
    default, or with type and limits."""

    features: FeatureAccess | None = None
    """What its steps do with features: `read` them for training, `materialize` them into the files
    and tables, or `apply` their definitions too; each holds those before it."""

    deadline: Duration = 24 * 3600 * 1000
    """How long a run may take."""

    parallelism: Annotated[int | None, Field(ge=1, le=1000)] = None
    """Steps of a run that run at the same time; without it, all that can."""

    mutex: DnsLabel | None = None
    """Only one run of those in the namespace that name it goes on at a time."""

    semaphore: DnsLabel | None = None
    """As many runs that name it go on at a time as `namespaces.<n>.semaphores` says."""

    pod_gc: Annotated[
        Literal["OnPodCompletion", "OnPodSuccess", "OnWorkflowCompletion", "OnWorkflowSuccess"],
        Field(alias="podGC"),
    ] = "OnPodSuccess"
    """When pods of steps are deleted; their logs are in the bucket."""

    keep: Keep = Keep.model_construct()
    """How long what is left of a run stays in the cluster."""

    steps: dict[DnsLabel, Step] = {}
    """Its steps, by name; `after` says which come first. There is one at least, here or in the
    record of its `source`."""

    on_exit: Annotated[dict[DnsLabel, ExitStep], Field(alias="onExit")] = {}
    """Steps that run when all others have ended, however they ended."""

    @property
    def declared(self) -> Mapping[str, Parameter]:
        """Its parameters in the long form."""
        return {
            name: Parameter.model_construct(default=one) if isinstance(one, str) else one
            for name, one in self.parameters.items()
        }
