"""What Terraform and charts are given: files that no API server looks at before they are used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from jsonschema_rs import ValidationError
from jsonschema_rs import ValidationErrorKind as Kind

from mlopsgen.artifact import Artifact
from mlopsgen.diagnostics import Finding, Rule
from mlopsgen.facts import UnknownFact, hardware
from mlopsgen.plan import Plan
from mlopsgen.prove import chosen as choices
from mlopsgen.prove import schemas
from mlopsgen.prove.chosen_faults import Ground
from mlopsgen.prove.chosen_words import classes
from mlopsgen.prove.emitted import (
    HELM,
    OUR_FAULT,
    TFVARS,
    origin,
    reached,
    values_of_users,
    written,
)
from mlopsgen.prove.wording import worded

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
RULES = (VARIABLES, SETTINGS, *choices.RULES)


def given(plan: Plan, artifacts: Sequence[Artifact]) -> Iterator[Finding]:
    """Yield what is wrong with Terraform's variables, then with the values of charts."""
    names = classes(
        each.get("metadata", {}).get("name", "")
        for artifact in artifacts
        for each in artifact.objects
        if each.get("kind") == "PriorityClass"
    )
    for artifact in artifacts:
        if artifact.path == TFVARS:
            for error in _errors(artifact):
                yield _fault(artifact, VARIABLES, error)
            yield from _machines(artifact)
        elif artifact.path.startswith(HELM):
            part = plan.parts.get(artifact.path.removeprefix(HELM).removesuffix(".yaml"))
            yield from _settings(artifact, Ground(plan, part, names) if part else None)


def _settings(artifact: Artifact, ground: Ground | None) -> Iterator[Finding]:
    """Yield what is wrong with the values of a chart, those of users after ours."""
    theirs = values_of_users(ground.part) if ground else {}
    wrong: list[ValidationError] = []
    for error in _errors(artifact):
        path = error.instance_path
        if not written(theirs, path):
            yield _fault(artifact, SETTINGS, error)
        elif not _lacks(error):
            wrong.append(error)
        # A map that is theirs alone may have as little as they like in it.
        elif reached(theirs, path) != reached(artifact.body, path):
            yield _fault(artifact, SETTINGS, error)
    if ground and theirs and isinstance(artifact.body, Mapping):
        yield from choices.chosen(ground, artifact.body, wrong)


def _lacks(error: ValidationError) -> bool:
    """Say whether a map of values has no such key: nobody takes one away by writing others."""
    return isinstance(error.kind, Kind.Required) and all(
        isinstance(step, str) for step in error.instance_path
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


def _errors(artifact: Artifact) -> Iterator[ValidationError]:
    """Yield what the contract has against *artifact*."""
    validator = schemas.of_file(artifact.path)
    if validator is not None and not validator.is_valid(artifact.body):
        yield from validator.iter_errors(artifact.body)


def _fault(artifact: Artifact, rule: Rule, error: ValidationError) -> Finding:
    told = f"`{artifact.path}`: {worded(error)}"
    return rule.at(origin(artifact), told, fix=OUR_FAULT, why=schemas.because(error))
