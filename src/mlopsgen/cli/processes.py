"""Programs that are run to their end: the only place that starts processes."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

_GRACE = 10.0
"""Seconds between the request to end and the end; Kubernetes gives a pod 30."""


_KEPT = 65_536
"""Bytes that are kept of what a program says: the last ones, where it says how it went."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How a program ended, None when it took too long, and what it said."""

    code: int | None
    out: str
    err: str


def answer(
    argv: Sequence[str], env: Mapping[str, str], folder: Path, seconds: float | None
) -> Answer:
    """Return what `exit_code` does, and what the program said, which is shown to nobody yet."""
    with TemporaryFile() as out, TemporaryFile() as err:
        code = exit_code(argv, env, folder, seconds, out=out, err=err)
        return Answer(code, _last(out), _last(err))


def exit_code(
    argv: Sequence[str],
    env: Mapping[str, str],
    folder: Path,
    seconds: float | None,
    *,
    out: IO[bytes] | None = None,
    err: IO[bytes] | None = None,
) -> int | None:
    """Return what the program *argv* ended with in *folder*; None when it took over *seconds*.

    No shell reads the arguments and nothing but *env* is in its environment. What it has started
    itself ends with it, as in a container, and so does the program when we are interrupted.
    """
    with subprocess.Popen(  # noqa: S603 - running these programs is what was asked for
        argv,
        env=env,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=err,
        start_new_session=True,
    ) as process:
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            _end(process)


def _last(file: IO[bytes]) -> str:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _KEPT))
    return file.read().decode(errors="replace")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End *process* and its group, asking first while it runs."""
    if process.poll() is None:
        _send(process, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE)
    _send(process, signal.SIGKILL)


def _send(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    # Of a group that is gone, or has only ended processes left, the system says either.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
