"""What goes wrong outside: the registry, the network between, or the way it was named."""

from __future__ import annotations

_SHOWN = 160
"""Characters of a foreign text that are quoted; more would hide the message."""


class RegistryError(Exception):
    """A registry that can't be asked, or doesn't answer as MLflow does."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix


class AddressError(Exception):
    """A tracking URI that names no registry; the message never holds its credentials."""


def quoted(text: object) -> str:
    """Return foreign *text* in backticks, on one line, clipped, and harmless to a terminal."""
    whole = " ".join(str(text).split())
    clipped = f"{whole[:_SHOWN]}..." if len(whole) > _SHOWN else whole
    plain = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in clipped)
    return f"`{plain.replace('`', chr(39))}`"
