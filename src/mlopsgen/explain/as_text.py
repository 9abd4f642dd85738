"""Explanations for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from mlopsgen.diagnostics import SpecPath
from mlopsgen.explain.flows import Half, Verdict
from mlopsgen.explain.keys import ANY, Key
from mlopsgen.explain.lines import File, Line
from mlopsgen.explain.models import Account, Candidate, Grant, Made, Version
from mlopsgen.explain.origins import How
from mlopsgen.explain.settings import Setting
from mlopsgen.report.characters import columns, shown, wrapped
from mlopsgen.report.located import Source, dotted
from mlopsgen.report.prose import where

_WIDTH = 100
_LABEL = 66
"""Columns of the longest label that the others are lined up with."""

_FEW = 3
"""Instance types and origins that are named at the most."""

HOW: Mapping[How, str] = {
    "is": "this value",
    "lock": "what platform.lock says of it",
    "named": "the same name and value",
    "name": "this name",
    "value": "the same value",
    "part": "decided from it",
    "file": "the whole file is made from it",
}
"""How an origin is known, in words."""


def key(found: Key, settings: Sequence[Setting], accounts: Sequence[Account]) -> str:
    """Return what a key means, what it is and what it becomes."""
    lines = [named(found.path), "", *_indented(wrapped(found.says, _WIDTH - 2)), ""]
    given = "it has to be there" if found.required else found.default
    lines += _table((("form", found.form), ("default", given)))
    if found.keys and not accounts:
        lines += ["", "  keys", *_indented(_table(found.keys))]
    if settings:
        lines += ["", *_settings(found, settings)]
    for account in accounts:
        lines += ["", *_account(account)]
    return _joined(lines)


def named(path: SpecPath) -> str:
    """Return *path* as a heading."""
    return ".".join(ANY if step == ANY else dotted((step,)) for step in path)


def _settings(found: Key, settings: Sequence[Setting]) -> Iterator[str]:
    several = ANY in found.path
    rows = []
    for each in settings:
        who = ", ".join(each.environments)
        label = f"{dotted(each.path)} in {who}" if several else f"in {who}"
        place = where(each.place) if each.place else ""
        instead = f"instead of {where(each.instead)}" if each.instead else ""
        said = ", ".join(filter(None, (place, each.because, instead)))
        rows.append((label, f"{each.value}  ({said})" if each.value else said))
    return _table(rows)


def _account(account: Account) -> Iterator[str]:
    yield f"in {', '.join(account.environments)} it becomes, in the folder of the environment"
    if not account.files:
        yield "  nothing of its own"
    yield from _table(_made(account.files))
    for version in account.versions:
        yield ""
        yield from _version(version)
    if account.grant:
        yield ""
        yield from _grant(account.grant)


def _made(files: Iterable[Made]) -> Iterator[tuple[str, str]]:
    for each in files:
        shared = " (with others)" if each.shared else ""
        yield each.path, f"{', '.join(each.objects)}{shared}"


def _version(version: Version) -> Iterator[str]:
    yield f"  {version.name}: {version.weight} % of the requests, runtime {version.runtime}"
    rows = [("source", version.source), ("image", version.image)]
    yield from _indented(_table((name, text) for name, text in rows if text))
    for pool in dict.fromkeys(each.pool for each in version.candidates):
        there = [each for each in version.candidates if each.pool == pool]
        yield f"    pool {pool}"
        yield from _indented(_candidates(there), 6)


def _candidates(there: list[Candidate]) -> Iterator[str]:
    fitting = [each for each in there if each.holds]
    small = [each.type for each in there if not each.holds]
    first = [each for each in fitting if each.arithmetic] or fitting[:_FEW]
    for each in first:
        gpus = f", {each.gpus}" if each.gpus else ""
        yield f"{each.type}: {each.cpu} CPUs and {each.memory} for pods{gpus}"
        if told := _seated(each):
            yield f"  {told}"
        if each.arithmetic:
            yield from _indented(wrapped(each.arithmetic, _WIDTH - 10), 2)
    rest = [each.type for each in fitting if each not in first]
    if rest:
        yield from wrapped(f"or {', '.join(rest)}", _WIDTH - 8)
    if small:
        yield from wrapped(f"too small: {', '.join(small)}", _WIDTH - 8)


def _seated(candidate: Candidate) -> str:
    """Return how many replicas an empty node holds, and what it costs."""
    held, usd = candidate.replicas, candidate.usd_per_hour
    holds = "" if held is None else f"holds {held} replica{'' if held == 1 else 's'}"
    costs = "" if usd is None else f"{usd:.2f} USD an hour on demand"
    return ", ".join(filter(None, (holds, costs)))


def _grant(grant: Grant) -> Iterator[str]:
    yield f"  service account {grant.account}"
    if grant.role:
        yield f"    takes {grant.role}, which may"
        for each in grant.statements:
            yield from _hanging(wrapped(each, _WIDTH - 8), 6)
    else:
        yield "    without a role: its pods ask AWS for nothing"
    for each in grant.secrets:
        yield f"    secret {each}"


def file(found: File, source: Source) -> str:
    """Return where a generated file, or a line of it, comes from."""
    lines = [found.name]
    if found.state:
        lines += [f"  {_STATES[found.state]}"]
    made = [found.emitter, *(f"shape templates/{name}" for name in found.shapes)]
    rows = [("made by", ", ".join(made))]
    rows += [
        ("made from", f"{dotted(path)}  ({where(source.locate(path, found.environment))})")
        for path in found.origins
    ]
    lines += _table(rows)
    for line in found.lines:
        lines += ["", *_line(found, line, source)]
    return _joined(lines)


def flow(found: Iterable[Verdict], source: Source, out: str) -> str:
    """Return who may connect to whom, and the policies that say so, in the folder *out*."""
    lines: list[str] = []
    for each in found:
        lines += ["", *_verdict(each, source, f"{out}/{each.environments[0]}")]
    return _joined(lines[1:])


def _verdict(found: Verdict, source: Source, folder: str) -> Iterator[str]:
    ending = "" if found.protocol == "TCP" else f"/{found.protocol}"
    service = f" (Service {found.service})" if found.service else ""
    names = ", ".join(found.environments)
    state = "allowed" if found.allowed else "refused"
    yield (
        f"{found.source} to {found.target} on port {found.port}{ending}{service}, in {names}:"
        f" {state}"
    )
    rows = [
        ("for", f"{because} ({where(source.locate(path, found.environments[0]))})")
        for because, path in found.declared
    ] or [("for", "nothing that the platform knows of")]
    for half, word in zip(found.halves, ("out", "in"), strict=True):
        rows += [(word, text) for text in _half(half, word, folder)]
    yield from _table(rows)


def _half(half: Half, word: str, folder: str) -> Iterator[str]:
    """Yield what one end says, the policies in lines of their own."""
    if not half.judged:
        yield f"no policy is for {half.title}"
    elif half.allowed:
        yield from (f"let {word} by {folder}/{each.path}:{each.line}" for each in half.policies)
    else:
        yield f"refused: none of the policies that are for {half.title} lets it {word}"
        yield from (f"{folder}/{each.path}" for each in half.policies)


_STATES = {
    "stale": "stale: the file on disk is another; this is what a build would write",
    "not built yet": "not built yet: this is what a build would write",
}


def _line(found: File, line: Line, source: Source) -> Iterator[str]:
    yield f"  {line.number} | {shown(line.text.rstrip())}"
    if line.fixed:
        yield f"    stands in templates/{found.shapes[0]} itself"
        return
    if line.hole:
        yield f"    filled into templates/{found.shapes[0]}:{line.hole_line}, [[ {line.hole} ]]"
    for each in line.origins[:_FEW]:
        yield f"    {dotted(each.path)}  ({_stated(source, each.path, found)}: {HOW[each.how]})"
    if len(line.origins) > _FEW:
        yield f"    and {len(line.origins) - _FEW} more"


def _stated(source: Source, path: SpecPath, found: File) -> str:
    place = source.stated(path, found.environment)
    return where(place) if place else "the default"


def _table(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    kept = [(name, text) for name, text in rows if text]
    width = min(max((columns(name) for name, _ in kept), default=0), _LABEL)
    before = ""
    for name, text in kept:
        label, before = ("" if name == before else name), name
        first, *more = wrapped(shown(text), max(_WIDTH - width - 4, _LABEL // 2))
        yield f"  {shown(label):{width}}  {first}".rstrip()
        yield from (f"  {'':{width}}  {each}" for each in more)


def _indented(lines: Iterable[str], by: int = 2) -> Iterator[str]:
    return (f"{' ' * by}{line}" for line in lines)


def _hanging(lines: Sequence[str], by: int) -> Iterator[str]:
    for index, line in enumerate(lines):
        yield f"{' ' * (by + 2 * (index > 0))}{line}"


def _joined(lines: Iterable[str]) -> str:
    return "".join(f"{line.rstrip()}\n" for line in lines)
