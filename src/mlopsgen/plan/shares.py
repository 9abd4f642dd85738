"""Shares: which of the Argo CD Applications of a namespace a model is in."""

from __future__ import annotations

from hashlib import sha256

from mlopsgen import names
from mlopsgen.spec import Platform


def application_of(platform: Platform, namespace: str, name: str) -> str:
    """Return the Argo CD Application of the model or endpoint *name*."""
    spec = platform.namespaces.get(namespace)
    return names.models_application(namespace, share(name, spec.applications if spec else 1))


def share(name: str, shares: int) -> int:
    """Return in which of *shares* the model or endpoint *name* is, counted from 0.

    The name alone decides, so that another model moves none. One share more takes its part from
    all others and moves nothing between those (highest random weight).
    """
    return max(range(shares), key=lambda each: sha256(f"{each}/{name}".encode()).digest())
