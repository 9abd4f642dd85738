"""Which paths a file of the output may have."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_NAME = r"(?!\.\.?(?:/|\Z))[^/\\\x00-\x1f\x7f]+"
_PATH = re.compile(rf"{_NAME}(?:/{_NAME})*")
_LONGEST = 255
"""Bytes of one name on ext4, XFS, btrfs, APFS and tmpfs."""


def fault(path: str) -> str:
    """Return what keeps *path* from naming a file inside a folder; nothing when it does."""
    if not _PATH.fullmatch(path):
        return "is empty or absolute, or has `.`, `..`, a backslash or a control character in it"
    if len(path) <= _LONGEST and path.isascii():
        return ""
    try:
        names = path.encode().split(b"/")
    except UnicodeEncodeError:
        return "cannot be written as UTF-8"
    length = max(map(len, names))
    return f"has a name of {length} bytes in it; {_LONGEST} fit" if length > _LONGEST else ""


def clash(paths: Iterable[str]) -> str:
    """Return which two of *paths* cannot stand in one folder; nothing when all can.

    Names that differ only in case, or in how an accent is spelled, are one name on macOS.
    """
    files: dict[str, str] = {}
    for path in paths:
        key = _folded(path)
        if key in files:
            return f"`{files[key]}` and `{path}` are the same file on some file systems"
        files[key] = path
    folders: dict[str, str] = {}
    for path in parents(files.values()):
        key = _folded(path)
        other = folders.setdefault(key, path)
        if other != path:
            return f"`{other}` and `{path}` are the same folder on some file systems"
        if key in files:
            return f"`{files[key]}` is a file and `{path}` a folder"
    return ""


def parents(paths: Iterable[str]) -> dict[str, None]:
    """Return every folder above one of *paths*, in the order met: a set that keeps its order."""
    found: dict[str, None] = {}
    for path in paths:
        parent = path.rpartition("/")[0]
        while parent and parent not in found:
            found[parent] = None
            parent = parent.rpartition("/")[0]
    return found


def _folded(path: str) -> str:
    return path.lower() if path.isascii() else unicodedata.normalize("NFC", path).casefold()
