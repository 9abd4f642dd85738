"""What this machine can't do as a cluster would."""

from __future__ import annotations


class RefusedError(Exception):
    """A pipeline that isn't run, because it would run otherwise than in a cluster."""

    def __init__(self, message: str, fix: str) -> None:
        """Keep what is wrong and the smallest thing that mends it."""
        super().__init__(message)
        self.message = message
        self.fix = fix
