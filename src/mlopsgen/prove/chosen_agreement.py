"""Helm values of users that somebody else has a say in: Terraform, other charts, the way in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from mlopsgen.diagnostics import Finding, SpecPath
from mlopsgen.prove.agreement_charts import told, wished
from mlopsgen.prove.chosen import LOST, REFUSED
from mlopsgen.prove.emitted import Emitted, reached, values_of_users, written
from mlopsgen.spec.said import named


def overruled(emitted: Emitted) -> Iterator[Finding]:
    """Yield the values of users that don't say what those say who have to agree with them."""
    spared = {(component, path) for component, rows in wished(emitted) for path in rows}
    for component, rows in told(emitted):
        part, artifact = emitted.plan.parts.get(component), emitted.values.get(component)
        if part is None or artifact is None:
            continue
        theirs = values_of_users(part)
        for path, (wanted, because) in rows.items():
            found = reached(artifact.body, path)
            if wanted is None or not written(theirs, path) or _says(found, wanted):
                continue
            at: SpecPath = (*part.origin, "values", *path)
            rule = LOST if (component, path) in spared else REFUSED
            message = f"{named(at)} is {_shown(found)}; it has to be {_shown(wanted)}"
            yield rule.at(at, f"{message}: {because}", fix=_fix(path, found, wanted))
    yield from _buses(emitted)


def _fix(path: tuple[str, ...], found: object, wanted: object) -> str:
    away = f"take `{path[-1]}` away"
    if not isinstance(found, list | tuple) or not isinstance(wanted, list):
        return away
    missing = ", ".join(_shown(each) for each in wanted if each not in found)
    return f"add {missing}, or {away}"


def _says(found: object, wanted: object) -> bool:
    """Say whether *found* has what is *wanted*; a list, or a text with commas, may have more."""
    match wanted:
        case list():
            return isinstance(found, list | tuple) and all(each in found for each in wanted)
        case str():
            return isinstance(found, str) and wanted in found.split(",")
        case _:
            return found == wanted


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    return f"`{value if isinstance(value, str) else json.dumps(value)}`"


def _buses(emitted: Emitted) -> Iterator[Finding]:
    """Yield the versions of buses that are asked for, and that users took away from the chart."""
    path = ("configs", "jetstream", "versions")
    part = emitted.plan.parts.get("argo-events")
    if part is None or not written(values_of_users(part), path):
        return
    found = emitted.value("argo-events", ".".join(path))
    rows = found if isinstance(found, list | tuple) else ()
    known = {str(row.get("version")) for row in rows if isinstance(row, Mapping)}
    for bus in emitted.objects.of("EventBus"):
        version = str(reached(bus.spec, ("jetstream", "version")))
        if version not in known:
            at: SpecPath = (*part.origin, "values", *path)
            message = f"{named(at)} has no version `{version}`, which {bus.subject} asks for"
            yield REFUSED.at(at, message, fix=f"write an entry for `{version}` too")
