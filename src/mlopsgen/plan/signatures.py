"""Signatures: which images of the platform need one, and by whom, in Kyverno's words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from mlopsgen.diagnostics import SpecPath
from mlopsgen.plan.grants import Identity, Statement
from mlopsgen.plan.identities import Account
from mlopsgen.plan.images import named
from mlopsgen.plan.model import Part, Plan
from mlopsgen.spec import Platform, Signer

POLICY = "signed-images"
"""As users write it under `policies.audit`."""

_HUB = "docker.io"
_REGISTRY = re.compile(r"([0-9]{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com")
_LOGIN = Statement("LogInToEcr", ("ecr:GetAuthorizationToken",), ("*",), {})
"""IAM knows no resources for it (AWS, Service Authorization Reference, Amazon ECR)."""

_PULL = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
"""AWS, Amazon ECR User Guide, private repository policy examples: what pulling takes."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that images need, as the policy asks for it."""

    name: str
    references: tuple[str, ...]
    """What Kyverno compares images with; `*` stands for anything."""

    signers: tuple[tuple[str, str], ...]
    """Issuer and subject of each, as regular expressions that hold for the whole text."""

    origin: SpecPath


def signed(platform: Platform) -> tuple[Signed, ...]:
    """Return the signatures of *platform*, in the order they are written."""
    return tuple(
        Signed(
            name=name,
            references=tuple(ref for image in spec.images for ref in references(image)),
            signers=tuple(identity(signer) for signer in spec.signers),
            origin=("policies", "signatures", name),
        )
        for name, spec in platform.policies.signatures.items()
    )


def identity(signer: Signer) -> tuple[str, str]:
    """Return issuer and subject of *signer* as regular expressions of Go.

    Kyverno compares plain ones with wildcards, and expressions with any part of the text
    (v1.16.1 pkg/cosign/cosign.go, matchCertificateData); these are held at both ends.
    """
    subject = "[^/]*".join(_escaped(part) for part in signer.subject.split("*"))
    return f"^{_escaped(signer.issuer)}$", f"^{subject}$"


def _escaped(text: str) -> str:
    return re.sub(r"([.+])", r"\\\1", text)


def references(image: str) -> tuple[str, ...]:
    """Return what Kyverno has to compare with for *image*: whole names, tag or digest included.

    Of an image with both it sees the digest alone (v1.16.1 pkg/utils/image/infos.go, String).
    """
    return (image,) if image.endswith("*") else (f"{image}:*", f"{image}@*")


def seen(image: str) -> str:
    """Return *image* as Kyverno names it (v1.16.1 pkg/utils/image/infos.go, GetImageInfo).

    `nginx` is `docker.io/nginx` to it, without the `library` that the kubelet adds.
    """
    first, slash, _ = image.partition("/")
    if not slash or not ({".", ":"} & {*first} or first == "localhost"):
        image = f"{_HUB}/{image}"
    name, at, digest = image.partition("@")
    path, colon, tag = name.rpartition(":")
    if not colon or "/" in tag:
        path, tag = name, "latest"
    return f"{path}@{digest}" if at else f"{path}:{tag}"


def matches(wildcards: str, text: str) -> bool:
    """Say whether *text* is what *wildcards* stands for, in which `*` is anything."""
    return _pattern(wildcards).fullmatch(text) is not None


@cache
def _pattern(wildcards: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in wildcards.split("*")), re.DOTALL)


def covering(platform: Platform, image: str) -> tuple[Signed, ...]:
    """Return the signatures that *image* needs."""
    name = seen(image)
    return tuple(
        each for each in signed(platform) if any(matches(ref, name) for ref in each.references)
    )


def namespaces(plan: Plan) -> tuple[str, ...]:
    """Return where signatures are asked for: users' namespaces, but never Kyverno's own.

    Kyverno leaves its own out whatever is asked (excludeKyvernoNamespace), or it could not start.
    """
    kyverno = plan.parts.get("kyverno")
    own = kyverno.namespace if kyverno else ""
    spaces = (space.name for space in plan.namespaces.values() if space.workloads)
    return tuple(sorted(name for name in spaces if name != own))


def asked(plan: Plan) -> bool:
    """Say whether signatures are asked for anywhere."""
    return bool(plan.platform.policies.signatures) and bool(namespaces(plan))


def reader(platform: Platform, account: Account, part: Part) -> Identity | None:
    """Return the role that reads signatures in ECR; None where no image of ours is there.

    It may read the repositories of the images that the platform runs, one by one: an image that is
    started by hand from another repository can't be verified, and so doesn't start.
    """
    places = sorted(set(_repositories(platform)))
    if not places:
        return None
    return account.identity(
        part.namespace,
        part.facts.workloads["admission-controller"].service_account,
        (_LOGIN, Statement("ReadSignatures", _PULL, tuple(places), {})),
        key_actions=(),
        origin=part.origin,
    )


def _repositories(platform: Platform) -> Iterator[str]:
    for _, image in named(platform):
        if covering(platform, image) and (arn := repository(image)):
            yield arn


def repository(image: str) -> str | None:
    """Return the ARN of the repository of *image*; None of one that isn't in ECR."""
    registry, _, rest = image.partition("/")
    found = _REGISTRY.fullmatch(registry)
    if found is None:
        return None
    path = rest.partition("@")[0].partition(":")[0]
    return f"arn:aws:ecr:{found[2]}:{found[1]}:repository/{path}"
