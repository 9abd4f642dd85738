"""Families: each has models, and each placeholder has been filled in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlopsgen.check.checked import Checked
from mlopsgen.diagnostics import Finding, Severity, rule
from mlopsgen.spec.families import PLACEHOLDER
from mlopsgen.spec.said import named, quoted

_BRACES = re.compile(r"\{[^{}]*\}")


@rule("FAM002", Severity.WARNING)
def families_have_models(checked: Checked) -> Iterator[Finding]:
    """A family has models.

    What it says is built nowhere: its models have been removed, or should have named it and run
    without what it says.
    """
    platform = checked.platform
    used = {model.family for model in platform.models.values()}
    for name in platform.families:
        if name not in used:
            at = ("families", name)
            yield Finding(
                at=at,
                message=f"no model is of the family `{name}`",
                fix=f"add `family: {name}` to the models it is meant for, or take {named(at)} away",
                on_key=True,
            )


@rule("FAM003")
def placeholders_are_filled_in(checked: Checked) -> Iterator[Finding]:
    """A source has no braces left in it.

    Only `{model}` is filled in, and only in a family, where one line stands for many models.
    Anything else in braces would be looked up as it is written, and not be found.
    """
    for at, source, _ in checked.sources():
        left = _BRACES.search(source)
        if left is None:
            continue
        if left[0] == PLACEHOLDER:
            meant = source.replace(PLACEHOLDER, str(at[1]))
            fix = f"write `{meant}`, or move the line to a family"
        else:
            fix = f"write `{PLACEHOLDER}` in a family, or what {quoted(left[0])} stands for"
        yield Finding(
            at=at, message=f"{named(at)} has {quoted(left[0])}, which nothing fills in", fix=fix
        )


RULES = (families_have_models, placeholders_are_filled_in)
