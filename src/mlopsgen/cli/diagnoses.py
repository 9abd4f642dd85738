"""What `doctor` found out, and how it says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from mlopsgen.report.as_text import counted
from mlopsgen.report.characters import shown
from mlopsgen.serialize import to_json
from mlopsgen.tools import Check, Tool, dotted

_LINES = 40
"""Of what a program said; the last ones say how it went."""

_GOOD, _BAD, _PLAIN = "\x1b[32m", "\x1b[1;31m", "\x1b[0m"


class Presence(Enum):
    """Whether a tool can be used."""

    HERE = "present"
    MISSING = "missing"
    OLD = "too old"
    BROKEN = "broken"


class State(Enum):
    """How a check went."""

    PASSED = "passed"
    FAILED = "failed"
    LATE = "took too long"
    BROKEN = "didn't start"
    UNREACHED = "couldn't fetch"
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True)
class Found:
    """A tool as it is on this machine; `said` is why it is broken."""

    tool: Tool
    presence: Presence
    path: str | None = None
    version: tuple[int, ...] | None = None
    said: str = ""

    @property
    def in_words(self) -> str:
        """Say what there is."""
        name = self.tool.name
        match self.presence:
            case Presence.MISSING:
                return f"{name} is missing"
            case Presence.BROKEN:
                return f"{name} is broken: {self.said}"
            case Presence.OLD:
                return f"{name} {dotted(self.version or ())} is too old"
            case Presence.HERE:
                return f"{name} {dotted(self.version or ())}"


@dataclass(frozen=True, slots=True)
class Result:
    """How a check went, and what the program said when it didn't pass."""

    check: Check
    state: State
    said: str = ""


def as_text(found: Sequence[Found], results: Sequence[Result], *, color: bool) -> str:
    """Return what people read."""
    lines = [line for each in found for line in _tool(each)]
    ran = [each for each in results if each.state is not State.LEFT_OUT]
    lines += [line for each in ran for line in _check(each, color=color)]
    left = Counter((each.check.tool, each.said) for each in results if each.state is State.LEFT_OUT)
    lines += [
        f"left out: {tool}: {counted(number, 'check')}, {shown(said)}"
        for (tool, said), number in left.items()
    ]
    if results:
        said = [
            f"{number} {state.value}"
            for state in State
            if (number := sum(each.state is state for each in results))
        ]
        lines.append(f"{counted(len(results), 'check')}: {', '.join(said)}")
    return "".join(f"{line}\n" for line in lines)


def _tool(found: Found) -> list[str]:
    tool = found.tool
    lines = [f"{shown(found.in_words)}: {tool.purpose}", f"  for {', '.join(tool.needed_by)}"]
    if found.presence is not Presence.HERE:
        lines.append(f"  = help: get {dotted(tool.minimum)} or newer from {tool.url}")
        lines.append(f"  = why: {tool.because}")
    return lines


def _check(result: Result, *, color: bool) -> list[str]:
    environment = f"{result.check.environment}: " if result.check.environment else ""
    title = shown(f"{result.check.tool}: {environment}{result.check.title}")
    said = [line for line in result.said.splitlines() if line.strip()]
    lines = [f"  | {shown(line)}" for line in said[-_LINES:]]
    state = result.state.value
    if color:
        paint = _GOOD if result.state is State.PASSED else _BAD
        state = f"{paint}{state}{_PLAIN}"
    return [f"{state}: {title}", *lines]


def as_json(found: Sequence[Found], results: Sequence[Result]) -> str:
    """Return what programs read."""
    return to_json(
        {
            "version": 1,
            "tools": [
                {
                    "name": each.tool.name,
                    "state": each.presence.value,
                    "path": each.path,
                    "version": dotted(each.version) if each.version else None,
                    "minimum": dotted(each.tool.minimum),
                    "purpose": each.tool.purpose,
                    "neededBy": list(each.tool.needed_by),
                    "url": each.tool.url,
                }
                for each in found
            ],
            "checks": [
                {
                    "tool": each.check.tool,
                    "environment": each.check.environment or None,
                    "title": each.check.title,
                    "state": each.state.value,
                    "said": each.said,
                }
                for each in results
            ],
        }
    )
