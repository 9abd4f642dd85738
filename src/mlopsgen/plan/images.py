"""Images: which ones generated/ names, and the digests they are pinned to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mlopsgen.diagnostics import SpecPath
from mlopsgen.facts import Runtime, runtime
from mlopsgen.lock import Lock, LockedImage, Reference, reference
from mlopsgen.spec import Image, Model, Platform

IN_IMAGE = "oci://"
"""What the source of a model that is packed into an image starts with."""


@dataclass(frozen=True, slots=True)
class Named:
    """An image that is named somewhere, by a tag alone: nothing but a lock says what is in it."""

    wanted: Reference
    at: SpecPath
    owner: str
    """The model or pipeline that needs it."""


@dataclass(frozen=True, slots=True)
class Digests:
    """The digests of images in one environment; none where images aren't pinned."""

    locked: Mapping[str, LockedImage]

    @classmethod
    def of(cls, platform: Platform, environment: str, lock: Lock) -> Digests:
        """Return the digests of *platform* in *environment*."""
        return cls(lock.images.get(environment, {}) if platform.images.pin else {})

    def pinned(self, image: str) -> str:
        """Return *image* with its digest behind the tag, which stays for people to read."""
        found = self.locked.get(image)
        return f"{image}@{found.digest}" if found and "@" not in image else image


def unpinned(platform: Platform) -> Iterator[Named]:
    """Yield the images that need a digest; none where images aren't pinned."""
    if not platform.images.pin:
        return
    for at, image in named(platform):
        wanted = reference(image)
        if wanted and wanted.digest is None:
            yield Named(wanted, at, str(at[1]))


def named(platform: Platform) -> Iterator[tuple[SpecPath, str]]:
    """Yield each image that is written into generated/, at the value that it comes from."""
    for name, model in platform.models.items():
        yield from _of_model(platform, ("models", name), model)
    for name, pipeline in platform.pipelines.items():
        for key, step in pipeline.steps.items():
            yield ("pipelines", name, "steps", key, "image"), step.image
        for key, last in pipeline.on_exit.items():
            yield ("pipelines", name, "onExit", key, "image"), last.image


def _of_model(platform: Platform, at: SpecPath, model: Model) -> Iterator[tuple[SpecPath, str]]:
    for keys, source in model.sources().items():
        if source.startswith(IN_IMAGE):
            yield (*at, *keys), source.removeprefix(IN_IMAGE)
    if model.transformer:
        yield (*at, "transformer", "image"), model.transformer.image
    if model.container:
        yield (*at, "container", "image"), model.container.image
    elif model.runtime != "custom" and (image := engine_image(platform, runtime(model.runtime))):
        yield (*at, "runtime"), image


def engine_image(platform: Platform, facts: Runtime) -> str | None:
    """Return the image of a server that KServe doesn't know, at the version users pinned."""
    if facts.serving_runtime:
        return None
    chosen = platform.components.declared().get(facts.component)
    tag = facts.image.tag
    if isinstance(chosen, Image) and chosen.version:
        tag = f"v{chosen.version.removeprefix('v')}" if tag.startswith("v") else chosen.version
    return f"{facts.image.repository}:{tag}"
