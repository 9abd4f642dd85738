"""Signatures: no pod starts without those that platform.yaml asks for, and no other pod waits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from mlopsgen.artifact import Artifact
from mlopsgen.diagnostics import Finding, Rule, SpecPath
from mlopsgen.lock import reference
from mlopsgen.plan import Plan
from mlopsgen.plan.signatures import POLICY, Signed, matches, namespaces, signed
from mlopsgen.prove.created import Created
from mlopsgen.prove.emitted import OUR_FAULT, Emitted, origin
from mlopsgen.prove.signing import Asked, asked, pods, selected
from mlopsgen.spec.said import listed

UNSIGNED = Rule(
    "SIGN005",
    "no image runs without the signature that it needs",
    "Kyverno verifies what its policies name, in the namespaces that it is asked about. Everything"
    " else starts as it is, and nothing says that it has not been looked at.",
)
WIDER = Rule(
    "SIGN006",
    "Kyverno judges the images and namespaces that platform.yaml names",
    "A pod that Kyverno is asked about doesn't start while it is away, nor without a signature."
    " Pods of Kubernetes or of components could keep the cluster from mending itself.",
)
RULES = (UNSIGNED, WIDER)

_OFF = {
    "features.forceFailurePolicyIgnore.enabled": "lets every pod start while Kyverno is away",
    "features.policyExceptions.enabled": "lets exceptions in the cluster take images out",
}
"""Helm values that have to stay false, and what true does."""

_LEAVES_OUT = (
    "config.excludeClusterRoles",
    "config.excludeGroups",
    "config.excludeRoles",
    "config.excludeUsernames",
    "config.matchConditions",
    "config.resourceFilters",
    "config.resourceFiltersInclude",
    "config.resourceFiltersIncludeNamespaces",
    "config.webhooks.objectSelector",
)
"""Helm values by which Kyverno isn't asked, or doesn't look."""

_MEND = "take what overrules it out of `components.kyverno.values`"


def verified(emitted: Emitted) -> Iterator[Finding]:
    """Yield what the emitted policies and values leave unverified, and what they stop beyond."""
    plan = emitted.plan
    wanted = {each.name: each for each in signed(plan.platform)} if namespaces(plan) else {}
    found = tuple(asked(emitted.artifacts))
    spoilt = set[str]()
    for name, each in wanted.items():
        told = tuple(_held(plan, each, [rule for rule in found if rule.name == name]))
        spoilt |= {name} if told else set()
        yield from told
    for rule in found:
        if rule.name not in wanted:
            said = f"`{rule.artifact.path}`: the rule `{rule.name}` isn't in `policies.signatures`"
            yield WIDER.at(origin(rule.artifact), said, fix=OUR_FAULT)
    if wanted:
        yield from _asked_about(emitted)
    if plan.platform.policies.signatures:
        yield from _named(plan, emitted.artifacts, found, spoilt)


def _held(plan: Plan, wanted: Signed, rules: Sequence[Asked]) -> Iterator[Finding]:
    """Yield what differs between a signature and the rules that are to ask for it."""
    if not rules:
        said = f"no policy asks for the signature `{wanted.name}`"
        yield UNSIGNED.at(wanted.origin, said, fix=OUR_FAULT)
    audited = POLICY in plan.platform.policies.audit
    spaces = frozenset(namespaces(plan))
    for rule in rules:
        here = f"`{rule.artifact.path}`: the rule `{rule.name}`"
        if not rule.refuses and not audited:
            said = f"{here} lets images run without their signature"
            yield UNSIGNED.at(wanted.origin, said, fix=OUR_FAULT)
        references, signers = frozenset(wanted.references), frozenset(wanted.signers)
        for rule_of, what, lacks, has in (
            (UNSIGNED, "isn't in force in", spaces, rule.namespaces),
            (WIDER, "is in force in", rule.namespaces, spaces),
            (UNSIGNED, "isn't for", references, rule.references),
            (WIDER, "is for", rule.references, references),
            (UNSIGNED, "is content with a signature by", _people(rule.signers), _people(signers)),
            (WIDER, "doesn't know the signer", _people(signers), _people(rule.signers)),
        ):
            for each in sorted(lacks - has):
                yield rule_of.at(wanted.origin, f"{here} {what} `{each}`", fix=OUR_FAULT)


def _people(signers: Iterable[tuple[str, str]]) -> frozenset[str]:
    return frozenset(f"{subject} of {issuer}" for issuer, subject in signers)


def _asked_about(emitted: Emitted) -> Iterator[Finding]:
    """Yield the namespaces that the API server doesn't ask Kyverno about, or should not."""
    plan = emitted.plan
    at: SpecPath = ("components", "kyverno")
    selector = emitted.value("kyverno", "config.webhooks.namespaceSelector")
    expressions = _expressions(selector)
    covered = namespaces(plan)
    for name in covered:
        if not selected(expressions, name):
            said = f"`helm/kyverno.yaml`: Kyverno isn't asked about pods of the namespace `{name}`"
            yield UNSIGNED.at((*at, "values"), said, fix=_MEND)
    kyverno = plan.parts["kyverno"].namespace
    others = {"kube-system", *plan.namespaces} - {*covered, kyverno}
    if wider := sorted(name for name in others if selected(expressions, name)):
        said = f"`helm/kyverno.yaml`: Kyverno is asked about pods of {listed(wider)}"
        yield WIDER.at((*at, "values"), said, fix=_MEND)
    for path, what in _OFF.items():
        if emitted.value("kyverno", path) is not False:
            said = f"`helm/kyverno.yaml`: `{path}` isn't false, which {what}"
            yield UNSIGNED.at((*at, "values"), said, fix=_MEND)
    for path in _LEAVES_OUT:
        if emitted.theirs("kyverno", path) is not None:
            said = f"`components.kyverno.values` has `{path}`: what it leaves out isn't verified"
            yield UNSIGNED.at((*at, "values", *path.split(".")), said, fix=_MEND)


