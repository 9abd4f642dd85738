"""Programs that are run to their end: the only place that starts processes."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

_GRACE = 10.0
"""Seconds between the request to end and the end; Kubernetes gives a pod 30."""


def exit_code(
    argv: Sequence[str], env: Mapping[str, str], folder: Path, seconds: float | None
) -> int | None:
    """Return what the program *argv* ended with in *folder*; None when it took over *seconds*.

    No shell reads the arguments and nothing but *env* is in its environment. What it has started
    itself ends with it, as in a container, and so does the program when we are interrupted.
    """
    with subprocess.Popen(  # noqa: S603 - running the steps of a pipeline is what was asked for
        argv, env=env, cwd=folder, stdin=subprocess.DEVNULL, start_new_session=True
    ) as process:
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            _end(process)


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
