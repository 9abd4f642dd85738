"""Looking up the digests of images, for `lock`."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import replace

from mlopsgen.cli.registries import image_registries
from mlopsgen.cli.sources import ImageUse
from mlopsgen.diagnostics import Finding
from mlopsgen.lock import Lock, LockedImage
from mlopsgen.lock.registry import Deadline, pin

ImageUses = Mapping[str, Mapping[str, ImageUse]]
FoundImages = dict[str, dict[str, LockedImage]]


def due(uses: ImageUses, old: Lock, named: Collection[str] | None) -> ImageUses:
    """Return the images to be asked for: those not locked and those *named*, None for all.

    An image is named by itself, or by a model or pipeline that needs it.
    """
    return {
        environment: {
            text: use
            for text, use in here.items()
            if named is None
            or old.image(environment, text) is None
            or not {text, *use.owners}.isdisjoint(named)
        }
        for environment, here in uses.items()
    }


def pinned(uses: ImageUses, deadline: Deadline, now: str) -> tuple[FoundImages, list[Finding]]:
    """Return the digests of *uses*, each asked for once, and what is wrong with them."""
    found: FoundImages = {}
    findings: list[Finding] = []
    if not any(uses.values()):
        return found, findings
    answers: dict[str, LockedImage | Finding] = {}
    with image_registries(os.environ, deadline) as registries:
        for environment, here in uses.items():
            for text, use in here.items():
                if text not in answers:
                    answers[text] = pin(registries, use.wanted, use.at, now)
                answer = answers[text]
                if isinstance(answer, Finding):
                    findings.append(replace(answer, at=use.at, environments=(environment,)))
                else:
                    found.setdefault(environment, {})[text] = answer
    return found, findings
