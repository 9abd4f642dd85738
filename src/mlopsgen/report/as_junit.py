"""Findings as JUnit XML, which CI servers that know nothing else list as failed tests."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mlopsgen.diagnostics import Severity
from mlopsgen.report.ignored import Ignored
from mlopsgen.report.located import Located
from mlopsgen.report.prose import headline, particulars, where

SUITE = "mlopsgen"
_FORBIDDEN = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]"
)
"""Control characters and what else XML 1.0 cannot hold or discourages (2.2)."""

_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_ATTRIBUTE = _TEXT | str.maketrans({'"': "&quot;", "\n": "&#10;", "\t": "&#9;"})


def render(items: Iterable[Located], ignored: Iterable[Ignored] = ()) -> str:
    """Return one suite with a case for each finding, or one case that passed.

    Only errors fail; those *ignored* are skipped, with the reason. Names of cases hold no line
    numbers, so servers know them again.
    """
    found = tuple(items)
    failures = sum(item.finding.severity is Severity.ERROR for item in found)
    passed_over = tuple(ignored)
    cases = [line for item in found for line in _case(item)]
    cases += [line for one in passed_over for line in _case(one.item, one.reason)]
    if not cases:
        cases = [f'    <testcase classname="{SUITE}" name="no findings"/>']
    tests = len(found) + len(passed_over) or 1
    counts = f'tests="{tests}" failures="{failures}" errors="0"'
    counts += f' skipped="{len(passed_over)}"' if passed_over else ""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name="{SUITE}" {counts}>',
        f'  <testsuite name="{SUITE}" {counts}>',
        *cases,
        "  </testsuite>",
        "</testsuites>",
    ]
    return "".join(f"{line}\n" for line in lines)


def _case(item: Located, reason: str = "") -> list[str]:
    finding = item.finding
    title = headline(finding)
    name = f"{finding.code}: {title}" if finding.code else title
    body = escaped("\n".join([f"{where(item.place)}: {title}", *particulars(item)]))
    if reason:
        inner = f'<skipped message="{escaped(reason, quoted=True)}"/>'
    elif finding.severity is Severity.ERROR:
        kind = escaped(finding.code, quoted=True)
        inner = f'<failure type="{kind}" message="{escaped(title, quoted=True)}">{body}</failure>'
    else:
        inner = f"<system-out>{finding.severity}: {body}</system-out>"
    names = (
        f'classname="{escaped(item.place.file, quoted=True)}" name="{escaped(name, quoted=True)}"'
    )
    return [f"    <testcase {names}>", f"      {inner}", "    </testcase>"]


def escaped(text: str, *, quoted: bool = False) -> str:
    """Return *text* for the content of an element, or of an attribute when *quoted*."""
    return _FORBIDDEN.sub("", text).translate(_ATTRIBUTE if quoted else _TEXT)
