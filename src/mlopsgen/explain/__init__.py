"""Why a rule exists: all rules by code, and their pages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from itertools import chain

from mlopsgen import check, compiler, edit, imports, load, lock, patches, prove, write
from mlopsgen.diagnostics import Rule
from mlopsgen.resources import RULE_PAGES
from mlopsgen.spec import rules as spec

RULES: Mapping[str, Rule] = {
    rule.code: rule
    for rule in sorted(
        chain(
            load.RULES,
            spec.RULES,
            lock.RULES,
            imports.RULES,
            check.RULES,
            compiler.RULES,
            patches.RULES,
            prove.RULES,
            edit.RULES,
            write.RULES,
        ),
        key=lambda rule: rule.code,
    )
}
"""Every rule by its code."""

_SHORT = re.compile(r"(?P<family>[A-Z]+)-?0*(?P<number>[1-9][0-9]{0,2})")


def page(code: str) -> str:
    """Return the page of *code*, which is a key of RULES."""
    return (RULE_PAGES / f"{code}.md").read_text(encoding="utf-8")


def nearest(code: str) -> str | None:
    """Return the code most like *code*, if one is; zeros that were left out come first."""
    if short := _SHORT.fullmatch(code):
        full = f"{short['family']}{short['number']:0>3}"
        if full in RULES:
            return full
    return next(iter(get_close_matches(code, RULES, n=1, cutoff=0.6)), None)
