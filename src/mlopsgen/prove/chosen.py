"""What users choose in Helm values of their own, held against what others count on.

Their values count over ours. What can't work is refused; of what takes something away that proofs,
alerts or policies count on they are told, and may keep it with a reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from jsonschema_rs import ValidationError
from jsonschema_rs import ValidationErrorKind as Kind

from mlopsgen.diagnostics import Finding, Rule, Severity, SpecPath
from mlopsgen.prove import schemas
from mlopsgen.prove.chosen_amounts import unfit
from mlopsgen.prove.chosen_faults import Given, Ground
from mlopsgen.prove.chosen_words import WORDS
from mlopsgen.prove.emitted import values_of_users
from mlopsgen.prove.wording import clause
from mlopsgen.spec.said import named

REFUSED = Rule(
    "HELM004",
    "a chart can do with the Helm values that users write",
    "Helm renders whatever is written. The API server refuses what comes of it, or pods are not"
    " found under the names, ports and labels that everything else has for them.",
)
LOST = Rule(
    "HELM005",
    "Helm values that users write take nothing away that others count on",
    "Proofs, alerts and network policies are about the chart as mlopsgen sets it. What is taken"
    " away there is missed by nobody before it is needed.",
    Severity.WARNING,
)
RULES = (REFUSED, LOST)

_AMOUNTS = (
    "The API server refuses pods with an amount that it can't read, and those that ask for more"
    " than their limit: the Deployment is there and none of its pods."
)

_EMPTIED = (
    "Helm takes null for without, and takes the chart's own map away too: a template that looks"
    " into it fails, and nothing of the chart is installed."
)


def chosen(
    ground: Ground, whole: Mapping[str, object], errors: Iterable[ValidationError]
) -> Iterator[Finding]:
    """Yield what is wrong with what users wrote among *whole*, the values of a chart.

    *errors* are what the contract has against it.
    """
    part = ground.part
    theirs, told = values_of_users(part), set[SpecPath]()
    for path, found in unfit(theirs, whole):
        told.add(path)
        at: SpecPath = (*part.origin, "values", *path)
        yield REFUSED.at(at, f"{named(at)} {found}", fix=_fix(path), why=_AMOUNTS)
    held = [finding for error in errors if (finding := _held(ground, error))]
    for finding in sorted(held, key=lambda each: each.severity is not Severity.ERROR):
        path = tuple(finding.at)[len(part.origin) + 1 :] if isinstance(finding.at, tuple) else ()
        if path not in told:
            told.add(path)
            yield finding
    for path, value in _values(theirs, ()):
        # What is told of a value, or of one in it, is told once.
        if not any(each[: len(path)] == path for each in told):
            for finding in _worded(ground, path, value):
                told.add(path)
                yield finding


def _worded(ground: Ground, path: SpecPath, value: object) -> Iterator[Finding]:
    """Yield what the word for a value has against it."""
    at: SpecPath = (*ground.part.origin, "values", *path)
    given = Given(ground, str(path[-1]), value)
    for word in WORDS:
        if word.about(path) and (found := word.wrong(given)):
            rule = REFUSED if word.refused(ground) else LOST
            yield rule.at(at, f"{named(at)} {found}", fix=word.fix or _fix(path), why=word.why)


def _held(ground: Ground, error: ValidationError) -> Finding | None:
    """Return what a contract has against a value of users', but for what is theirs to choose."""
    may = schemas.users(error)
    other = _of_another_kind(error)
    if may == "may" and not other:
        return None
    path = tuple(error.instance_path)
    at: SpecPath = (*ground.part.origin, "values", *path)
    emptied = not may and error.instance is None and _is_map(error)
    rule = REFUSED if other or emptied or may in {"never", ground.level} else LOST
    why = _EMPTIED if emptied else schemas.because(error)
    fix = f"add it, or {_fix(path)}" if isinstance(error.kind, Kind.Contains) else _fix(path)
    return rule.at(at, f"{named(at)} {clause(error)}", fix=fix, why=why)


def _is_map(error: ValidationError) -> bool:
    return isinstance(error.kind, Kind.Type) and error.kind.types == ["object"]


def _of_another_kind(error: ValidationError) -> bool:
    """Say whether a value is of a kind that is never right there; null is Helm's word for none."""
    if error.instance is None:
        return False
    match error.kind:
        case Kind.Type():
            return True
        case Kind.Constant(expected_value=value):
            return _kind(error.instance) is not _kind(value)
        case Kind.Enum(options=options):
            return _kind(error.instance) not in {_kind(each) for each in options}
        case _:
            return False


def _kind(value: object) -> type:
    match value:
        case bool():
            return bool
        case int() | float():
            return float
        case str():
            return str
        case Mapping():
            return dict
        case None:
            return type(None)
        case _:
            return list


def _fix(path: SpecPath) -> str:
    keys = [step for step in path if isinstance(step, str)]
    return f"take `{keys[-1]}` away: what mlopsgen or the chart has there holds then"


def _values(node: Mapping[str, object], path: SpecPath) -> Iterator[tuple[SpecPath, object]]:
    """Yield every value that users wrote with its path, maps before what is in them."""
    for key, value in node.items():
        yield (*path, key), value
        if isinstance(value, Mapping):
            yield from _values(value, (*path, key))
