"""One way to lay out platform.yaml: indentation, spaces, quotes and blank lines.

What is said, its order and its comments stay; `edit.formatted` proves that for every file.
"""

from __future__ import annotations

import re
from itertools import pairwise

from mlopsgen.edit.scalars import continued, shifted, unquoted
from mlopsgen.edit.tree import Kind, Stretch

INDENT = 2

_COMMENT = re.compile(r"(?:^|(?<=\s))#.*")


def laid_out(text: str, root: Stretch) -> str:
    """Return *text*, whose lines end in LF, with everything in its place."""
    return _Layout(text, root).written()


class _Layout:
    """The lines so far, the one being written, and how far the text has been read."""

    def __init__(self, text: str, root: Stretch) -> None:
        self._text = text
        self._root = root
        self._lines: list[str] = []
        self._line: str | None = None
        self._at = 0
        self._open: list[tuple[int, int]] = []
        """Of each block around: its column in the text, and the one that it gets."""
        self._last: list[tuple[int, int]] = []
        """The same for what was written last."""
        self._literal_last = self._keeps = False
        """Whether a text of lines was written last, and one that empty lines would be added to."""
        self._spaced = _spaced(text, root)

    def written(self) -> str:
        """Return the whole."""
        if self._root.block:
            self._block(self._root, 0, inline=False)
        else:
            self._fresh(self._root.start, 0)
            self._value(self._root, 0)
        open_ended = self._literal_last and not self._text[self._at :]
        keeps = self._keeps
        self._fresh(len(self._text), 0)
        while self._lines and not self._lines[-1] and not keeps:
            self._lines.pop()
        whole = "\n".join(self._lines)
        return whole if open_ended and not self._text.endswith("\n") else f"{whole}\n"

    def _block(self, node: Stretch, indent: int, *, inline: bool) -> None:
        """Write a block; *inline* its first entry follows on the line of a dash."""
        first = node.below[0].start if node.kind is Kind.MAPPING else self._dash(node.below[0])
        self._open.append((self._column(first), indent))
        if node.kind is Kind.MAPPING:
            self._mapping(node, indent, inline=inline)
        else:
            self._items(node, indent, inline=inline)
        self._open.pop()

    def _mapping(self, node: Stretch, indent: int, *, inline: bool) -> None:
        before: Stretch | None = None
        for key, value in node.entries():
            if before is None and inline and not self._commented(key.start):
                self._write(" ", key.start)
            else:
                apart = node is self._root and self._apart(before, value)
                self._fresh(key.start, indent, apart=apart)
            self._write(f"{self._scalar(key)}:", key.end)
            self._below(value, indent)
            before = value

    def _items(self, node: Stretch, indent: int, *, inline: bool) -> None:
        for index, item in enumerate(node.below):
            dash = self._dash(item)
            if index == 0 and inline and not self._commented(dash):
                self._write(" ", dash)
            else:
                self._fresh(dash, indent)
            self._write("-", dash + 1)
            self._below(item, indent, inline=True)

    def _below(self, value: Stretch, indent: int, *, inline: bool = False) -> None:
        """Write the value behind a key or, *inline*, behind a dash that stand at *indent*."""
        if value.block:
            self._block(value, indent + INDENT, inline=inline)
        elif value.kind is not Kind.SCALAR or value.end > value.start:
            if self._commented(value.start):
                self._fresh(value.start, indent + INDENT)
            else:
                self._write(" ", value.start)
            self._value(value, indent)

    def _value(self, value: Stretch, indent: int) -> None:
        """Write a scalar, or a list or mapping between brackets."""
        raw = self._text[value.start : value.end]
        if value.kind is Kind.SCALAR and value.style in {"|", ">"}:
            self._literal(raw, value.start, indent + INDENT)
        elif "\n" not in raw:
            text = self._scalar(value) if value.kind is Kind.SCALAR else self._flow(value)
            self._write(text, value.end)
        elif value.kind is Kind.SCALAR:
            self._write(continued(raw, indent + INDENT), value.end)
        else:
            self._write(shifted(raw, self._further(value.start)), value.end)

    def _flow(self, node: Stretch) -> str:
        """Return what stands between brackets on one line."""
        if node.kind is Kind.SCALAR:
            return self._scalar(node) if node.end > node.start else "null"
        if node.kind is Kind.LIST:
            return "[" + ", ".join(map(self._flow, node.below)) + "]"
        pairs = (f"{self._flow(key)}: {self._flow(value)}" for key, value in node.entries())
        return "{" + ", ".join(pairs) + "}"

    def _scalar(self, node: Stretch) -> str:
        return unquoted(self._text[node.start : node.end], node)

    def _literal(self, raw: str, start: int, indent: int) -> None:
        """Write a text of lines, its lines moved to *indent*.

        Empty lines at its end are a part of it after `+` only.
        """
        header, *body = raw.split("\n")
        digit = re.search(r"[1-9]", header.partition("#")[0])
        if digit:
            width = (self._open[-1][0] if self._open else 0) + int(digit[0])
            header = header.replace(digit[0], str(INDENT), 1)
        else:
            first = next((line for line in body if line.strip()), "")
            width = len(first) - len(first.lstrip(" "))
        keeps = "+" in header.partition("#")[0]
        size = len(raw)
        while body and not body[-1][width:] and (not keeps or size == len(raw)):
            size -= len(body.pop()) + 1
        moved = [f"{' ' * indent}{line[width:]}" if line[width:] else "" for line in body]
        self._write("\n".join([header.rstrip(), *moved]), start + size)
        self._literal_last, self._keeps = True, keeps

    def _further(self, start: int) -> int:
        """Return how far the line that is being written has moved from that of *start*."""
        text, here = self._text, self._line or ""
        line = text[text.rfind("\n", 0, start) + 1 : start]
        return (len(here) - len(here.lstrip(" "))) - (len(line) - len(line.lstrip(" ")))

    def _apart(self, before: Stretch | None, value: Stretch) -> bool:
        """Whether an empty line stands between two sections: where one has several lines."""
        several = (
            each.block or "\n" in self._text[each.start : each.end]
            for each in (before, value)
            if each is not None
        )
        return self._spaced and before is not None and any(several)

    def _write(self, written: str, end: int) -> None:
        self._line = f"{self._line or ''}{written}"
        self._at = end
        self._last = [*self._open]
        self._literal_last = self._keeps = False

    def _fresh(self, start: int, indent: int, *, apart: bool = False) -> None:
        """Begin a line for what starts at *start*, after the comments that lead there."""
        end = start == len(self._text)
        column = 0 if end else self._column(start)
        first, *rest = self._text[self._at : start].split("\n")
        if self._line is None:
            rest.insert(0, first)
        else:
            comment = _COMMENT.search(f" {first}")
            self._lines += self._line.split("\n")
            self._lines[-1] += f"  {comment.group().rstrip()}" if comment else ""
        above: list[str] = []
        for number, line in enumerate(rest):
            above += self._between(line, column, indent, last=number == len(rest) - 1)
        if apart and "" not in above and not self._keeps:
            deeper = [index for index, line in enumerate(above) if line[:1] == " "]
            above.insert(deeper[-1] + 1 if deeper else 0, "")
        for each in above:
            if each or (self._lines and self._lines[-1]):
                self._lines.append(each)
        self._line = None if end else " " * indent
        self._at = start

    def _between(self, line: str, column: int, indent: int, *, last: bool) -> list[str]:
        """Return what becomes of a *line* between two values: a comment, an empty line, `---`."""
        found = _COMMENT.search(line)
        comment = found.group().rstrip() if found else ""
        if line.startswith("---"):
            return [f"---  {comment}".rstrip()]
        if found:
            return [" " * self._place(found.start(), column, indent) + comment]
        return [] if last or line.strip() else [""]

    def _place(self, column: int, following: int, indent: int) -> int:
        """Return where a comment goes that stood at *column*.

        One that is deeper than what follows belongs to the block that has just ended.
        """
        if column <= following:
            return indent
        known = [new for old, new in self._last if following < old <= column]
        return known[-1] if known else indent

    def _commented(self, start: int) -> bool:
        return _COMMENT.search(f" {self._text[self._at : start]}".replace("\n", " ")) is not None

    def _dash(self, item: Stretch) -> int:
        """Return where the dash of an *item* stands: the last one before it."""
        lines = self._text[self._at : item.start].split("\n")
        bare = (_COMMENT.sub(lambda found: " " * len(found.group()), line) for line in lines)
        return self._at + "\n".join(bare).rindex("-")

    def _column(self, index: int) -> int:
        return index - (self._text.rfind("\n", 0, index) + 1)


def _spaced(text: str, root: Stretch) -> bool:
    """Whether an empty line stands between any two sections."""
    entries = root.entries() if root.kind is Kind.MAPPING and root.block else []
    gaps = (
        text[before.end - (before.style in {"|", ">"}) : key.start]
        for (_, before), (key, _) in pairwise(entries)
    )
    return any(re.search(r"\n[ \t]*\n", gap) for gap in gaps)
