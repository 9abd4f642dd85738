"""The layout of one file, and the proof that it says the same as before."""

from __future__ import annotations

import json

from mlopsgen.diagnostics import Finding
from mlopsgen.edit.layout import laid_out
from mlopsgen.edit.tree import comments, stretches
from mlopsgen.load.reader import Reading, read


class LayoutError(Exception):
    """The layout of a file would change what it says. Always our bug, never the user's."""


def formatted(name: str, text: str) -> str | tuple[Finding, ...]:
    """Return *text*, the file *name*, in its layout; what is wrong where it can't be read.

    Line ends stay those of the first line. The result has the same values under the same keys in
    the same order, the same comments, and is its own layout; otherwise LayoutError is raised.
    """
    reading = read(name, text)
    if not reading.whole:
        return reading.findings
    old = text.replace("\r\n", "\n")
    new = laid_out(old, stretches(old))
    again = read(name, new)
    if (
        not again.whole
        or _said(reading) != _said(again)
        or comments(old, stretches(old)) != comments(new, stretches(new))
        or laid_out(new, stretches(new)) != new
    ):
        msg = f"{name}: its layout would not say the same"
        raise LayoutError(msg)
    return new.replace("\n", "\r\n") if text.partition("\n")[0].endswith("\r") else new


def _said(reading: Reading) -> tuple[str, list[str]]:
    """Return what a file says, types and order of keys included, and what is wrong with it."""
    return json.dumps(reading.data), [finding.code for finding in reading.findings]
