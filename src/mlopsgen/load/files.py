"""From a path to text: what may be opened, and which characters may stand in it."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from mlopsgen.diagnostics import Finding, Place
from mlopsgen.load.rules import BIDI, CONTROL, INCLUDE, NOT_UTF8, TOO_LARGE, UNREADABLE

MAX_BYTES = 4 * 1024 * 1024
USUAL = "platform.yaml"
"""What a platform is called where nobody says otherwise."""

BIDI_CHARACTERS = "\u202a-\u202e\u2066-\u2069"
CONTROL_CHARACTERS = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff"
    # the line separators break a line for YAML 1.1 readers only; the rest is unseen
)
UNSEEN = re.compile(f"[{CONTROL_CHARACTERS}{BIDI_CHARACTERS}]|\r(?!\n)")
_BIDI = re.compile(f"[{BIDI_CHARACTERS}]")
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_UTF8_MARK = b"\xef\xbb\xbf"
_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}


def shown(name: str) -> str:
    """Return *name* so that it can be printed: bytes that are no text are escaped."""
    text = name.encode("utf-8", "backslashreplace").decode("utf-8")
    return UNSEEN.sub("\ufffd", text).replace("\n", "\ufffd")


def contents(path: Path, name: str, folder: Path) -> bytes | Finding:
    """Return the bytes of *path*, a regular file in *folder* (which is resolved) of known size.

    Devices and pipes are told by their type before a byte is read, and the size before the
    whole is.
    """
    at = Place(name, 1, 1)
    try:
        real = path.resolve(strict=True)
        if not real.is_relative_to(folder):
            return INCLUDE.at(
                at,
                f"`{name}` leads outside the project folder",
                fix="put the file itself into the project folder",
            )
        status = real.stat()
        size = status.st_size
        if not stat.S_ISREG(status.st_mode):
            return _not_a_file(at, name, status.st_mode)
        data = _head(real) if size <= MAX_BYTES else b""
    except (OSError, RuntimeError) as error:  # RuntimeError: a loop of links, before Python 3.13
        return _unreadable(at, name, error)
    if max(size, len(data)) > MAX_BYTES:
        return TOO_LARGE.at(
            at,
            f"`{name}` has {max(size, len(data)):,} bytes; at most {MAX_BYTES:,} are read",
            fix="split it, and name the parts under `include`",
        )
    return data


def _head(path: Path) -> bytes:
    """Return at most one byte more than may be; never waits, should *path* be a pipe by now."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        return file.read(MAX_BYTES + 1)


def _unreadable(at: Place, name: str, error: OSError | RuntimeError) -> Finding:
    if isinstance(error, FileNotFoundError):
        fix = "pass the path of the file that there is"
        if name == USUAL:
            fix = f"let `mlopsgen init` write a first one, or {fix}"
        return UNREADABLE.at(at, f"there is no file `{name}`", fix=fix)
    reason = error.strerror if isinstance(error, OSError) and error.strerror else "a link loop"
    message = f"`{name}` cannot be read: {reason.lower()}"
    return UNREADABLE.at(at, message, fix="check the path and its rights")


def _not_a_file(at: Place, name: str, mode: int) -> Finding:
    kind = _KINDS.get(stat.S_IFMT(mode), "a special file")
    return UNREADABLE.at(at, f"`{name}` is {kind}, not a file", fix="name a YAML file")


def decoded(data: bytes, name: str) -> str | Finding:
    """Return *data* as text without its byte order mark, or where it is not UTF-8."""
    if data.startswith(_WIDE_MARKS):
        message = f"`{name}` is UTF-16 or UTF-32 by its first bytes"
        return NOT_UTF8.at(Place(name, 1, 1), message, fix="save the file as UTF-8")
    try:
        return data.removeprefix(_UTF8_MARK).decode("utf-8")
    except UnicodeDecodeError as error:
        start = error.start
        before = error.object[:start].decode("utf-8")
        return NOT_UTF8.at(
            _place(name, before, len(before)),
            f"byte 0x{error.object[start]:02X} stands where UTF-8 has no character",
            fix="save the file as UTF-8",
        )


def unseen(text: str, name: str) -> Finding | None:
    """Return the first control or reordering character in *text*, if there is one."""
    found = UNSEEN.search(text)
    if found is None:
        return None
    return unseen_at(_place(name, text, found.start()), found.group())


def unseen_at(at: Place, character: str) -> Finding:
    """Return the finding for one control or reordering *character*."""
    number = f"U+{ord(character):04X}"
    if _BIDI.match(character):
        message = f"{number} changes the direction in which the text around it is shown"
        return BIDI.at(at, message, fix="delete the character")
    if character == "\r":
        message = "a carriage return stands without a line feed"
        return CONTROL.at(at, message, fix="save the file with LF line ends")
    return CONTROL.at(at, f"{number} is a control character", fix="delete the character")


def _place(name: str, text: str, index: int) -> Place:
    return Place(name, text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index))
