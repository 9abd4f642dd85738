"""Mutates what was emitted, one field at a time, and tells which mistakes the proofs find.

A mutation deletes a field, misspells it, puts in its place what stands in the same field of
something else, or changes a number. Every field counts but those that `EXCLUDED` gives a reason
for. Prints how many were found, by class of field, with the codes that found them, and each that
survived.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.mutation_fields import classified, excluded
from mlopsgen.artifact import Artifact
from mlopsgen.compiler import Draft, drafted, locked
from mlopsgen.load import load
from mlopsgen.plan import Plan
from mlopsgen.prove import prove
from mlopsgen.prove.emitted import Emitted
from mlopsgen.prove.pods import pods
from mlopsgen.prove.services import services
from mlopsgen.resources import TEMPLATES
from mlopsgen.shapes import Shapes

Steps = tuple[str | int, ...]
INSIDE = "{}"
"""The step into a text that is JSON."""

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]{3,}")


@dataclass(frozen=True, slots=True)
class Site:
    """A field of an artifact that has no fields of its own."""

    artifact: int
    steps: Steps
    value: Any
    field: str
    """Its kind or file and its path, list positions as `[]`."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """One change of one field, and the codes that found it; none where it survived."""

    site: Site
    path: str
    how: str
    value: Any
    codes: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = ".".join(map(str, self.site.steps))
        return f"{self.path} {where}: {self.how} {_short(self.site.value)} -> {_short(self.value)}"


DELETED = object()
"""Stands for a field that is no longer there."""


def _short(value: object) -> str:
    return "nothing" if value is DELETED else repr(value)[:90]


def sites(artifacts: Sequence[Artifact]) -> Iterator[Site]:
    """Yield every field that a mutation may change."""
    for number, artifact in enumerate(artifacts):
        if isinstance(artifact.body, str):
            continue
        documents = artifact.objects or (artifact.body,)
        for index, document in enumerate(documents):
            kind = document["kind"] if artifact.objects else artifact.path
            start: Steps = (index,) if artifact.objects else ()
            for steps, value in _leaves(document, ()):
                parts = ("[]" if isinstance(step, int) else step for step in steps)
                yield Site(number, (*start, *steps), value, f"{kind}:{'/'.join(parts)}")


def _leaves(node: Any, steps: Steps) -> Iterator[tuple[Steps, Any]]:
    inner = _decoded(node)
    if inner is not None:
        node, steps = inner, (*steps, INSIDE)
    match node:
        case dict() if node:
            for key, value in node.items():
                yield from _leaves(value, (*steps, key))
        case list() | tuple() if node:
            for index, value in enumerate(node):
                yield from _leaves(value, (*steps, index))
        case _:
            yield steps, node


def _decoded(node: object) -> Any:
    """Return the data in a text that is JSON, None for every other value."""
    if not isinstance(node, str) or not node.startswith(("{", "[{")):
        return None
    try:
        return json.loads(node)
    except ValueError:
        return None


def changes(site: Site, others: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    """Yield how the value of *site* may be wrong; *others* stand in the same field elsewhere."""
    yield "delete", DELETED
    match site.value:
        case bool() as value:
            yield "flip", not value
        case int() | float() as value:
            yield "number", value + 1
            yield "number", value * 10 if value else 10
        case str() as value if value:
            chance = random.Random(value)
            words = list(_WORD.finditer(value))
            if words:
                word = chance.choice(words)
                at = chance.randrange(word.start() + 1, word.end() - 1)
                yield "typo", value[:at] + value[at + 1 :]
            if number := re.search(r"\d+", value):
                yield (
                    "number",
                    f"{value[: number.start()]}{int(number[0]) + 1}{value[number.end() :]}",
                )
        case _:
            pass
    if others:
        yield "other", random.Random(str(site.steps)).choice(others)


def mutated(artifacts: Sequence[Artifact], site: Site, value: Any) -> tuple[Artifact, ...]:
    """Return *artifacts* with *value* at *site*."""
    artifact = artifacts[site.artifact]
    body = _set(artifact.body, site.steps, value)
    found = replace(artifact, body=body)
    return (*artifacts[: site.artifact], found, *artifacts[site.artifact + 1 :])


def _set(node: Any, steps: Steps, value: Any) -> Any:
    if not steps:
        return value
    step, *rest = steps
    if step == INSIDE:
        return json.dumps(_set(_decoded(node), tuple(rest), value))
    changed = list(node) if isinstance(node, list | tuple) else dict(node)
    if not rest and value is DELETED:
        del changed[step]
    else:
        changed[step] = _set(node[step], tuple(rest), value)
    return tuple(changed) if isinstance(node, tuple) else changed


def candidates(draft: Draft) -> list[tuple[Site, str, Any]]:
    """Return every mutation that should be found."""
    artifacts = draft.artifacts
    found, labelled = list(sites(artifacts)), populations(draft)
    values: dict[str, list[Any]] = defaultdict(list)
    for site in found:
        if site.value not in values[site.field]:
            values[site.field].append(site.value)
    return [
        (site, how, value)
        for site in found
        for how, value in changes(site, [each for each in values[site.field] if each != site.value])
        if not excluded(site.field, how) and not _as_wide(artifacts, site, how, labelled)
    ]


def populations(draft: Draft) -> list[Mapping[str, str]]:
    """Return the labels of all pods and Services that there are: what selectors choose from."""
    plan = draft.plan
    assert plan is not None
    emitted = Emitted.of(plan, draft.artifacts)
    found = [pod.labels for pod in pods(emitted)]
    found += [service.labels for service in services(emitted)]
    for part in plan.parts.values():
        found += [workload.labels for workload in part.facts.workloads.values()]
    return found


def _as_wide(
    artifacts: Sequence[Artifact], site: Site, how: str, labelled: Sequence[Mapping[str, str]]
) -> bool:
    """Say whether a selector without that label selects what it did: then nothing is wrong."""
    if how != "delete" or site.steps[-2:-1] != ("matchLabels",):
        return False
    node: Any = artifacts[site.artifact].body
    for step in site.steps[:-1]:
        node = node[step]
    fewer = {key: value for key, value in node.items() if key != site.steps[-1]}
    return bool(fewer) and all(
        node.items() <= labels.items() for labels in labelled if fewer.items() <= labels.items()
    )


def codes(plan: Plan, artifacts: Sequence[Artifact]) -> tuple[str, ...]:
    """Return the codes of what the proofs have against *artifacts*."""
    return tuple(sorted({finding.code for finding in prove(plan, artifacts)}))


def run(draft: Draft, count: int, seed: int) -> Iterator[Mutation]:
    """Yield *count* mutations of *draft*, chosen by *seed* evenly over the fields' names."""
    plan = draft.plan
    assert plan is not None
    assert not codes(plan, draft.artifacts)
    groups: dict[str, list[tuple[Site, str, Any]]] = defaultdict(list)
    for each in candidates(draft):
        groups[each[0].field].append(each)
    chance = random.Random(seed)
    names = sorted(groups)
    for _ in range(count):
        site, how, value = chance.choice(groups[chance.choice(names)])
        told = codes(plan, mutated(draft.artifacts, site, value))
        yield Mutation(site, draft.artifacts[site.artifact].path, how, value, told)


