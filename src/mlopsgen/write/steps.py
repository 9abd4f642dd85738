"""The operations on the file system that `write` is made of."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mlopsgen.later import later

FILE_MODE = 0o644
FOLDER_MODE = 0o755

_HERE = -100
"""AT_FDCWD of Linux' fcntl.h: paths count from the working folder."""
_EXCHANGE = 2
"""RENAME_EXCHANGE of Linux' fs.h, and RENAME_SWAP of macOS' stdio.h: the same number."""
_NO_LINKS = {
    errno.EPERM,
    errno.EACCES,
    errno.ENOTSUP,
    errno.EOPNOTSUPP,
    errno.ENOSYS,
    errno.EMLINK,
    errno.EXDEV,
}
"""What link(2) says of file systems without hard links, of files that protected_hardlinks keeps
from being linked, of files with too many links, and across mount points."""


def _mkdir(path: str) -> None:
    folder = Path(path)
    folder.mkdir()
    folder.chmod(FOLDER_MODE)  # the mode given to mkdir is cut by the umask


def _write(path: str, data: bytes) -> None:
    """Create *path*, which must not exist, with *data*."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, FILE_MODE)
    try:
        os.fchmod(file, FILE_MODE)  # the mode given to open is cut by the umask
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(file, rest) :]
    except OSError as error:
        error.filename = path  # a full disk names no file
        raise
    finally:
        os.close(file)


def _link(source: str, target: str) -> None:
    """Give the file or symbolic link *source* a second name, or copy it where links fail."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        mode = os.lstat(source).st_mode
        if error.errno not in _NO_LINKS or not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
            raise
        shutil.copy2(source, target, follow_symlinks=False)


def _exchange(first: str, second: str) -> None:
    """Swap two folders of one file system in one step: nobody ever sees either missing."""
    ctypes = later("ctypes")  # 3 ms that a build without changes doesn't need
    libc = ctypes.CDLL(None, use_errno=True)
    ours, theirs = os.fsencode(first), os.fsencode(second)
    try:
        if sys.platform == "darwin":
            result = libc.renamex_np(ours, theirs, ctypes.c_uint(_EXCHANGE))
        else:
            result = libc.renameat2(_HERE, ours, _HERE, theirs, ctypes.c_uint(_EXCHANGE))
    except AttributeError:  # a C library from before 2018
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS), first, None, second) from None
    if result:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), first, None, second)


def _unlink(name: str, folder: int) -> None:
    os.unlink(name, dir_fd=folder)


def _rmdir(name: str, folder: int) -> None:
    os.rmdir(name, dir_fd=folder)


@dataclass(frozen=True, slots=True)
class Steps:
    """Every change that `write` makes to the output, or beside it, is one call of one of these.

    A test puts its own in their place: to count them, and to die before the n-th. `unlink` and
    `rmdir` take a name and the descriptor of the folder it stands in, so that no link swapped in
    half way can lead them out of it; `chmod` takes a path or a descriptor.
    """

    mkdir: Callable[[str], None] = _mkdir
    write: Callable[[str, bytes], None] = _write
    link: Callable[[str, str], None] = _link
    chmod: Callable[[str | int, int], None] = os.chmod
    exchange: Callable[[str, str], None] = _exchange
    rename: Callable[[str, str], None] = os.rename
    unlink: Callable[[str, int], None] = _unlink
    rmdir: Callable[[str, int], None] = _rmdir


STEPS = Steps()
