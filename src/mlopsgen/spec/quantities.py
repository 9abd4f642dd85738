"""Quantities as users write them: CPUs, memory and durations."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from mlopsgen.spec.form import Notation

_CPU = re.compile(r"([0-9]{1,9})m|([0-9]{1,6}(?:\.[0-9]{1,3})?)")
_MEMORY = re.compile(r"([0-9]{1,15})(Ki|Mi|Gi|Ti|k|M|G|T)")
_DURATION = re.compile(r"(?:([0-9]{1,9})h)?(?:([0-9]{1,9})m)?(?:([0-9]{1,9})s)?(?:([0-9]{1,9})ms)?")
_BYTES = {
    "Ti": 2**40,
    "Gi": 2**30,
    "Mi": 2**20,
    "Ki": 2**10,
    "T": 10**12,
    "G": 10**9,
    "M": 10**6,
    "k": 10**3,
}
_MILLIS = {"h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}
_LOOSE = re.compile(r"\s*([0-9]{1,9}(?:\.[0-9]{1,4})?)\s*([A-Za-z%]*)\s*")
_LOOSE_MEMORY = {"k": "Ki", "m": "Mi", "g": "Gi", "t": "Ti"}
_LOOSE_DURATION = {
    "": ("s", 1),
    "d": ("h", 24),
    "day": ("h", 24),
    "h": ("h", 1),
    "hour": ("h", 1),
    "hr": ("h", 1),
    "m": ("m", 1),
    "min": ("m", 1),
    "minute": ("m", 1),
    "ms": ("ms", 1),
    "s": ("s", 1),
    "sec": ("s", 1),
    "second": ("s", 1),
    "w": ("h", 168),
    "week": ("h", 168),
}


def _refused(kind: str) -> PydanticCustomError:
    return PydanticCustomError(kind, "not written as a quantity")


def _cpu(value: object) -> int:
    """Return thousandths of a CPU for `2`, `0.5`, `500m`."""
    match = _CPU.fullmatch(str(value)) if not isinstance(value, bool) else None
    if match is None:
        raise _refused("cpu")
    return int(match[1]) if match[1] else round(float(match[2]) * 1000)


def _memory(value: object) -> int:
    """Return bytes for `2Gi`, `512Mi`, `1G`."""
    match = _MEMORY.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise _refused("memory")
    return int(match[1]) * _BYTES[match[2]]


def _duration(value: object) -> int:
    """Return milliseconds for `30s`, `5m`, `1h30m`, `250ms`."""
    match = _DURATION.fullmatch(value) if isinstance(value, str) and value else None
    if match is None:
        raise _refused("duration")
    counts = (int(part or 0) for part in match.groups())
    return sum(count * unit for count, unit in zip(counts, _MILLIS.values(), strict=True))


def _cpu_text(thousandths: int) -> str | int:
    return f"{thousandths}m" if thousandths % 1000 else thousandths // 1000


def _memory_text(size: int) -> str:
    unit = next(unit for unit, factor in {**_BYTES, "": 1}.items() if not size % factor)
    return f"{size // {**_BYTES, '': 1}[unit]}{unit}"


def _duration_text(millis: int) -> str:
    parts = []
    for unit, factor in _MILLIS.items():
        count, millis = divmod(millis, factor)
        parts += [f"{count}{unit}"] if count else []
    return "".join(parts)


def _loose(value: object) -> tuple[str, str]:
    """Return the number and the unit in *value*, both empty where there is no such pair.

    Nothing is refused as well, so that nobody means it.
    """
    match = _LOOSE.fullmatch(str(value)) if not isinstance(value, bool) else None
    return (match[1], match[2]) if match and float(match[1]) else ("", "")


def _cpu_meant(value: object) -> str:
    number, unit = _loose(value)
    if not number or "." in number:
        return ""
    return {"m": f"{number}m", "c": number}.get(unit[:1].lower(), "")


def _memory_meant(value: object) -> str:
    number, unit = _loose(value)
    if not number or "." in number:
        return ""
    if not unit:
        whole = int(number) >= _BYTES["Mi"] and not int(number) % _BYTES["Mi"]
        return _memory_text(int(number)) if whole else f"{number}Gi"
    return f"{number}{_LOOSE_MEMORY[unit[0].lower()]}" if unit[0].lower() in _LOOSE_MEMORY else ""


def _duration_meant(value: object) -> str:
    number, unit = _loose(value)
    small = unit.lower()
    known = _LOOSE_DURATION.get(small) or _LOOSE_DURATION.get(small.removesuffix("s"))
    if not number or "." in number or known is None:
        return ""
    return f"{int(number) * known[1]}{known[0]}"


_CERTAIN_CPU = re.compile(r"\s*([0-9]{1,6})\s*(?:cpus?|cores?)\s*", re.IGNORECASE)
_CERTAIN_MEMORY = re.compile(r"\s*([0-9]{1,9})\s*([kmgt])i(?:b|bytes)?\s*", re.IGNORECASE)
"""Units that count in powers of two; of `6GB` and `6g` nobody knows."""

_CERTAIN_DURATION = re.compile(
    r"\s*(?:([0-9]{1,5})\s*(?:w|weeks?)(?![a-z])\s*)?(?:([0-9]{1,6})\s*(?:d|days?)(?![a-z])\s*)?"
    r"(?:([0-9]{1,6})\s*(?:h|hrs?|hours?)(?![a-z])\s*)?"
    r"(?:([0-9]{1,6})\s*(?:m|mins?|minutes?)(?![a-z])\s*)?"
    r"(?:([0-9]{1,6})\s*(?:s|secs?|seconds?)(?![a-z])\s*)?"
)
"""Small letters only: an `M` may be a month."""


def _cpu_certain(value: object) -> str:
    match = _CERTAIN_CPU.fullmatch(value) if isinstance(value, str) else None
    return str(int(match[1])) if match else ""


def _memory_certain(value: object) -> str:
    match = _CERTAIN_MEMORY.fullmatch(value) if isinstance(value, str) else None
    return f"{int(match[1])}{match[2].upper()}i" if match else ""


def _duration_certain(value: object) -> str:
    match = _CERTAIN_DURATION.fullmatch(value) if isinstance(value, str) and value else None
    if match is None:
        return ""
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    parts = ((weeks * 168 + days * 24 + hours, "h"), (minutes, "m"), (seconds, "s"))
    return "".join(f"{count}{unit}" for count, unit in parts if count)


Cpu = Annotated[
    int,
    BeforeValidator(_cpu),
    Field(gt=0),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0.001, "maximum": 999999},
                {
                    "type": "string",
                    "pattern": r"^(?=.*[1-9])([0-9]{1,9}m|[0-9]{1,6}(\.[0-9]{1,3})?)$",
                },
            ],
        }
    ),
    Notation(
        "CPUs, such as 2, 0.5 or 500m",
        (2, "500m"),
        written=_cpu_text,
        meant=_cpu_meant,
        certain=_cpu_certain,
    ),
]
"""Thousandths of a CPU; written as 2, 0.5 or 500m."""

_IN_BYTES = Notation(
    "memory with its unit, such as 512Mi or 2Gi",
    ("2Gi", "512Mi"),
    written=_memory_text,
    meant=_memory_meant,
    certain=_memory_certain,
)

Memory = Annotated[
    int,
    BeforeValidator(_memory),
    Field(gt=0),
    WithJsonSchema({"type": "string", "pattern": r"^(?=.*[1-9])[0-9]{1,15}(Ki|Mi|Gi|Ti|k|M|G|T)$"}),
    _IN_BYTES,
]
"""Bytes; written with a unit, such as 512Mi or 2Gi."""

Disk = Annotated[
    Memory, replace(_IN_BYTES, words="a size with its unit, such as 50Gi", examples=("50Gi", "1Ti"))
]
"""Bytes of a disk."""

Duration = Annotated[
    int,
    BeforeValidator(_duration),
    Field(gt=0),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^(?=.*[1-9])([0-9]{1,9}h)?([0-9]{1,9}m)?([0-9]{1,9}s)?([0-9]{1,9}ms)?$",
        }
    ),
    Notation(
        "a duration in h, m, s or ms, such as 5m or 1h30m",
        ("5m", "1h30m"),
        written=_duration_text,
        meant=_duration_meant,
        certain=_duration_certain,
    ),
]
"""Milliseconds; written as 5m, 1h30m or 250ms. Days are written as hours: 30 days is 720h."""
