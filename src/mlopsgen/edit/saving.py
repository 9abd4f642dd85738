"""New text in the place of old, file by file, whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkstemp

_MARK = b"\xef\xbb\xbf"
"""The byte order mark of UTF-8, which some editors write and the loader skips."""

_NEW_MODE = 0o644


@dataclass(frozen=True, slots=True)
class Change:
    """A file, what was read from it, and what it becomes; `before` is None where it is new."""

    path: Path
    before: bytes | None
    after: bytes


def encoded(text: str, before: bytes) -> bytes:
    """Return *text* as bytes, with a byte order mark where *before* had one."""
    return (_MARK if before.startswith(_MARK) else b"") + text.encode()


def save(changes: Sequence[Change]) -> None:
    """Bring every file of *changes* to disk, or none where one of them can't be.

    A link stays a link, and a file keeps its mode. OSError is raised where a file is not what was
    read any more, may not be written, or is there although it should be new; then all are as they
    were.
    """
    with ExitStack() as stack:
        staged = [(_staged(change, stack), change) for change in changes]
        for _, change in staged:
            _still(change)
        done: list[Change] = []
        try:
            for temporary, change in staged:
                temporary.replace(_real(change))
                done.append(change)
        except OSError:
            _undo(done)
            raise


def _staged(change: Change, stack: ExitStack) -> Path:
    """Write what *change* makes of a file beside it."""
    real = _real(change)
    mode = _NEW_MODE if change.before is None else stat.S_IMODE(real.stat().st_mode)
    if not mode & stat.S_IWUSR or (change.before is not None and not os.access(real, os.W_OK)):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(change.path))
    try:
        handle, name = mkstemp(dir=real.parent, prefix=f".{real.name}.")
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(change.path)) from error
    temporary = Path(name)
    stack.callback(temporary.unlink, missing_ok=True)
    with os.fdopen(handle, "wb") as file:
        file.write(change.after)
        file.flush()
        os.fchmod(handle, mode)  # mkstemp lets only the owner read
        os.fsync(handle)
    return temporary


def _still(change: Change) -> None:
    """Refuse when the file is not what was read any more."""
    real = _real(change)
    now = real.read_bytes() if os.path.lexists(real) else None
    if now != change.before:
        said = "is there already" if change.before is None else "was changed by somebody else"
        raise OSError(errno.EBUSY, f"it {said}; nothing was written", str(change.path))


def _undo(done: Iterable[Change]) -> None:
    for change in done:
        if change.before is None:
            change.path.unlink()
        else:
            _real(change).write_bytes(change.before)


def _real(change: Change) -> Path:
    return change.path.resolve()
