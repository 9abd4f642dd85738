"""From a run of entries and statements to entries, choices and loops."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from mlopsgen.shapes.statements import Statement
from mlopsgen.shapes.tree import Choice, Entry, Loop, Part, ShapeError

Event = Entry | Statement


def arrange(shape: str, events: Iterable[Event]) -> tuple[Part, ...]:
    """Return *events*, which stand in one column of one collection, as parts of it."""
    left = deque(events)
    parts = tuple(_until_closed(shape, left))
    for event in left:
        if isinstance(event, Statement):
            raise misplaced(shape, event)
    return parts


def keys(shape: str, parts: tuple[Part, ...]) -> set[str]:
    """Return the keys that *parts* can have; raise ShapeError if one could be there twice."""
    found: set[str] = set()
    for part in parts:
        line, new = _line_and_keys(shape, part)
        for key in sorted(found & new):
            raise ShapeError(shape, line, f"the key `{key}` can be there twice")
        found |= new
    return found


def _line_and_keys(shape: str, part: Part) -> tuple[int, set[str]]:
    match part:
        case Entry(key, _, line):
            return line, {str(key)}
        case Choice(test, then, otherwise):
            return test.line, keys(shape, then) | keys(shape, otherwise)
        case Loop(_, over):
            reason = "a `#% for` would repeat keys; it can only repeat list items"
            raise ShapeError(shape, over.line, reason)


def misplaced(shape: str, statement: Statement) -> ShapeError:
    """Return the error for a statement that does not stand between entries of one collection."""
    reason = f"`{statement.text}` must stand around whole entries, in their column"
    return ShapeError(shape, statement.line, reason)


def _until_closed(shape: str, left: deque[Event]) -> Iterator[Part]:
    """Take parts off *left* until a statement closes what they stand in, and leave that there."""
    while left:
        match left[0]:
            case Entry() as entry:
                left.popleft()
                yield entry
            case Statement(kind="if" | "for") as opening:
                left.popleft()
                yield _opened(shape, opening, left)
            case Statement():
                return


def _opened(shape: str, opening: Statement, left: deque[Event]) -> Choice | Loop:
    then, closing = _wrapped(shape, opening, left)
    if opening.kind == "for":
        return Loop(opening.variable, opening.name, then)
    if closing.kind == "endif":
        return Choice(opening.name, then, ())
    otherwise, _ = _wrapped(shape, closing, left)
    return Choice(opening.name, then, otherwise)


def _wrapped(
    shape: str, opening: Statement, left: deque[Event]
) -> tuple[tuple[Part, ...], Statement]:
    """Return what *opening* wraps, and the statement that closes it."""
    parts = tuple(_until_closed(shape, left))
    closing = left.popleft() if left else None
    if not parts or not isinstance(closing, Statement):
        raise misplaced(shape, opening)
    return parts, closing
