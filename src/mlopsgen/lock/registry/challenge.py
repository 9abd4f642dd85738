"""How a registry of images wants to be shown who asks: WWW-Authenticate, as of RFC 9110."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_PARAMETER = re.compile(
    r'\s*(?P<name>[A-Za-z_-]{1,32})=(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^\s",]*))\s*,?'
)
_MAX = 4000


@dataclass(frozen=True, slots=True)
class Challenge:
    """One way to be asked: `basic`, or `bearer` with the place that hands out tokens."""

    scheme: str
    realm: str = ""
    service: str = ""


def challenge(headers: Sequence[str]) -> Challenge | None:
    """Return the first of *headers* that can be answered, Bearer before Basic."""
    found = [_read(each[:_MAX]) for each in headers]
    for scheme in ("bearer", "basic"):
        for each in found:
            if each.scheme == scheme and (scheme == "basic" or each.realm):
                return each
    return None


def _read(header: str) -> Challenge:
    scheme, _, rest = header.strip().partition(" ")
    values = {
        match["name"].lower(): re.sub(r"\\(.)", r"\1", match["quoted"] or match["bare"] or "")
        for match in _PARAMETER.finditer(rest)
    }
    return Challenge(scheme.lower(), values.get("realm", ""), values.get("service", ""))
