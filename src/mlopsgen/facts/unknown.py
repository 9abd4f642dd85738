"""What a look-up in the catalogue says when it holds no such fact."""

from __future__ import annotations

from collections.abc import Iterable


class UnknownFact(KeyError):  # noqa: N818 - it is an answer, not an error, to most callers
    """The catalogue has no *kind* called *name*; `known` lists those it has, sorted.

    The caller decides what it means: a mistake in platform.yaml is a finding, anything else
    is our bug and may pass through.
    """

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind = kind
        self.name = name
        self.known = tuple(sorted(known))
        super().__init__(kind, name)

    def __str__(self) -> str:
        return f"the catalogue has no {self.kind} `{self.name}`; it has {', '.join(self.known)}"
