"""Images: references that a registry understands, and that mean the same image tomorrow."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlopsgen.check.checked import Checked
from mlopsgen.diagnostics import Check, Finding, Related, SpecPath, rule
from mlopsgen.lock import UNPINNED, reference
from mlopsgen.plan.images import IN_IMAGE, unpinned
from mlopsgen.spec.said import named, quoted

_MOVING = frozenset(
    {"canary", "current", "dev", "develop", "edge", "head", "latest", "main", "master", "nightly",
     "prod", "production", "rolling", "stable", "staging", "test", "unstable"}
)  # fmt: skip
"""Tags that are pushed again by convention."""

_MAJOR = re.compile(r"v?[0-9]{1,2}")
"""A tag that is only a major version; registries move it with every release."""


def _named(checked: Checked) -> Iterator[tuple[SpecPath, str, str]]:
    """Yield the images of containers, and those that models are packed into with their scheme."""
    for at, own in checked.own():
        yield (*at, "image"), "", own.image
    for at, source, _ in checked.sources():
        if source.startswith(IN_IMAGE):
            yield at, IN_IMAGE, source.removeprefix(IN_IMAGE)


@rule("IMG001")
def images_stay_the_same(checked: Checked) -> Iterator[Finding]:
    """An image is named by what doesn't change: a version or a digest.

    A tag that is pushed again, or none at all, which means `latest`, makes two runs of one
    pipeline run different code. Nobody could say which code a model was trained with.
    """
    if checked.platform.images.pin:
        return  # platform.lock says what is in each, and LOCK005 asks for what it doesn't say
    for here, _, image in _named(checked):
        found = reference(image)
        if found is None or found.digest:
            continue
        fix = (
            f"write a tag that is pushed once, such as `{found.name}:1.0.0`, or a digest; or let"
            " `images: {pin: true}` look the digest up"
        )
        if found.tag is None:
            message = f"{named(here)} is {quoted(image)}, without a tag"
        elif _moves(found.tag):
            message = f"{named(here)} has the tag `{found.tag}`, which is pushed again and again"
        else:
            continue
        yield Finding(at=here, message=message, fix=fix)


def _moves(tag: str) -> bool:
    """Whether *tag* is one that is pushed again: latest, latest-gpu, v1."""
    word = tag.lower()
    return word in _MOVING or word.startswith("latest-") or _MAJOR.fullmatch(word) is not None


@rule("IMG002")
def images_are_references(checked: Checked) -> Iterator[Finding]:
    """An image is a reference that registries understand.

    The kubelet can't pull any other. The step would wait with InvalidImageName until its deadline
    has passed.
    """
    for here, scheme, image in _named(checked):
        if reference(image):
            continue
        bare = re.sub(r"^[a-z]+://", "", image.strip()).strip("/")
        path, colon, tag = (
            bare.rpartition(":") if ":" in bare.rpartition("/")[2] else (bare, "", "")
        )
        meant = f"{path.lower()}{colon}{tag}"
        if reference(meant):
            fix = f"write `{here[-1]}: {scheme}{meant}`"
        else:
            fix = f"write it like `{scheme}ghcr.io/acme/train:1.0.0`, in small letters"
        yield Finding(
            at=here,
            message=f"{named(here)} is {quoted(f'{scheme}{image}')}, which is no image reference",
            fix=fix,
        )


def _pinned(checked: Checked) -> Iterator[Finding]:
    """Yield the images that platform.lock has no digest of in this environment."""
    environment = checked.environment
    for each in unpinned(checked.platform):
        image = each.wanted.text
        if checked.lock.image(environment, image) is None:
            yield Finding(
                at=each.at,
                message=f"platform.lock doesn't say which digest {quoted(image)} has in"
                f" `{environment}`",
                fix="run `mlopsgen lock`",
                related=(Related(("images", "pin"), "images are pinned here"),),
            )


PINNED = Check(UNPINNED, _pinned)

RULES = (images_stay_the_same, images_are_references, PINNED)
