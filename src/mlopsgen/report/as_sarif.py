"""Findings as SARIF 2.1.0, which code scanning keeps track of from one commit to the next."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from string import ascii_letters, digits
from typing import Any

from mlopsgen.diagnostics import Finding, Mend, Place, Rule, Severity
from mlopsgen.report.ignored import Ignored
from mlopsgen.report.located import Located, Source, dotted
from mlopsgen.report.machine import to_json
from mlopsgen.report.prose import headline, remedy

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
ROOT = "%SRCROOT%"
"""The folder that relative files start at; whoever reads the log says where it is."""

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_UNRESERVED = frozenset((ascii_letters + digits + "-._~/").encode())
"""Bytes that stand for themselves in the path of a URI (RFC 3986, 2.3)."""

_BASIC_PLANE = 0xFFFF
"""Characters above take two UTF-16 code units."""


def render(
    items: Iterable[Located],
    source: Source,
    *,
    rules: Mapping[str, Rule],
    version: str,
    ignored: Iterable[Ignored] = (),
) -> str:
    """Return a log of one run of mlopsgen *version* that knew *rules*.

    Those *ignored* are results too, suppressed by the comment that gives the reason.

    SARIF counts columns in UTF-16 code units, which is what *source* is needed for.
    """
    codes = sorted(rules)
    index = {code: number for number, code in enumerate(codes)}
    seen: Counter[str] = Counter()
    results = []
    told: list[tuple[Located, dict[str, object]]] = [(item, {}) for item in items]
    told += ((one.item, _suppressed(one.reason)) for one in ignored)
    for item, suppressed in told:
        alike = _fingerprint(item)
        seen[alike] += 1
        known = _fingerprints(f"{alike}:{seen[alike]}")
        results.append(_result(item, source, index) | known | suppressed)
    driver = {"name": "mlopsgen", "version": version}
    run = {
        "tool": {"driver": driver | {"rules": [_rule(rules[code]) for code in codes]}},
        "columnKind": "utf16CodeUnits",
        "originalUriBaseIds": {
            ROOT: {"description": {"text": "The folder mlopsgen was started in."}}
        },
        "results": results,
    }
    return to_json({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(rule: Rule) -> dict[str, object]:
    why = rule.why or rule.title
    words = re.findall(r"[A-Za-z0-9]+", rule.title.replace("'", ""))
    return {
        "id": rule.code,
        "name": "".join(word[0].upper() + word[1:] for word in words) or rule.code,
        "shortDescription": {"text": rule.title or rule.code},
        "fullDescription": {"text": why or rule.code},
        "help": {
            "text": f"{why}\n\n`mlopsgen explain {rule.code}` shows an example and its correction.",
            "markdown": f"# {rule.code}: {rule.title}\n\n{why}\n\n"
            f"`mlopsgen explain {rule.code}` shows an example and its correction.\n",
        },
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(item: Located, source: Source, index: Mapping[str, int]) -> dict[str, object]:
    finding = item.finding
    known: dict[str, object] = {"ruleId": finding.code} if finding.code else {}
    if finding.code in index:
        known["ruleIndex"] = index[finding.code]
    result = known | {
        "level": _LEVELS[finding.severity],
        "message": _message(_text(finding)),
        "locations": [_location(item.place, source)],
        "properties": {
            "path": dotted(item.path),
            "environments": finding.environments,
            "why": finding.why,
            "fix": finding.fix,
        },
    }
    if finding.mend:
        result["fixes"] = [_fix(item, finding.mend, source)]
    if item.related:
        result["relatedLocations"] = [
            _location(place, source) | {"id": number, "message": _message(message)}
            for number, (place, message) in enumerate(item.related, start=1)
        ]
    return result


def _fix(item: Located, mend: Mend, source: Source) -> dict[str, object]:
    """Return what `mlopsgen fix` does, for viewers that offer to do it."""
    place = _location(item.place, source)["physicalLocation"]
    region, text = dict(place["region"]), mend.text
    if mend.added:
        region["endColumn"] = region["startColumn"]
        text = f"{text}\n"
    replaced = {"deletedRegion": region, "insertedContent": {"text": text}}
    change = {"artifactLocation": place["artifactLocation"], "replacements": [replaced]}
    described = {"text": "\n".join(remedy(item.finding))}
    return {"description": described, "artifactChanges": [change]}


def _suppressed(reason: str) -> dict[str, object]:
    return {"suppressions": [{"kind": "inSource", "justification": reason}]}


def _text(finding: Finding) -> str:
    return "\n\n".join([headline(finding), *(["\n".join(remedy(finding))] if finding.fix else [])])


def _message(text: str) -> dict[str, str]:
    """Return *text* as a message in which `[a](1)` is no link to a related place."""
    return {"text": text.replace("](", "\\](")}


def _location(place: Place, source: Source) -> dict[str, Any]:
    line = source.line(place.file, place.line)
    start = place.column
    end = start + place.width
    region = {
        "startLine": place.line,
        "startColumn": start + _doubled(line[: start - 1]),
        "endColumn": end + _doubled(line[: end - 1]),
    }
    return {"physicalLocation": {"artifactLocation": _artifact(place.file), "region": region}}


def _doubled(text: str) -> int:
    """Return how many more UTF-16 code units than characters *text* has."""
    return 0 if text.isascii() else sum(ord(character) > _BASIC_PLANE for character in text)


def _artifact(file: str) -> dict[str, str]:
    path = "".join(chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in _bytes(file))
    return {"uri": f"file://{path}"} if path.startswith("/") else {"uri": path, "uriBaseId": ROOT}


def _bytes(file: str) -> bytes:
    """Return *file* as the file system has it, which may not be UTF-8."""
    try:
        return file.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return file.encode("utf-8", "surrogatepass")


def _fingerprint(item: Located) -> str:
    """Return what stays the same when lines move: the code and the value it is about."""
    finding = item.finding
    about = dotted(item.path) or f"{item.place.file}\n{finding.message}"
    text = f"{finding.code}\n{about}"
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:32]


def _fingerprints(value: str) -> dict[str, object]:
    return {"partialFingerprints": {"mlopsgenFinding/v1": value}}
