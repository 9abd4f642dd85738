"""References: every name in what was emitted is the name of something that will be there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from mlopsgen.diagnostics import Finding, SpecPath, rule
from mlopsgen.plan.parts import SHARED_NAMESPACES
from mlopsgen.prove import addresses, agreement, fittings, made_names, selectors
from mlopsgen.prove.emitted import OUR_FAULT, Emitted
from mlopsgen.prove.known import Known, known
from mlopsgen.prove.names_in_objects import Reference, references
from mlopsgen.prove.pods import Pod, pods
from mlopsgen.prove.services import services
from mlopsgen.spec.keys import closest

FIX = (
    f"change the value in platform.yaml that the object came from; if none is to blame, {OUR_FAULT}"
)


def proved(
    emitted: Emitted, running: Sequence[Pod] = (), named: Sequence[Reference] = ()
) -> Iterator[Finding]:
    """Yield the names in *emitted* that lead nowhere, and those that things share.

    Its pods and the names in its objects are looked for where they aren't given.
    """
    running, serving = running or list(pods(emitted)), services(emitted)
    yield from names_lead_somewhere(emitted, named or references(emitted, running))
    yield from addresses.addresses_are_answered(emitted, running, serving)
    yield from selectors.selectors_select(emitted, running, serving)
    yield from made_names.made_names_fit(emitted, serving)
    yield from agreement.files_agree(emitted)
    yield from fittings.parts_of_pods_fit(emitted, running)


@rule("RESOLVE001")
def names_lead_somewhere(emitted: Emitted, named: Iterable[Reference]) -> Iterator[Finding]:
    """Every name in an object is the name of something.

    Kubernetes takes a name of what isn't there: the pod waits for its Secret or ConfigMap, the
    Application for its folder, the binding for its account, and nothing says that it is for ever.
    """
    there = known(emitted)
    for each in named:
        if not _leads(there, each):
            yield _adrift(there, each)
    for found, kind, name, names in there.files(emitted):
        if name not in names:
            yield _finding(found.origin, f"{found.subject} names the {kind} `{name}`", name, names)
    for subject, at, secret in there.values(emitted):
        keys = there.keys("Secret", secret.namespace, secret.name) or ()
        if secret.key not in keys:
            told = f"{subject} reads `{secret.key}` of the Secret"
            message = f"{told} `{secret.namespace}/{secret.name}`"
            yield _finding(at, message, secret.key, keys)


def _leads(there: Known, each: Reference) -> bool:
    if each.kind == "Namespace" and each.name in SHARED_NAMESPACES:
        return True
    found = there.keys(each.kind, each.namespace, each.name)
    return found is not None and (not each.key or each.key in found)


def _adrift(there: Known, each: Reference) -> Finding:
    place = f"{each.namespace}/{each.name}" if each.namespace else each.name
    told = f"{each.owner.subject} names the {each.kind} `{place}`"
    found = there.keys(each.kind, each.namespace, each.name)
    if found is None:
        alike = there.names(each.kind, each.namespace)
        return _finding(each.owner.origin, told, each.name, alike)
    return _finding(each.owner.origin, f"{told} with `{each.key}`", each.key, found)


def _finding(at: SpecPath, told: str, name: str, alike: Iterable[str]) -> Finding:
    near = closest(name, sorted(alike))
    hint = f"; there is `{near}`" if near else ""
    return Finding(at=at, message=f"{told}, which isn't there{hint}", fix=FIX)


RULES = (
    names_lead_somewhere.rule,
    addresses.addresses_are_answered.rule,
    selectors.selectors_select.rule,
    made_names.made_names_fit.rule,
    agreement.files_agree.rule,
    fittings.parts_of_pods_fit.rule,
)
