"""What every stage reports: findings, and the places they point at."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Generic, ParamSpec

SpecPath = tuple[str | int, ...]
"""A route into platform.yaml: `("models", "iris", "scale", "max")`. Made a line number late."""


class Severity(StrEnum):
    """How much a finding matters: an error stops the build, the others never do."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of one line of a file. Line and column count from 1, width is in characters."""

    file: str
    line: int
    column: int
    width: int = 1


@dataclass(frozen=True, slots=True)
class Related:
    """A second place that a finding needs to be understood."""

    at: SpecPath | Place
    message: str


@dataclass(frozen=True, slots=True)
class Mend:
    """The text that mends a finding, where only one thing can have been meant.

    It takes the place of what the finding points at; *added*, it is a new entry before that.
    """

    text: str
    added: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong, in the words of the person who has to mend it.

    `message` says what is wrong with whose value, `why` what would happen in the cluster, `fix`
    the smallest change that mends it. `environments` names the environments it was found in,
    and is empty when it was found in all of them. `on_key` says that the key at the end of the
    path is what is wrong, not its value, and `hides` that the value is a secret, so that nothing
    may quote the line from there on. `mend` is there where `mlopsgen fix` can do what `fix` says.
    """

    at: SpecPath | Place
    message: str
    fix: str
    why: str = ""
    related: tuple[Related, ...] = ()
    code: str = ""
    severity: Severity = Severity.ERROR
    environments: tuple[str, ...] = ()
    on_key: bool = False
    hides: bool = False
    mend: Mend | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """What a code stands for. `title` and `why` open its page under docs/rules/."""

    code: str
    title: str
    why: str
    severity: Severity = Severity.ERROR

    def at(
        self,
        at: SpecPath | Place,
        message: str,
        *,
        fix: str,
        why: str = "",
        related: tuple[Related, ...] = (),
        mend: Mend | None = None,
    ) -> Finding:
        """Return a finding of this rule; *why* stands in for the rule's own where it is given."""
        return Finding(
            at=at,
            message=message,
            fix=fix,
            why=why or self.why,
            related=related,
            code=self.code,
            severity=self.severity,
            mend=mend,
        )


Arguments = ParamSpec("Arguments")
Body = Callable[Arguments, Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Check(Generic[Arguments]):
    """A rule with its body; calling it yields the body's findings, stamped with the rule."""

    rule: Rule
    body: Body[Arguments]

    def __call__(self, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Iterator[Finding]:
        """Yield what the body finds."""
        rule = self.rule
        for found in self.body(*args, **kwargs):
            yield replace(found, code=rule.code, severity=rule.severity, why=found.why or rule.why)


def rule(
    code: str, severity: Severity = Severity.ERROR
) -> Callable[[Body[Arguments]], Check[Arguments]]:
    """Make a function a check of rule *code*: its docstring gives the title and the why."""

    def decorate(body: Body[Arguments]) -> Check[Arguments]:
        title, _, why = inspect.cleandoc(body.__doc__ or "").partition("\n\n")
        # A title stands after its code and a colon; only names keep their capitals there.
        start = title[:1].lower() if title[1:2].islower() or title[1:2] == " " else title[:1]
        words = f"{start}{title[1:].rstrip('.')}"
        return Check(Rule(code, words, " ".join(why.split()), severity), body)

    return decorate


_EXACT = 2**53
"""Up to here a float is the whole number it stands for."""


def numeral(value: float) -> str:
    """Return *value* with all its digits, as people write it: 10, 0.05, 1000000."""
    whole = value == round(value, 0) and abs(value) < _EXACT
    return f"{value:.0f}" if whole else str(value)
