"""Shares of replicas: how many may be missing, and what an update can't do without."""

from __future__ import annotations

from mlopsgen.prove.schedule_terms import inside, quantity


def updated(strategy: object, replicas: int) -> int:
    """Return the pods that an update can't do without beyond *replicas*: one, or none.

    With no *strategy* a quarter may be missing, rounded down, and a quarter more be there, rounded
    up: so says Kubernetes, and so says KServe (0.16.0 reconcilers/deployment/
    deployment_reconciler.go).
    """
    if not replicas or inside(strategy, "type") == "Recreate":
        return 0
    rolling = inside(strategy, "rollingUpdate")
    missing = inside(rolling, "maxUnavailable")
    gone = share("25%" if missing is None else missing, replicas, up=False)
    return int(gone < 1)


def share(value: object, replicas: int, *, up: bool = True) -> int:
    """Return a number of pods, or a share of *replicas*, rounded up or down."""
    text = str(value)
    if text.endswith("%"):
        part = quantity(text[:-1]) * replicas
        return -(-part // 100) if up else part // 100
    return quantity(text)
