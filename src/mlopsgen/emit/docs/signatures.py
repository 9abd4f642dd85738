"""Signatures: which images run only when they are signed, by whom, and which run without."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.emit.docs.access import code, table
from mlopsgen.plan import Plan
from mlopsgen.plan.images import named
from mlopsgen.plan.signatures import POLICY, covering, namespaces

_INTRODUCTION = """\
# Which images need a signature in {cluster}

Kyverno verifies them when a pod is created in {namespaces}. An image without the signature {ends}.
"""
_REFUSED = "doesn't start"
_WARNED = "starts with a warning: {reason}"
_SIGNERS = ("signature", "images", "signed by", "vouched for by")
_IMAGES = ("image", "run by", "needs")


def signatures(plan: Plan) -> str:
    """Return the document of *plan* in Markdown."""
    reason = dict[str, str](plan.platform.policies.audit.items()).get(POLICY)
    listed = ", ".join(code(each) for each in namespaces(plan))
    ends = _WARNED.format(reason=reason) if reason else _REFUSED
    parts = [
        _INTRODUCTION.format(cluster=plan.scope.cluster, namespaces=listed, ends=ends),
        table(_SIGNERS, _signers(plan)),
        f"## Images\n\n{table(_IMAGES, _images(plan))}",
    ]
    return "\n".join(parts)


def _signers(plan: Plan) -> Iterator[tuple[str, ...]]:
    for name, spec in plan.platform.policies.signatures.items():
        images = ", ".join(code(each) for each in spec.images)
        for signer in spec.signers:
            yield code(name), images, code(signer.subject), code(signer.issuer)


def _images(plan: Plan) -> Iterator[tuple[str, ...]]:
    """Yield the images of all pods in users' namespaces, those of components' making last."""
    found: dict[str, list[str]] = {}
    for at, image in named(plan.platform):
        found.setdefault(image, []).append(f"{at[0]}.{at[1]}")
    for one in plan.served:
        if one.image is None and not one.spec.container:
            image = f"{one.runtime.image.repository}:{one.runtime.image.tag}"
            found.setdefault(image, []).append(f"models.{one.model}")
    for part in plan.parts.values():
        for image in part.facts.injected.images if part.facts.injected else ():
            found.setdefault(image, []).append(f"components.{part.name}")
    for image, users in found.items():
        needed = ", ".join(code(each.name) for each in covering(plan.platform, image))
        yield code(image), ", ".join(code(each) for each in dict.fromkeys(users)), needed or "none"
