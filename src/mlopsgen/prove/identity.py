"""Identity: each workload has the role that it needs in AWS, with its grants and no others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from mlopsgen.artifact import Object
from mlopsgen.diagnostics import Finding, Related, SpecPath, rule
from mlopsgen.prove import identity_limits, identity_nodes
from mlopsgen.prove.emitted import OUR_FAULT, TFVARS, Emitted
from mlopsgen.prove.grants import Grant, Grants, Need, granted, worded
from mlopsgen.prove.needs import needs
from mlopsgen.prove.takers import Taker, takers

FIX = (
    "take the value out of platform.yaml that overrules what was planned; if there is none,"
    f" {OUR_FAULT}"
)


@dataclass(frozen=True, slots=True)
class _Roles:
    """The roles in Terraform's variables, and what each grants."""

    rows: Mapping[str, Object]
    granted: Mapping[str, Grants]
    origins: Mapping[str, SpecPath]
    """The value in platform.yaml that each comes from."""

    @classmethod
    def of(cls, emitted: Emitted) -> _Roles:
        rows: Mapping[str, Object] = emitted.terraform.get("irsa_roles", {})
        origins = {each.role: each.origin for each in emitted.plan.identities}
        return cls(rows, {name: granted(row) for name, row in rows.items()}, origins)

    def trusted(self, name: str) -> str:
        """Return the service account that may take a role, after its namespace."""
        row = self.rows[name]
        return f"{row.get('namespace', '')}/{row.get('service_account', '')}"

    def origin(self, name: str) -> SpecPath:
        """Return the value in platform.yaml that a role comes from."""
        return self.origins.get(name, ("aws",))


def proved(emitted: Emitted) -> Iterator[Finding]:
    """Yield what would go wrong with the roles of *emitted*."""
    roles, taking, needed = _Roles.of(emitted), list(takers(emitted)), list(needs(emitted))
    yield from roles_are_taken(emitted, roles, taking)
    yield from grants_are_there(roles, taking, needed)
    yield from grants_are_needed(roles, taking, needed)
    for each in (*identity_limits.CHECKS, *identity_nodes.CHECKS):
        yield from each(emitted)


@rule("IDENT001")
def roles_are_taken(emitted: Emitted, roles: _Roles, taking: Iterable[Taker]) -> Iterator[Finding]:
    """Every role is taken by the one service account that it trusts.

    A role trusts one service account of one namespace, by name. Any other that asks for it is
    refused by STS, and its pods find no credentials: every call to AWS fails while they run.
    """
    number, taken = emitted.terraform.get("account_id", ""), set[str]()
    foreign = set[str]()
    for taker in taking:
        name = taker.arn.rpartition("role/")[2]
        asking = f"{taker.namespace}/{taker.account}"
        if name not in roles.rows and taker.theirs:
            foreign.add(asking)
        elif name not in roles.rows or taker.arn != f"arn:aws:iam::{number}:role/{name}":
            told = f"takes the role `{taker.arn}`, which isn't one of Terraform's"
            yield _misfit(taker.at, f"{taker.subject} {told}")
        elif asking != roles.trusted(name):
            told = f"takes the role `{name}` as `{asking}`; the role trusts"
            yield _misfit(taker.at, f"{taker.subject} {told} `{roles.trusted(name)}`")
        taken.add(name)
    for name in roles.rows:
        if name not in taken and roles.trusted(name) not in foreign:
            told = f"the role `{name}` trusts `{roles.trusted(name)}`, which doesn't take it"
            yield _misfit(roles.origin(name), f"`{TFVARS}`: {told}")
    yield from identity_nodes.karpenter(emitted)


def _misfit(at: SpecPath, message: str) -> Finding:
    return Finding(at=at, message=message, fix=_fix(at))


def _fix(at: SpecPath) -> str:
    """Return what mends it; what is among Helm values users wrote themselves."""
    return f"take `{at[-1]}` away" if at[2:3] == ("values",) else FIX


@rule("IDENT002")
def grants_are_there(
    roles: _Roles, taking: Iterable[Taker], needed: Iterable[Need]
) -> Iterator[Finding]:
    """Every workload may do in AWS what it is there for.

    What a role doesn't grant is refused while the pods run: a model doesn't load, a step fails at
    its end when it writes what it computed. Files in the artifact bucket also need the key that
    they are encrypted with. A pod without a role gets none of its node's either.
    """
    taken = {(each.namespace, each.account): each.arn.rpartition("role/")[2] for each in taking}
    for need in needed:
        name = taken.get((need.namespace, need.account))
        if name is None:
            told = f"its service account `{need.namespace}/{need.account}` takes no role"
            yield _misfit(need.at, f"{need.subject} {need.does}, and {told}")
        elif name in roles.rows and (lacking := _lacking(roles.granted[name], need.grants)):
            at = roles.origin(name)
            related = (Related(at, "the role comes from here"),) if at != need.at else ()
            for each in worded(lacking):
                message = f"{need.subject} {need.does}; its role `{name}` lacks {each}"
                yield Finding(at=need.at, message=message, fix=_fix(need.at), related=related)


def _lacking(given: Grants, wanted: Grants) -> list[Grant]:
    """Return what of *wanted* no grant covers, be it the same or a wider one."""
    missing = wanted - given
    return [one for one in missing if not any(_covers(each, one) for each in given)]


def _covers(wide: Grant, narrow: Grant) -> bool:
    if wide.action != narrow.action or wide.conditions not in ((), narrow.conditions):
        return False
    start, star, rest = wide.resource.partition("*")
    below = bool(star) and not rest and narrow.resource.startswith(start)
    return below or wide.resource == narrow.resource


@rule("IDENT003")
def grants_are_needed(
    roles: _Roles, taking: Iterable[Taker], needed: Iterable[Need]
) -> Iterator[Finding]:
    """No role may do more than its workloads need.

    Whoever gets into a pod can do all that its role may. A grant that nothing of the workload
    asks for is of use to nobody else.
    """
    wanted: dict[str, set[Grant]] = {}
    for need in needed:
        wanted.setdefault(f"{need.namespace}/{need.account}", set()).update(need.grants)
    for taker in taking:
        name = taker.arn.rpartition("role/")[2]
        account = f"{taker.namespace}/{taker.account}"
        if taker.published or name not in roles.rows or account != roles.trusted(name):
            continue
        given, asked = roles.granted[name], frozenset(wanted.get(account, ()))
        # What a role has in a wrong place is said where the right one lacks it.
        if given == asked or _lacking(given, asked):
            continue
        for each in worded(given - asked):
            told = f"nothing of `{account}` needs what its role `{name}` may do: {each}"
            yield _misfit(roles.origin(name), f"`{TFVARS}`: {told}")


RULES = (
    roles_are_taken.rule,
    grants_are_there.rule,
    grants_are_needed.rule,
    *(each.rule for each in identity_limits.CHECKS),
    *(each.rule for each in identity_nodes.CHECKS),
)
