"""pipelines.<name>.triggers: what starts a pipeline besides its schedule and people."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from mlopsgen.spec.base import Items, Spec
from mlopsgen.spec.form import Form

KeyPrefix = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9_.-]+)*/$", max_length=256),
    Form(
        "a folder of the bucket that ends with `/`",
        ("data/",),
        "S3 compares the beginnings of names: without the `/` a file of another folder whose name"
        " begins the same would count as well.",
    ),
]
"""A folder of a bucket."""

KeySuffix = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_.-]+$", max_length=64),
    Form(
        "the end of a file's name, of letters, digits, `.`, `_` and `-`",
        (".parquet",),
        "S3 compares it with the encoded name, in which other characters are written in another"
        " way.",
    ),
]
"""How the name of a file ends."""

QueueArn = Annotated[
    str,
    StringConstraints(
        pattern=r"^arn:aws:sqs:[a-z]{2}(-[a-z]+)+-[0-9]:[0-9]{12}:[A-Za-z0-9_-]{1,80}(\.fifo)?$"
    ),
    Form(
        "the ARN of an SQS queue",
        ("arn:aws:sqs:eu-west-1:111122223333:new-data",),
        "Region, account and name of the queue are read from it.",
    ),
]
"""The Amazon resource name of a queue."""

KeyArn = Annotated[
    str,
    StringConstraints(
        pattern=r"^arn:aws:kms:[a-z]{2}(-[a-z]+)+-[0-9]:[0-9]{12}:key/[A-Za-z0-9-]{1,64}$"
    ),
    Form(
        "the ARN of a KMS key",
        ("arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",),
        "IAM compares keys by their ARN; an alias in its place permits nothing.",
    ),
]
"""The Amazon resource name of a key."""

EventPath = Annotated[
    str,
    StringConstraints(
        pattern=r"^(messageId|(body|messageAttributes)(\.[A-Za-z0-9_-]+)+)$", max_length=256
    ),
    Form(
        "a place in the event, such as body.Records.0.s3.object.key",
        ("body.Records.0.s3.object.key", "body.dataset"),
        "Argo Events looks there: an item of a list has its number, which starts at 0.",
    ),
]
"""Where in an event a value stands: `messageId`, or below `body` or `messageAttributes`."""


class NewData(Spec):
    """Files in the bucket of the platform, told of by S3 through a queue of its own."""

    prefix: KeyPrefix
    """The folder they come into, which the pipeline may then read."""

    suffix: KeySuffix | None = None
    """How their names end; any way when left out."""

    events: Annotated[Items[Literal["ObjectCreated", "ObjectRemoved"]], Field(min_length=1)] = (
        "ObjectCreated",
    )
    """What has to happen to them."""


class Queue(Spec):
    """A queue that is there already; each message, in JSON, is an event."""

    queue: QueueArn
    """The queue."""

    key: KeyArn | None = None
    """The KMS key it is encrypted with, where that isn't a key of SQS itself."""


class AtMost(Spec):
    """How many runs a trigger starts; what is more waits in the event bus."""

    runs: Annotated[int, Field(ge=1, le=1000)]
    """Runs that are started within the time."""

    per: Literal["Minute", "Hour"] = "Hour"
    """The time."""


class Trigger(Spec):
    """Starts the pipeline when something has happened: new data, or a message in a queue."""

    s3: NewData | None = None
    """Files that come into the bucket of `storage.artifacts`."""

    sqs: Queue | None = None
    """Messages in an SQS queue of yours."""

    arguments: dict[str, str] = {}
    """Values of parameters of the pipeline in the runs that it starts, by parameter."""

    from_event: Annotated[dict[str, EventPath], Field(alias="fromEvent")] = {}
    """Parameters that are taken from the event: where in it they stand, by parameter."""

    at_most: Annotated[AtMost, Field(alias="atMost")] = AtMost.model_construct(runs=10)
    """How many runs it starts at most; ten an hour when left out."""
