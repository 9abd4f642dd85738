"""From v1alpha1 to v1beta1: words that said something untrue, and a unit in a name (ADR 37)."""

from __future__ import annotations

from mlopsgen.edit.migrations.change import ANY, Change, Step

_LEAST, _MOST = 20, 65536
"""GiB of storage that v1alpha1 took."""


def _gibibytes(written: object) -> str | None:
    """Return the quantity for a whole number of GiB."""
    if isinstance(written, bool) or not isinstance(written, int):
        return None
    return f"{written}Gi" if _LEAST <= written <= _MOST else None


STEP = Step(
    "mlopsgen/v1alpha1",
    "mlopsgen/v1beta1",
    (
        Change(("cluster", "auditLogs"), "logs"),
        Change(("storage", "artifacts", "retentionDays"), "noncurrentDays"),
        Change(
            ("storage", "database", "storageGb"),
            "storage",
            _gibibytes,
            f"a whole number from {_LEAST} to {_MOST}",
        ),
        Change(("families", ANY, "canary", "gate"), "thresholds"),
        Change(("models", ANY, "canary", "gate"), "thresholds"),
    ),
)
