"""What Terraform and charts are given: files that no API server looks at before they are used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from mlopsgen.artifact import Artifact
from mlopsgen.diagnostics import Finding, Rule
from mlopsgen.facts import UnknownFact, hardware
from mlopsgen.plan import Plan
from mlopsgen.prove import schemas
from mlopsgen.prove.emitted import HELM, OUR_FAULT, TFVARS, origin, overruled
from mlopsgen.prove.wording import worded
from mlopsgen.spec import Component

VARIABLES = Rule(
    "ADMIT009",
    "Terraform is given what its modules ask for",
    "Terraform stops at a variable that is missing or of another form; one that it takes becomes"
    " what AWS refuses half way through an apply, or a disk without encryption.",
)
SETTINGS = Rule(
    "ADMIT010",
    "every chart is given what the platform relies on",
    "A chart takes its own default for what it isn't given: an open dashboard, a second monitor,"
    " a pod without limits, a controller that may write every Secret. Nothing says so.",
)
RULES = (VARIABLES, SETTINGS)


def given(plan: Plan, artifacts: Iterable[Artifact]) -> Iterator[Finding]:
    """Yield what is wrong with Terraform's variables, then with the values of charts."""
    for artifact in artifacts:
        if artifact.path == TFVARS:
            yield from _faults(artifact, VARIABLES, {})
            yield from _machines(artifact)
        elif artifact.path.startswith(HELM):
            part = plan.parts.get(artifact.path.removeprefix(HELM).removesuffix(".yaml"))
            spec = part.spec if part else None
            yield from _faults(
                artifact, SETTINGS, spec.values if isinstance(spec, Component) else {}
            )


def _machines(artifact: Artifact) -> Iterator[Finding]:
    """Yield the instance types that nobody knows, so that nothing can be fitted to them."""
    body = artifact.body if isinstance(artifact.body, Mapping) else {}
    for name, group in (body.get("eks_managed_node_groups") or {}).items():
        types = group.get("instance_types", ()) if isinstance(group, Mapping) else ()
        for type_ in types:
            try:
                hardware.instance(type_)
            except UnknownFact as fault:
                told = f"`{artifact.path}`: the node group `{name}` takes `{type_}`: {fault}"
                yield VARIABLES.at(origin(artifact), told, fix=OUR_FAULT)


def _faults(artifact: Artifact, rule: Rule, theirs: Mapping[str, object]) -> Iterator[Finding]:
    """Yield what the contract has against *artifact*, but for what users wrote themselves."""
    validator = schemas.of_file(artifact.path)
    if validator is None or validator.is_valid(artifact.body):
        return
    for error in validator.iter_errors(artifact.body):
        if not overruled(theirs, error.instance_path):
            told = f"`{artifact.path}`: {worded(error)}"
            why = schemas.because(error)
            yield rule.at(origin(artifact), told, fix=OUR_FAULT, why=why)
