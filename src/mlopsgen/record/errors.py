"""What a workflow has that can't be recorded."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any


class UnrecordableError(Exception):
    """A part of a workflow that platform.yaml has no words for, and what to do instead."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix


def only(known: Collection[str], given: Mapping[str, Any], where: str) -> None:
    """Raise UnrecordableError when *given* has a key that isn't *known*: it would be lost."""
    for key, value in given.items():
        if key not in known and value not in (None, [], {}, ""):
            msg = f"{where} has `{key}`, which would be lost"
            raise UnrecordableError(msg, INSTEAD.get(key, f"take `{key}` out"))


_IN_PLATFORM = "take it out, and write `{}` in platform.yaml, under the step's name"

INSTEAD = {
    "affinity": _IN_PLATFORM.format("pool"),
    "imagePullSecrets": "take it out; the nodes' role pulls images",
    "memoize": _IN_PLATFORM.format("memoize"),
    "nodeSelector": _IN_PLATFORM.format("pool"),
    "priorityClassName": _IN_PLATFORM.format("priority"),
    "securityContext": "take it out; every container is restricted",
    "serviceAccountName": "take it out; each pipeline has a service account of its own",
    "synchronization": "take it out, and write `semaphore` or `mutex` in platform.yaml",
    "tolerations": _IN_PLATFORM.format("pool"),
    "ttlStrategy": "take it out, and write `keep` in platform.yaml",
    "volumeMounts": _IN_PLATFORM.format("volumes"),
    "volumes": _IN_PLATFORM.format("volumes"),
}
"""What to do instead of a key, where platform.yaml or mlopsgen has an answer of its own."""
