"""The versions of the format, and what is said of a platform that is written in another one."""

from __future__ import annotations

from mlopsgen.diagnostics import Finding
from mlopsgen.spec.keys import alike, closest
from mlopsgen.spec.rules import VERSION
from mlopsgen.spec.said import Mistake, listed

CURRENT = "mlopsgen/v1beta1"
"""What is read."""

FORMER = ("mlopsgen/v1alpha1",)
"""What `mlopsgen migrate` carries on, the oldest first."""


def other_version(mistake: Mistake) -> Finding:
    """Say that the platform is of an old version, or of one that there isn't."""
    message = f"{mistake.name} is {mistake.text}; this mlopsgen reads `{CURRENT}`"
    written = mistake.value if isinstance(mistake.value, str) else ""
    if written in FORMER:
        return VERSION.at(mistake.path, message, fix="run `mlopsgen migrate`")
    near = closest(written, (CURRENT, *FORMER))
    right = alike(written, CURRENT) or not isinstance(mistake.value, str)
    fix = f"write `{mistake.path[-1]}: {near or CURRENT}`"
    if near in FORMER:
        fix = f"{fix}, then run `mlopsgen migrate`"
    elif not right:
        fix = f"{fix} if that is meant; only a newer mlopsgen knows others than {_known()}"
    mend = mistake.instead(CURRENT) if alike(written, CURRENT) else None
    return VERSION.at(mistake.path, message, fix=fix, mend=mend)


def _known() -> str:
    return listed((*FORMER, CURRENT))
