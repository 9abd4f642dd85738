"""pipelines: DAGs of steps that Argo Workflows runs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from mlopsgen.spec.base import DnsLabel, EnvName, Items, SecretRef, Spec, Text
from mlopsgen.spec.form import Form
from mlopsgen.spec.quantities import Cpu, Duration, Memory
from mlopsgen.spec.triggers import Trigger

ParameterName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z]([-a-z0-9]*[a-z0-9])?$"),
    Form(
        "a name of small letters, digits and `-` that starts with a letter and doesn't end with "
        "`-`",
        ("dataset",),
        "It becomes the name of a parameter or artifact in Argo Workflows and a part of a path.",
    ),
]
"""A name for a parameter, an input or an output."""

OutputPath = Annotated[
    str,
    StringConstraints(pattern=r"^/[A-Za-z0-9_./-]+$"),
    Form(
        "the path of a file in the container, with `/` in front",
        ("/out/model.tar",),
        "Argo Workflows takes the file from there when the step has ended.",
    ),
]
"""Where a step leaves a file."""

OutputRef = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z]([-a-z0-9]*[a-z0-9])?\.[a-z]([-a-z0-9]*[a-z0-9])?$"),
    Form(
        "an output of another step, written STEP.OUTPUT",
        ("data-ingestion.raw",),
        "Argo Workflows copies the file from the step and output that are named here.",
    ),
]
"""An output of another step: STEP.OUTPUT."""


LibraryName = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9]([-A-Za-z0-9._]*[A-Za-z0-9])?$", max_length=128),
    Form(
        "the name of a library on PyPI",
        ("scikit-learn",),
        "The libraries of serving runtimes are known by those names.",
    ),
]
"""The name of a library on PyPI."""

LibraryVersion = Annotated[
    str,
    StringConstraints(
        pattern=r"^[0-9]{1,5}(\.[0-9]{1,5}){1,3}([.-]?(a|b|rc|post|dev)[0-9]{1,5})*(\+[a-z0-9.]+)?$"
    ),
    Form(
        "one version of a library, such as 1.4.1, and no range",
        ("1.4.1",),
        "Only one version can be compared with the one that a serving runtime has.",
    ),
]
"""One version of a library, with two parts at least."""


class Schedule(Spec):
    """When a pipeline runs by itself."""

    cron: Annotated[Text, Form("five fields of cron", ("0 4 * * 1-5",))]
    """Five fields: minute, hour, day of month, month, day of week."""

    timezone: Annotated[Text, Form("an IANA time zone", ("Europe/Amsterdam",))] = "UTC"
    """An IANA time zone, such as Europe/Amsterdam."""

    concurrency: Literal["Allow", "Forbid", "Replace"] = "Forbid"
    """What happens when the last run hasn't ended."""


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


class PythonEnv(Spec):
    """What a registered model was made with: the versions that MLflow logs with it."""

    python: Annotated[
        str,
        StringConstraints(pattern=r"^3\.[0-9]{1,2}(\.[0-9]{1,3})?$"),
        Form(
            "a version of Python with one point or two",
            ("3.10",),
            "The versions that serving runtimes have are written so.",
        ),
    ]
    """Version of Python, in quotes: without them 3.10 is the number 3.1."""

    dependencies: dict[LibraryName, LibraryVersion] = {}
    """Versions of the libraries that the model is made of or saved with, by their names on PyPI."""


class Step(Spec):
    """A container that runs to its end."""

    image: Annotated[Text, Form("an image with its tag", ("ghcr.io/acme/train:1.0.0",))]
    """The image of the container, with its tag."""

    command: Annotated[
        Items[Annotated[Text, Form("a program or an argument", ("python",))]], Field(min_length=1)
    ]
    """The program and its arguments; no shell reads them."""

    args: Items[str] = ()
    """More arguments, after those of `command`."""

    after: Items[DnsLabel] = ()
    """Steps that must have succeeded."""

    inputs: dict[ParameterName, OutputRef] = {}
    """Files from earlier steps, found at /in/NAME."""

    outputs: dict[ParameterName, OutputPath] = {}
    """Files the step leaves behind, kept in the artifact bucket."""

    env: dict[EnvName, str] = {}
    """Environment of the container."""

    secrets: dict[EnvName, SecretRef] = {}
    """Environment that comes from AWS Secrets Manager."""

    pool: DnsLabel | None = None
    """The node pool it runs on; without one, any pool that has no taint."""

    gpus: Annotated[int, Field(ge=0, le=16)] = 0
    """GPUs of the container."""

    resources: StepResources = StepResources.model_construct()
    """CPUs and memory of the container."""

    retries: Annotated[int, Field(ge=0, le=10)] = 0
    """Further tries after a failure or a lost node."""

    timeout: Duration | None = None
    """How long one try may take."""

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


FeatureAccess = Literal["read", "materialize", "apply"]
"""What a pipeline does with features; each holds those before it."""


class Pipeline(Spec):
    """A DAG of steps."""

    namespace: DnsLabel = "mlops"
    """The namespace its steps run in."""

    schedule: Schedule | None = None
    """When it runs by itself; without one it runs when somebody starts it."""

    triggers: dict[DnsLabel, Trigger] = {}
    """What else it is started by, each with a name."""

    experiment: Text | None = None
    """MLflow experiment its runs are kept under."""

    parameters: dict[ParameterName, str] = {}
    """Values that every step finds in its environment as PARAM_NAME, with what they are by
    default."""

    features: FeatureAccess | None = None
    """What its steps do with features: `read` them for training, `materialize` them into the files
    and tables, or `apply` their definitions too; each holds those before it."""

    deadline: Duration = 24 * 3600 * 1000
    """How long a run may take."""

    steps: Annotated[dict[DnsLabel, Step], Field(min_length=1)]
    """Its steps, by name; `after` says which come first."""