def _expressions(selector: object) -> Sequence[Mapping[str, Any]]:
    """Return what a selector asks for; one that isn't a selector asks for nothing."""
    found = selector.get("matchExpressions") if isinstance(selector, Mapping) else None
    rows = found if isinstance(found, list | tuple) else ()
    labels = selector.get("matchLabels") if isinstance(selector, Mapping) else None
    pairs = labels.items() if isinstance(labels, Mapping) else ()
    return (
        *(each for each in rows if isinstance(each, Mapping)),
        *({"key": key, "operator": "In", "values": [value]} for key, value in pairs),
    )


def _named(
    plan: Plan, artifacts: Sequence[Artifact], rules: Sequence[Asked], spoilt: set[str]
) -> Iterator[Finding]:
    """Yield the images of pods that a signature is for by name, and not as Kyverno names them."""
    own, specs = plan.parts["kyverno"].namespace, plan.platform.policies.signatures
    spaces, told = {own, *namespaces(plan)}, set[tuple[str, str, bool]]()
    for one, images in pods(plan, artifacts):
        for image in images if one.namespace in spaces else ():
            known = reference(image)
            name = f"{known.host}/{known.path}" if known else image
            for key, spec in specs.items():
                inside, meant = one.namespace == own, any(matches(g, name) for g in spec.images)
                if not meant or key in spoilt or (key, image, inside) in told:
                    continue
                asks = any(rule.covers(image) for rule in rules if rule.name == key)
                if inside or not asks:
                    told.add((key, image, inside))
                    yield _unseen(one, key, image, name, inside=inside)


def _unseen(one: Created, key: str, image: str, name: str, *, inside: bool) -> Finding:
    """Return that *image*, whose whole name is *name*, isn't seen to need the signature *key*."""
    said = f"`{one.artifact.path}`: the image `{image}`"
    if inside:
        return UNSIGNED.at(
            origin(one.artifact),
            f"{said} needs the signature `{key}` and runs in the namespace `{one.namespace}`, which"
            " is Kyverno's own: it never looks there",
            fix="run it in another namespace",
        )
    return UNSIGNED.at(
        ("policies", "signatures", key, "images"),
        f"{said} is `{name}`, which `{key}` is for, and Kyverno knows it by another name",
        fix=f"write the image as `{name}`, with its tag or digest behind it",
    )