def compiled(platform: Path, environment: str) -> Draft:
    """Return *platform* as it is emitted for *environment*."""
    return drafted(load(platform), environment, locked(platform)[0], Shapes(TEMPLATES))


def main() -> None:
    """Print the table, and what survived."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("platform", nargs="?", type=Path, default=Path("platform.yaml"))
    parser.add_argument("--env", default="default")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    draft = compiled(options.platform, options.env)
    tally: dict[str, Counter[str]] = defaultdict(Counter)
    survivors = []
    for each in run(draft, options.count, options.seed):
        row = tally[classified(each.site.field)]
        row["all"] += 1
        row["found"] += bool(each.codes)
        row.update(each.codes)
        if not each.codes:
            survivors.append(each)
    for name, row in sorted(tally.items()):
        told = ", ".join(f"{c} {n}" for c, n in row.most_common() if c not in {"all", "found"})
        print(f"{name:28} {row['found']:4} of {row['all']:4}  {told}")
    found = options.count - len(survivors)
    print(f"{'all':28} {found:4} of {options.count:4}  {100 * found / options.count:.1f} %")
    for one in sorted(survivors, key=lambda one: (classified(one.site.field), one.site.field)):
        print(f"  [{classified(one.site.field)}] {one}")


if __name__ == "__main__":
    main()
