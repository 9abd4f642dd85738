"""Terraform: what platform.tfvars.json gives, the modules of the project take, and they get it all.

Only where `infrastructure/terraform/modules/platform` lies beside platform.yaml: whoever has other
Terraform reads the file in a way of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mlopsgen.artifact import Artifact
from mlopsgen.diagnostics import Finding, Place, Related, Rule, Severity, SpecPath
from mlopsgen.load import MODULES, Modules
from mlopsgen.prove.terraform_types import mistakes

FILE = "terraform/platform.tfvars.json"

UNREAD = Rule(
    "TFVAR001",
    "a generated variable is read",
    "Terraform says nothing of a value in a file that no module reads. What platform.yaml asks for"
    " is planned, approved and applied, and never made.",
    Severity.WARNING,
)
MISTYPED = Rule(
    "TFVAR002",
    "a generated variable has the type that its module declares",
    "Terraform refuses a value of another type, and drops what an object doesn't declare without a"
    " word: a condition of a grant, or the taint of a node.",
)
MISSING = Rule(
    "TFVAR003",
    "a variable that a module has to have is generated",
    "Terraform stops at the first plan, after the platform was reviewed and merged.",
)
UNUSED = Rule(
    "TFVAR004",
    "what a module reads is what mlopsgen writes",
    "The module takes its default for ever, whatever platform.yaml says: the value went away, or"
    " got another name, in a later version of mlopsgen.",
    Severity.WARNING,
)
BROKEN = Rule(
    "TFVAR005",
    "the modules of the project can be read",
    "Nobody looks whether they take what is generated, before Terraform does.",
    Severity.WARNING,
)
RULES = (UNREAD, MISTYPED, MISSING, UNUSED, BROKEN)

OPTIONAL = frozenset(
    {
        "argocd_access",
        "artifacts",
        "bootstrap_manifest",
        "database",
        "event_queues",
        "karpenter",
    }
)
"""Left out by a platform that has no such part."""

_OF_ROOTS = frozenset({"environment", "platform"})
"""Read by the roots and by the scripts, for the names of the state and of roles."""

_UPDATE = f"take {MODULES} from the version of mlopsgen that builds, and `terraform plan`"

_ORIGINS: Mapping[str, SpecPath] = {
    "access_entries": ("cluster", "admins"),
    "argocd_access": ("gitops", "hub"),
    "artifacts": ("storage", "artifacts"),
    "bootstrap_manifest": ("gitops",),
    "cluster_addons": ("components",),
    "database": ("storage", "database"),
    "eks_managed_node_groups": ("nodePools",),
    "event_queues": ("pipelines",),
    "helm_releases": ("components",),
    "irsa_roles": ("components",),
    "karpenter": ("components", "karpenter"),
    "node_security_group_additional_rules": ("components",),
}
"""What in platform.yaml a variable is made of; the others come from `aws` and `cluster`."""


def taken(modules: Modules | None, artifacts: Sequence[Artifact]) -> Iterator[Finding]:
    """Yield where the generated variables and the *modules* of the project disagree."""
    given = next((each.body for each in artifacts if each.path == FILE), None)
    if modules is None or not isinstance(given, Mapping):
        return
    for broken in modules.unread:
        yield _broken(broken)
    # Without one of the files nobody knows what is missing.
    if modules.unread:
        return
    for name, value in given.items():
        if name not in modules.reads and name not in _OF_ROOTS:
            yield _unread(name)
        yield from _mistyped(name, value, modules)
    for name in modules.reads:
        if name not in given:
            yield from _absent(name, modules)


def _broken(broken: Related) -> Finding:
    file = broken.at.file if isinstance(broken.at, Place) else MODULES
    fix = f"run `terraform fmt` and `terraform validate` in {MODULES}"
    return BROKEN.at(broken.at, f"`{file}` isn't read as Terraform: {broken.message}", fix=fix)


def _unread(name: str) -> Finding:
    return UNREAD.at(
        _origin(name),
        f"`{name}` of {FILE} is read by nothing in {MODULES}/platform",
        fix=_UPDATE,
    )


def _mistyped(name: str, value: object, modules: Modules) -> Iterator[Finding]:
    """Yield what is wrong with *value* in each module that it is handed to."""
    at = _origin(name)
    for read in modules.reads.get(name, ()):
        if not read.module:
            continue
        module = f"{MODULES}/{read.module}"
        if read.variable is None:
            message = f"`{name}` is handed to {module}, which doesn't declare it"
            yield MISTYPED.at(at, message, fix=_UPDATE, related=_here("read", read.place))
        elif read.variable.type is None:
            message = f"`{name}` is declared in {module} with a type that Terraform hasn't"
            place = read.variable.place
            yield MISTYPED.at(at, message, fix=_UPDATE, related=_here("declared", place))
        else:
            found = mistakes(name, value, read.variable.type)
            # What is wrong with one node group is wrong with all: the first shows it.
            for mistake in {(each.place, each.about): each for each in reversed([*found])}.values():
                related = _here("declared", mistake.place)
                yield MISTYPED.at(at, mistake.message, fix=_UPDATE, related=related)


def _absent(name: str, modules: Modules) -> Iterator[Finding]:
    """Yield that *name* is read and not given, once for each place."""
    for read in modules.reads[name]:
        related = _here("read", read.place)
        if not read.optional:
            looked_up = f'write `lookup(local.platform, "{name}", null)`, or {_UPDATE}'
            message = f"{MODULES}/platform needs `{name}`, which {FILE} doesn't have"
            fix = looked_up if name in OPTIONAL else _UPDATE
            yield MISSING.at(_origin(name), message, fix=fix, related=related)
        elif name not in OPTIONAL:
            message = f"{MODULES}/platform looks for `{name}`, which mlopsgen never writes"
            yield UNUSED.at(
                _origin(name), message, fix=f"delete it there, or {_UPDATE}", related=related
            )


def _here(done: str, place: Place) -> tuple[Related, ...]:
    return (Related(place, f"{done} here"),)


def _origin(name: str) -> SpecPath:
    return _ORIGINS.get(name, ("cluster",) if name.startswith("cluster_") else ("aws",))
