"""One deadline over everything that a run asks of others."""

from __future__ import annotations

from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic, sleep
from typing import TypeVar

T = TypeVar("T")


class LateError(Exception):
    """No answer in time."""


class Deadline:
    """Counts down from when it is made."""

    def __init__(self, seconds: float) -> None:
        """Start with *seconds* left."""
        self.seconds = seconds
        self._end = monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds until the end, 0 after it."""
        return max(0.0, self._end - monotonic())

    def within(self, seconds: float, ask: Callable[[], T]) -> T:
        """Return what *ask* returns, or raise LateError after *seconds* or at the end.

        What *ask* raises is our bug and ends the thread it runs in; mistakes of others it returns.
        The answer is awaited beside a thread of its own, because timeouts of sockets start anew
        with each byte and looking up a name has none. A thread that is late is left behind; it
        doesn't keep the program from ending.
        """
        outcome: SimpleQueue[list[T]] = SimpleQueue()

        def run() -> None:
            answers: list[T] = []
            try:
                answers.append(ask())
            finally:
                outcome.put(answers)

        Thread(target=run, daemon=True).start()
        try:
            [answer] = outcome.get(timeout=min(seconds, self.left))
        except Empty:
            raise LateError from None
        return answer

    def wait(self, seconds: float) -> bool:
        """Sleep for *seconds*, or return False at once when the end comes first."""
        if seconds >= self.left:
            return False
        sleep(seconds)
        return True
