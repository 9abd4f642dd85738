"""Whether one end may connect to another, and which policies say so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from mlopsgen.artifact import Artifact
from mlopsgen.compiler import rendered
from mlopsgen.diagnostics import SpecPath
from mlopsgen.explain import places
from mlopsgen.explain.ends import End, named, resolved
from mlopsgen.explain.keys import Unknown
from mlopsgen.explain.project import Project
from mlopsgen.prove.network import Matrix
from mlopsgen.prove.network.policies import Direction, Policy, PortKey

_HTTPS = 443
_TCP = "TCP"


@dataclass(frozen=True, slots=True)
class Stand:
    """A policy at one end, with the line of the rule that lets the connection through, or 0."""

    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Half:
    """One end: what policies there say. `judged` is False for addresses and other namespaces."""

    title: str
    direction: Direction
    judged: bool
    allowed: bool
    policies: tuple[Stand, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether *source* may connect to *target* on a port of its pods."""

    source: str
    target: str
    protocol: str
    port: int
    service: str
    """The Service that stands in front, with its port; empty without one."""

    halves: tuple[Half, ...]
    declared: tuple[tuple[str, SpecPath], ...]
    """What the connection is for, and the value that asks for it."""

    environments: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether both ends let it through."""
        return all(half.allowed for half in self.halves)


def explained(project: Project, words: Sequence[str], port: int | None) -> list[Verdict] | Unknown:
    """Return what *words*, two ends, say of a connection: in each environment, equal ones once."""
    asked = named(words)
    if isinstance(asked, Unknown):
        return asked
    found: dict[Verdict, list[str]] = {}
    for environment, (draft, _) in project.drafts.items():
        if draft.plan is None:
            continue
        matrix = Matrix(draft.plan, draft.artifacts)
        files = {each.path: each for each in draft.artifacts}
        ends: list[list[End]] = []
        for kind, name in asked:
            one = resolved(matrix, kind, name)
            if isinstance(one, Unknown):
                return one
            ends.append(one)
        for source in ends[0]:
            for target in ends[1]:
                for verdict in _verdicts(_Case(matrix, source, target), port, files):
                    found.setdefault(verdict, []).append(environment)
    verdicts = [replace(each, environments=tuple(names)) for each, names in found.items()]
    # Of a component with many workloads those are meant that have to do with the other end.
    return [each for each in verdicts if each.declared] or verdicts


@dataclass(frozen=True, slots=True)
class _Case:
    matrix: Matrix
    source: End
    target: End

    def declared(self) -> Iterator[tuple[str, int, str, SpecPath]]:
        """Yield the ports that flows between the two are for, with the reason and its place."""
        ends = self.matrix.ends
        for flow in self.matrix.plan.flows:
            source, target = ends.of(flow.source), ends.of(flow.target)
            if self.source.ends & source and self.target.ends & target:
                for port in flow.ports:
                    yield port.protocol, port.number, flow.because, flow.origin


def _verdicts(case: _Case, wanted: int | None, files: dict[str, Artifact]) -> Iterator[Verdict]:
    """Yield a verdict for the port *wanted*, else for each that is declared or listened on."""
    declared = list(case.declared())
    own = case.matrix.ends.group(case.target.pod).ports if case.target.pod is not None else {}
    behind = case.matrix.ends.behind.get(case.target.pod or -1, [])
    asked = dict.fromkeys((protocol, number) for protocol, number, _, _ in declared)
    # Models of a namespace are opened together, on the ports of all of them.
    asked = {each: None for each in asked if each[1] in own.values()} or asked
    if wanted is not None:
        inner = [number for _, listening, number in behind if listening == wanted]
        numbers = inner if inner and wanted not in own.values() else [wanted]
        asked = {each: None for each in asked if each[1] == numbers[0]} or {
            (_TCP, numbers[0]): None
        }
    asked = asked or dict.fromkeys((_TCP, each) for each in own.values()) or {(_TCP, _HTTPS): None}
    for protocol, number in asked:
        fronts = [
            f"{case.matrix.ends.front(front).name}:{listening}"
            for front, listening, inside in behind
            if inside == number
        ]
        reasons = [each[2:] for each in declared if each[:2] == (protocol, number)]
        key = case.matrix.numbers.key(protocol, number)
        yield Verdict(
            source=case.source.title,
            target=case.target.title,
            protocol=protocol,
            port=number,
            service=fronts[0] if fronts else "",
            halves=(
                _half(case.matrix, "egress", (case.source, case.target), key, files),
                _half(case.matrix, "ingress", (case.target, case.source), key, files),
            ),
            declared=tuple(reasons),
        )


def _half(
    matrix: Matrix,
    direction: Direction,
    ends: tuple[End, End],
    key: PortKey,
    files: dict[str, Artifact],
) -> Half:
    """Return what the policies at the first of *ends* say of a connection with the second."""
    here, there = ends
    if here.pod is None:
        return Half(here.title, direction, judged=False, allowed=True, policies=())
    judging = matrix.judging(here.pod, direction)
    allowed = matrix.lets(here.pod, direction, key, there.ends)
    stands = [
        Stand(each.path, _line(files[each.path], each, direction, matrix, (key, there)))
        for each in judging
    ]
    letting = [each for each in stands if each.line]
    return Half(
        here.title,
        direction,
        judged=bool(judging),
        allowed=allowed,
        policies=tuple(letting if allowed else stands),
    )


def _line(
    artifact: Artifact,
    policy: Policy,
    direction: Direction,
    matrix: Matrix,
    asked: tuple[PortKey, End],
) -> int:
    """Return the line of the rule that lets some of it through, 0 where none does."""
    key, there = asked
    for opening in policy.opened[direction]:
        opened = matrix.access(opening.ports.items()).get(key, 0)
        if opened & there.ends:
            [made] = rendered([artifact])
            for written in places.values(made.data.decode()):
                if written.path == (0, "spec", direction, opening.index):
                    return written.line
            # A rule of nothing stands on the line of its list.
            return 1
    return 0
