"""The words of a finding, as more than one renderer says them."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.diagnostics import Finding, Place
from mlopsgen.report.characters import shown
from mlopsgen.report.located import Located


def headline(finding: Finding) -> str:
    """Return the message, with the environments it is true in unless those are all."""
    names = f" (in {', '.join(finding.environments)})" if finding.environments else ""
    return shown(finding.message + names).rstrip()


def where(place: Place) -> str:
    """Return *place* in the form that editors and terminals open on a click."""
    return f"{shown(place.file)}:{place.line}:{place.column}"


def reason(finding: Finding) -> str:
    """Return the why as one line."""
    return shown(" ".join(finding.why.split()))


def remedy(finding: Finding) -> list[str]:
    """Return the lines of the fix, which may hold a piece of YAML to paste."""
    return [shown(line).rstrip() for line in finding.fix.strip("\n").split("\n")]


def particulars(item: Located) -> Iterator[str]:
    """Yield what follows the headline where no line of the file can be quoted."""
    for place, message in item.related:
        yield f"{where(place)}: {shown(message)}"
    if item.finding.why:
        yield f"why: {reason(item.finding)}"
    if item.finding.fix:
        first, *rest = remedy(item.finding)
        yield f"help: {first}"
        yield from rest
