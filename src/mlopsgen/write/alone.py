"""One build at a time in a folder."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NO_LOCKS = {errno.EBADF, errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}
"""What flock(2) says of folders on file systems without such locks; NFS says EBADF."""


@contextmanager
def alone(folder: Path) -> Iterator[bool]:
    """Hold the lock on *folder* for the block; False when another build holds it.

    The lock is the kernel's (flock on the folder itself): it leaves no file behind and ends with
    the process, however that ends. It is asked for once, since waiting needs a clock. Where folders
    cannot be locked, as on NFS, builds are not kept apart.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield _taken(descriptor)
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
    return True
