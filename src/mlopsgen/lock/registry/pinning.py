"""From the reference of an image to its digest, by asking a registry that isn't trusted."""

from __future__ import annotations

from mlopsgen.diagnostics import Finding, SpecPath
from mlopsgen.lock.lockfile import LockedImage
from mlopsgen.lock.reference import Reference
from mlopsgen.lock.registry.distribution import ImageRegistries
from mlopsgen.lock.registry.errors import quoted
from mlopsgen.lock.rules import UNKNOWN_IMAGE, UNRUNNABLE

_NODES = "linux/amd64"


def pin(
    registries: ImageRegistries, wanted: Reference, at: SpecPath, now: str
) -> LockedImage | Finding:
    """Return the digest of *wanted*, written at *at*; *now* is the time to record."""
    image = quoted(wanted.text)
    found = registries.manifest(wanted)
    if found is None:
        return UNKNOWN_IMAGE.at(
            at,
            f"{quoted(wanted.host)} has no image {image}",
            fix="push it, or correct the name or tag",
        )
    if found.strange:
        return UNRUNNABLE.at(
            at,
            f"{image} is {quoted(found.strange)}, which no container is made from",
            fix="write an image of a container, built again where it is an old one",
        )
    if found.platforms is not None and _NODES not in found.platforms:
        there = ", ".join(quoted(each) for each in found.platforms[:8]) or "nothing"
        return UNRUNNABLE.at(
            at,
            f"{image} is for {there}; the nodes are {_NODES}",
            fix=f"build it for {_NODES} too: `docker buildx build --platform {_NODES}`",
        )
    return LockedImage(digest=found.digest, at=now)
