"""Manifests of images: their digest, and what they run on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mlopsgen.lock.reference import Reference
from mlopsgen.lock.registry.errors import RegistryError, quoted
from mlopsgen.lock.registry.web import Answer

_INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_IMAGES = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
KINDS = (*_INDEXES, *_IMAGES)
"""Media types of what the kubelet can pull; the first manifests of Docker aren't among them."""

_CONFIGS = (
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.container.image.v1+json",
)
"""Media types of the configuration of a container; charts and signatures have others."""

_LOOK = "look at the registry and what stands before it, and don't use the image until it is clear"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a tag stands for."""

    digest: str
    platforms: tuple[str, ...] | None
    """Operating system and processor of each variant; None where it doesn't say."""

    strange: str = ""
    """What it is where it is no image of a container."""


def manifest(uri: str, wanted: Reference, answer: Answer) -> Manifest:
    """Return what *answer*, of the registry at *uri*, holds; its digest is computed, not believed.

    Raises RegistryError when it isn't a manifest, or not the one that the registry speaks of.
    """
    digest = f"sha256:{hashlib.sha256(answer.body).hexdigest()}"
    if answer.digest and answer.digest != digest:
        msg = (
            f"{uri} says that {quoted(wanted.text)} is {quoted(answer.digest)}, and sends what"
            f" hashes to `{digest}`"
        )
        raise RegistryError(msg, _LOOK)
    body = body_of(answer)
    kind = answer.kind if answer.kind in KINDS else body.get("mediaType")
    if kind in _INDEXES and isinstance(body.get("manifests"), list):
        return Manifest(digest, tuple(_platforms(body["manifests"])))
    if kind in _IMAGES and isinstance(body.get("config"), dict):
        config = body["config"].get("mediaType")
        return Manifest(digest, None, "" if config in _CONFIGS else str(config))
    if body.get("schemaVersion") == 1:
        return Manifest(digest, None, "an image of Docker's first format")
    msg = f"{uri} answered {quoted(wanted.text)} with {len(answer.body):,} bytes of no manifest"
    raise RegistryError(msg, _LOOK)


def body_of(answer: Answer) -> Mapping[str, Any]:
    """Return the JSON object in *answer*, empty where there is none."""
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _platforms(entries: list[Any]) -> Iterator[str]:
    """Yield what the variants run on; attestations stand among them as `unknown`."""
    for entry in entries:
        platform = entry.get("platform") if isinstance(entry, dict) else None
        if isinstance(platform, dict):
            found = f"{platform.get('os')}/{platform.get('architecture')}"
            if found != "unknown/unknown":
                yield found
