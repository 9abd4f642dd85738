"""policies: what the cluster refuses in the namespaces of models and pipelines."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from mlopsgen.spec.base import DnsLabel, Items, Spec, Text
from mlopsgen.spec.form import Form

PolicyName = Literal[
    "confined-pods", "fixed-tags", "known-registries", "labelled-objects", "own-account",
    "signed-images",
]  # fmt: skip
"""A policy: what it asks for is in docs/how-to/policies.md."""

Registry = Annotated[
    str,
    StringConstraints(
        pattern=r"^[a-z0-9][a-z0-9.-]*(:[0-9]{1,5})?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$",
        max_length=253,
    ),
    Form(
        "a registry, with as much of the path as all its images have in common",
        ("ghcr.io/acme",),
        "Images are compared with it letter by letter, up to the next slash.",
    ),
]
"""The beginning of names of images: a host, then whole parts of a path."""


SignedImage = Annotated[
    str,
    StringConstraints(
        pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+(:[0-9]{1,5})?(/[a-z0-9*][a-z0-9._*-]*)+$",
        max_length=253,
    ),
    Form(
        "a registry and a path, without a tag or a digest; `*` stands for anything",
        ("ghcr.io/acme/*",),
        "Images are compared with it as Kyverno names them: by their registry and digest.",
    ),
]
"""Images by their names, whatever their tags: a star stands for anything, slashes too."""

Issuer = Annotated[
    str,
    StringConstraints(
        pattern=r"^https://[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?$",
        max_length=253,
    ),
    Form(
        "the URL of who vouches for identities, without `*`",
        ("https://token.actions.githubusercontent.com",),
        "An identity means something only together with the one who vouches for it.",
    ),
]
"""The URL of an OIDC issuer, as it stands in certificates."""

Subject = Annotated[
    str,
    StringConstraints(
        pattern=r"^[A-Za-z0-9._~:/@+=%#*-]*[A-Za-z0-9][A-Za-z0-9._~:/@+=%#*-]*$", max_length=500
    ),
    Form(
        "an identity as it stands in the certificate; `*` stands for anything but a slash",
        ("https://github.com/acme/ml/.github/workflows/release.yaml@refs/heads/main",),
        "Whoever has the identity can sign.",
    ),
]
"""An identity: of a workflow, its file and ref as a URL; of a person, an e-mail address."""


class Signer(Spec):
    """Who may sign: an identity, and who vouches for it."""

    issuer: Issuer
    """Who vouches for it: the URL of the OIDC issuer."""

    subject: Subject
    """The identity that signs; a star stands for anything but a slash."""


class Signature(Spec):
    """Images that run only with a signature by cosign, without keys, from one of the signers."""

    images: Annotated[Items[SignedImage], Field(min_length=1)]
    """The images it is for, by name; a star stands for anything."""

    signers: Annotated[Items[Signer], Field(min_length=1)]
    """Who may sign them: one signature, by any of these, is enough."""


class Policies(Spec):
    """What the API server refuses in the namespaces of models and pipelines."""

    registries: Annotated[Items[Registry], Field(min_length=1)] | None = None
    """Where images may come from; what the platform itself runs when left out."""

    signatures: dict[DnsLabel, Signature] = {}
    """Whose signature images need, which Kyverno verifies; an image of several needs each."""

    audit: dict[PolicyName, Text] = {}
    """Policies that only warn and write to the audit log, each with the reason why."""
