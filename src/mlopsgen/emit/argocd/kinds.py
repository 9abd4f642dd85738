"""Kinds, as projects list them."""

from __future__ import annotations

from collections.abc import Iterable

Kind = tuple[str, str]
"""API group and kind."""

RBAC = "rbac.authorization.k8s.io"


def listed(kinds: Iterable[Kind]) -> list[dict[str, str]]:
    """Return *kinds* as a project lists them."""
    return [{"group": group, "kind": kind} for group, kind in sorted(kinds)]
