"""Images: references that a registry understands, and that mean the same image tomorrow."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlopsgen.check.checked import Checked
from mlopsgen.diagnostics import Finding, SpecPath, rule
from mlopsgen.spec.said import named, quoted

_REFERENCE = re.compile(
    r"(?:(?P<host>[A-Za-z0-9](?:[-A-Za-z0-9.]*[A-Za-z0-9])?(?::[0-9]{1,5})?)/)?"
    r"(?P<path>[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*"
    r"(?:/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?"
    r"(?:@sha256:(?P<digest>[0-9a-f]{64}))?"
)
"""distribution/reference 0.6.0 reference.go, with sha256 as the only digest."""

_IN_IMAGE = "oci://"

_MOVING = frozenset(
    {"canary", "current", "dev", "develop", "edge", "head", "latest", "main", "master", "nightly",
     "prod", "production", "rolling", "stable", "staging", "test", "unstable"}
)  # fmt: skip
"""Tags that are pushed again by convention."""

_MAJOR = re.compile(r"v?[0-9]{1,2}")
"""A tag that is only a major version; registries move it with every release."""


def _named(checked: Checked) -> Iterator[tuple[SpecPath, str]]:
    """Yield the images of containers."""
    for at, own in checked.own():
        yield (*at, "image"), own.image


def _packed(checked: Checked) -> Iterator[tuple[SpecPath, str]]:
    """Yield the images that models are packed into."""
    for at, source, _ in checked.sources():
        if source.startswith(_IN_IMAGE):
            yield at, source.removeprefix(_IN_IMAGE)


@rule("IMG001")
def images_stay_the_same(checked: Checked) -> Iterator[Finding]:
    """An image is named by what doesn't change: a version or a digest.

    A tag that is pushed again, or none at all, which means `latest`, makes two runs of one
    pipeline run different code. Nobody could say which code a model was trained with.
    """
    for here, image in (*_named(checked), *_packed(checked)):
        match = _REFERENCE.fullmatch(image)
        if match is None or match["digest"]:
            continue
        name = image.removesuffix(f":{match['tag']}")
        fix = f"write a tag that is pushed once, such as `{name}:1.0.0`, or a digest"
        if match["tag"] is None:
            message = f"{named(here)} is {quoted(image)}, without a tag"
        elif _moves(match["tag"]):
            message = f"{named(here)} has the tag `{match['tag']}`, which is pushed again and again"
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
    for here, image in _named(checked):
        if _REFERENCE.fullmatch(image):
            continue
        bare = re.sub(r"^[a-z]+://", "", image.strip()).strip("/")
        path, colon, tag = (
            bare.rpartition(":") if ":" in bare.rpartition("/")[2] else (bare, "", "")
        )
        meant = f"{path.lower()}{colon}{tag}"
        if _REFERENCE.fullmatch(meant):
            fix = f"write `image: {meant}`"
        else:
            fix = "write it like `ghcr.io/acme/train:1.0.0`, in small letters"
        yield Finding(
            at=here,
            message=f"{named(here)} is {quoted(image)}, which is no image reference",
            fix=fix,
        )


RULES = (images_stay_the_same, images_are_references)
