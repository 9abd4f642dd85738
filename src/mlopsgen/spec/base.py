"""What every part of the spec is made of: the strict base model and the types of its values."""

from __future__ import annotations

from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Strict, StringConstraints

from mlopsgen.spec.form import Form

T = TypeVar("T")


class Spec(BaseModel):
    """Base of everything a user writes.

    Unknown keys are errors, text is never taken for a number, and nothing changes after loading.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        validate_by_alias=True,
        validate_by_name=False,
        defer_build=True,
    )


Items = Annotated[tuple[T, ...], Strict(strict=False)]
"""A YAML list, kept as a tuple; its members are still checked strictly."""

DnsLabel = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z]([-a-z0-9]*[a-z0-9])?$", max_length=63),
    Form(
        "a name of small letters, digits and `-` that starts with a letter, doesn't end with `-` "
        "and has at most 63 characters",
        ("iris-v2",),
        "It becomes the name of Kubernetes objects and a part of host names, and the API server "
        "refuses any other.",
    ),
]
"""A name for a Kubernetes object: an RFC 1123 label that starts with a letter."""

Text = Annotated[str, StringConstraints(min_length=1, max_length=4096)]
"""Any text that isn't empty."""

Group = Annotated[
    str,
    StringConstraints(pattern=r'^[^\s"\x00-\x1f]([^"\x00-\x1f]*[^\s"\x00-\x1f])?$', max_length=256),
    Form(
        'a name on one line of at most 256 characters, without `"` and without a space at its '
        "start or end",
        ("ml-platform",),
        "Argo CD refuses a project that names any other group, and all that is in it.",
    ),
]
"""A group of people, as whoever signs them in names it."""

EnvName = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=128),
    Form(
        "a name of letters, digits and `_` that doesn't start with a digit and has at most 128 "
        "characters",
        ("LOG_LEVEL",),
        "Programs and shells can't read an environment variable of any other name.",
    ),
]
"""A name for an environment variable."""

LabelKey = Annotated[
    str,
    StringConstraints(
        pattern=r"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$",
        max_length=317,
    ),
    Form(
        "a name of at most 63 letters, digits, `-`, `_` and `.`, which may have a DNS name and "
        "`/` in front",
        ("acme.com/team",),
        "The API server refuses a label of any other form.",
    ),
]
"""The key of a label, with or without a prefix."""

LabelValue = Annotated[
    str,
    StringConstraints(pattern=r"^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$", max_length=63),
    Form(
        "at most 63 letters, digits, `-`, `_` and `.`, the first and last a letter or digit",
        ("search",),
        "The API server refuses a label of any other form.",
    ),
]
"""The value of a label."""

Cidr = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}/[0-9]{1,2}$"),
    Form(
        "an IPv4 network, such as 10.0.0.0/16",
        ("10.0.0.0/16", "203.0.113.0/24"),
        "AWS takes networks only with the number of fixed bits behind the `/`.",
    ),
]
"""An IPv4 network such as 10.0.0.0/16; the rules check the numbers in it."""

Host = Annotated[
    str,
    StringConstraints(
        pattern=r"^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$", max_length=253
    ),
    Form(
        "a DNS name in small letters, without scheme, port or path",
        ("iris.example.com",),
        "It becomes the host of an Ingress and a DNS record, and neither takes anything else.",
    ),
]
"""A DNS name with at least one dot, in small letters."""

SecretRef = Annotated[
    str,
    StringConstraints(pattern=r"^aws-sm:[A-Za-z0-9/_+=.@-]{1,512}#[A-Za-z0-9_.-]{1,253}$"),
    Form(
        "where the secret lies, such as aws-sm:acme/huggingface#token",
        ("aws-sm:acme/huggingface#token",),
        "A secret that is written here itself would stay in the history of the repository for "
        "ever; only the place of one in AWS Secrets Manager is safe to commit.",
        shown=False,
    ),
]
"""A key of a secret in AWS Secrets Manager: aws-sm:NAME#KEY."""

Arn = Annotated[
    str,
    StringConstraints(pattern=r"^arn:aws[a-z-]*:[a-z0-9-]+:[^\s]*$"),
    Form(
        "an Amazon resource name, such as arn:aws:iam::111122223333:role/platform-admin",
        ("arn:aws:iam::111122223333:role/platform-admin",),
        "AWS finds resources of other accounts and regions only by their full name.",
    ),
]
"""An Amazon resource name."""
