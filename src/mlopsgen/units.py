"""Writes what the spec holds as numbers in the notation of those who read it.

Quantities come out in Kubernetes' canonical form, so that what Argo CD compares is equal.
"""

from __future__ import annotations

_BINARY = (("Ti", 2**40), ("Gi", 2**30), ("Mi", 2**20), ("Ki", 2**10))
_SPANS = (("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1))


def cpu(millis: int) -> str:
    """Return thousandths of a CPU as a quantity: 1500 is 1500m, 2000 is 2."""
    whole, rest = divmod(millis, 1000)
    return f"{millis}m" if rest else str(whole)


def memory(count: int) -> str:
    """Return bytes as a quantity in the largest binary unit that divides them: 2Gi, 1536Mi."""
    for unit, size in _BINARY:
        if count % size == 0:
            return f"{count // size}{unit}"
    return str(count)


def duration(millis: int) -> str:
    """Return milliseconds as Go and Prometheus read them: 5m, 1h30m, 720h."""
    parts = []
    for unit, size in _SPANS:
        count, millis = divmod(millis, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def seconds(millis: int) -> int:
    """Return whole seconds, rounded up: an object that takes seconds must not get less."""
    return -(-millis // 1000)


def gibibytes(count: int) -> int:
    """Return whole GiB, rounded up, for AWS, which takes nothing smaller."""
    return -(-count // 2**30)
