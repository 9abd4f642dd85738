"""Signatures: of whom they have to be, and which images of the platform they are for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlopsgen.check.checked import Checked
from mlopsgen.diagnostics import Check, Finding, Related, Severity, SpecPath, rule
from mlopsgen.facts import component, runtime, versions
from mlopsgen.lock import reference
from mlopsgen.plan.images import engine_image
from mlopsgen.plan.images import named as images_named
from mlopsgen.plan.signatures import matches, references, seen
from mlopsgen.spec.said import listed, named, quoted

_PLACE = re.compile(r"(?P<host>[a-z][a-z0-9+.-]*://[^/]*)/(?P<owner>[^/]*)")
"""Of a URL, whose place it is: the host, and the first part of the path."""


@rule("SIGN001", Severity.WARNING)
def images_are_of_the_platform(checked: Checked) -> Iterator[Finding]:
    """What signatures are for is an image of the platform.

    A name that no image has is a mistake as often as not. The image that was meant would run
    without anybody looking for its signature.
    """
    images = {seen(image): image for _, image in images_named(checked.platform)}
    images |= {seen(image): image for _, image in _added(checked)}
    for name, spec in checked.platform.policies.signatures.items():
        for index, wanted in enumerate(spec.images):
            if any(matches(each, one) for one in images for each in references(wanted)):
                continue
            hosts = sorted({one.partition("@")[0].rpartition("/")[0] for one in images})
            runs = f"; the platform's are from {listed(hosts)}" if hosts else ""
            yield Finding(
                at=("policies", "signatures", name, "images", index),
                message=f"no image of the platform is {quoted(wanted)}{runs}",
                fix="write it as the image is written, without its tag, or take it away",
            )


@rule("SIGN002")
def signed_images_have_a_digest(checked: Checked) -> Iterator[Finding]:
    """An image that needs a signature is named by its digest.

    A signature is of a digest. A tag may be pushed again between two pods, so that one model would
    run what was reviewed beside what somebody else has signed; nobody could tell them apart in Git.
    """
    if checked.platform.images.pin:
        return  # platform.lock has the digests, and LOCK005 asks for those that it hasn't
    for at, image in images_named(checked.platform):
        known = reference(image)
        if known is None or known.digest:
            continue
        for need in _needs(checked, image):
            yield Finding(
                at=at,
                message=f"{named(at)} is {quoted(image)}, without a digest; {named(need)} asks for"
                " its signature",
                fix="write `images: {pin: true}` and run `mlopsgen lock`, or add the digest",
                related=(Related((*need, "images"), "the signature is asked for here"),),
            )


@rule("SIGN003")
def signers_are_somebody(checked: Checked) -> Iterator[Finding]:
    """Who may sign is somebody of yours.

    Anyone gets a certificate from an issuer such as GitHub, for workflows of their own. A star in
    the host or the owner of an identity lets all of them sign what runs in the cluster.
    """
    for name, spec in checked.platform.policies.signatures.items():
        for index, signer in enumerate(spec.signers):
            if wide := _wide(signer.subject):
                yield Finding(
                    at=("policies", "signatures", name, "signers", index, "subject"),
                    message=f"{quoted(signer.subject)} {wide}, so strangers can sign",
                    fix="name the owner, as in"
                    " `https://github.com/acme/*/.github/workflows/release.yaml@refs/heads/main`,"
                    " or the domain, as in `*@acme.com`",
                )


def _wide(subject: str) -> str:
    """Say what of *subject* is open to anybody; nothing when nothing is."""
    place = _PLACE.match(subject)
    if place is None:
        name, _, domain = subject.rpartition("@")
        if "://" in subject:
            return "names a host and nobody there"
        if "*" in domain or (not name and "*" in subject):
            return "has a `*` where the domain stands"
        return ""
    if "*" in place["host"]:
        return "has a `*` in the host"
    if "*" in place["owner"] or not place["owner"]:
        return "has a `*` where the owner stands" if place["owner"] else "names no owner"
    return ""


@rule("SIGN004", Severity.WARNING)
def signatures_are_for_images_of_ours(checked: Checked) -> Iterator[Finding]:
    """Signatures are asked of images that are named in platform.yaml.

    KServe and Argo Workflows put containers of their own into pods. Those are signed by their
    projects, if at all: where your signature is asked for, no model or step would start.
    """
    ours = {need for _, image in images_named(checked.platform) for need in _needs(checked, image)}
    told = set[tuple[SpecPath, str]]()
    for place, image in _added(checked):
        for need in _needs(checked, image):
            # One that is for nothing else was written for it.
            if need not in ours or (need, image) in told:
                continue
            told.add((need, image))
            spec = checked.platform.policies.signatures[str(need[-1])]
            index = next(
                number
                for number, wanted in enumerate(spec.images)
                if any(matches(each, seen(image)) for each in references(wanted))
            )
            yield Finding(
                at=(*need, "images", index),
                message=f"{quoted(spec.images[index])} is also for `{image}`, which isn't named in"
                " platform.yaml",
                fix="name your own images by more of their path, or give this one a signature of"
                " its own with the signers of its project",
                related=(Related(place, f"{named(place)} brings it"),),
            )


def _needs(checked: Checked, image: str) -> Iterator[SpecPath]:
    """Yield the signatures that *image* needs."""
    for name, spec in checked.platform.policies.signatures.items():
        if any(matches(each, seen(image)) for one in spec.images for each in references(one)):
            yield ("policies", "signatures", name)


def _added(checked: Checked) -> Iterator[tuple[SpecPath, str]]:
    """Yield the images that components put into pods, and those of KServe's own servers."""
    pinned = checked.platform.components.pinned()
    for name, model in checked.platform.models.items():
        if model.runtime != "custom" and not model.container:
            facts = runtime(model.runtime, pinned)
            if engine_image(checked.platform, facts) is None:
                yield ("models", name, "runtime"), f"{facts.image.repository}:{facts.image.tag}"
    for name in checked.platform.components.declared():
        known = pinned.get(name)
        brought = component(name, known if known in versions(name) else None).injected
        for image in brought.images if brought else ():
            yield ("components", name), image


RULES: tuple[Check[[Checked]], ...] = (
    images_are_of_the_platform,
    signed_images_have_a_digest,
    signers_are_somebody,
    signatures_are_for_images_of_ours,
)
