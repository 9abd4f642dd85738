"""The pipeline: from platform.yaml to files that are ready to be written. Start reading here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from mlopsgen.artifact import Artifact, Rendered, header
from mlopsgen.blame import blamed
from mlopsgen.check import check
from mlopsgen.diagnostics import Finding, Rule, Severity, SpecPath
from mlopsgen.emit import EMITTERS
from mlopsgen.later import later
from mlopsgen.load import (
    ENVIRONMENTS,
    Loaded,
    fleet,
    gathered,
    load,
    orphans,
    overlaid,
    unknown_families,
)
from mlopsgen.lock import LOCK, Lock, read
from mlopsgen.patches import Patched, patched
from mlopsgen.plan import Plan, plan
from mlopsgen.prove import prove, terraform_vars
from mlopsgen.report import ignored
from mlopsgen.report.ignored import Ignored, judged
from mlopsgen.report.located import Located, Source, in_order, located
from mlopsgen.resources import TEMPLATES
from mlopsgen.serialize import to_json, to_yaml
from mlopsgen.shapes import Shapes
from mlopsgen.spec import Fleet, Platform
from mlopsgen.spec.keys import closest
from mlopsgen.spec.rules import MISSING_KEY

DEFAULT_ENVIRONMENT = "default"
"""The only environment of a platform.yaml that declares none."""

UNKNOWN_ENVIRONMENT = Rule(
    "ENV001",
    "only declared environments are built",
    "Each environment is a folder that Argo CD reconciles; one that platform.yaml doesn't declare"
    " would be a platform that nobody reviewed.",
)
RULES = (UNKNOWN_ENVIRONMENT, *ignored.RULES)


@dataclass(frozen=True, slots=True)
class Compilation:
    """What came of a platform: the findings, and the files by environment when none is an error.

    `complete` says that every declared environment was compiled, so that folders of others are
    left over.
    """

    source: Source
    findings: tuple[Located, ...]
    trees: Mapping[str, tuple[Rendered, ...]]
    complete: bool
    ignored: tuple[Ignored, ...] = ()
    """Warnings that a comment on their line takes away."""

    @property
    def ok(self) -> bool:
        """Whether it may be written."""
        return all(item.finding.severity is not Severity.ERROR for item in self.findings)

    @property
    def count(self) -> int:
        """How many files there are in all environments."""
        return sum(len(files) for files in self.trees.values())


@dataclass(frozen=True, slots=True)
class Draft:
    """One environment as far as its errors let it come: `plan` is None when a rule found one."""

    findings: tuple[Finding, ...]
    plan: Plan | None = None
    artifacts: tuple[Artifact, ...] = ()
    patched: Patched | None = None
    """What patches did to the artifacts; None where there are none."""

    @property
    def ok(self) -> bool:
        """Whether it may be written."""
        return all(finding.severity is not Severity.ERROR for finding in self.findings)


def compile_platform(
    platform: Path,
    environments: Sequence[str] = (),
    *,
    instead: Mapping[str, bytes] | None = None,
) -> Compilation:
    """Compile the platform written in *platform*, for *environments* or for all. Writes nothing.

    What *instead* has for a file of the project, by its name, is taken for what stands in it.
    """
    loaded = load(platform, instead=instead)
    declared = tuple(loaded.overlays) or (DEFAULT_ENVIRONMENT,)
    wanted = tuple(dict.fromkeys(environments)) or declared
    findings = list(loaded.findings) or list(undeclared(platform.name, wanted, loaded))
    lock, broken = locked(platform, (instead or {}).get(LOCK))
    findings += broken
    trees: dict[str, tuple[Rendered, ...]] = {}
    if not findings:
        shapes, beside = Shapes(TEMPLATES), fleet(loaded)
        for environment in wanted:
            draft = drafted(loaded, environment, lock, shapes, beside)
            told = gathered(draft.findings, loaded.source, environment)
            findings += (replace(each, environments=(environment,)) for each in told)
            trees[environment] = tuple(rendered(draft.artifacts))
    items = tuple(everywhere(located(findings, loaded.source), wanted))
    failed = any(item.finding.severity is Severity.ERROR for item in items)
    complete = set(declared) <= set(wanted)
    kept = judged(items, loaded.source.ignores(), complete=complete)
    items = in_order((*kept.items, *located(kept.comments, loaded.source)))
    return Compilation(loaded.source, items, {} if failed else trees, complete, kept.ignored)


def drafted(
    loaded: Loaded, environment: str, lock: Lock, shapes: Shapes, beside: Fleet | None = None
) -> Draft:
    """Take one environment through spec, rules, plan, emitters and proofs.

    The others, *beside* it, are looked up in *loaded* where they aren't given.
    """
    draft = emitted(loaded, environment, lock, shapes, beside)
    if draft.plan is None:
        return draft
    proved: Iterable[Finding] = prove(draft.plan, draft.artifacts)
    if draft.patched:
        proved = blamed(draft.plan, draft.patched, tuple(proved))
    taken = terraform_vars.taken(loaded.modules, draft.artifacts)
    return replace(draft, findings=(*draft.findings, *proved, *taken))


def emitted(
    loaded: Loaded, environment: str, lock: Lock, shapes: Shapes, beside: Fleet | None = None
) -> Draft:
    """Take one environment through spec, rules, plan, emitters and patches; prove nothing of it."""
    platform = specified(loaded, environment)
    if not isinstance(platform, Platform):
        return Draft(tuple(platform))
    beside = fleet(loaded) if beside is None else beside
    findings = tuple(check(platform, environment, lock, beside))
    if any(finding.severity is Severity.ERROR for finding in findings):
        return Draft(findings)
    decided = plan(platform, environment, lock, beside)
    artifacts = tuple(artifact for emit in EMITTERS for artifact in emit(decided, shapes))
    if not platform.patches:
        return Draft(findings, decided, artifacts)
    made = patched(platform.patches, artifacts)
    return Draft((*findings, *made.findings), decided, made.artifacts, made)


def specified(loaded: Loaded, environment: str) -> Platform | list[Finding]:
    """Return the platform of *environment* as it is written, or what is wrong with that."""
    data = overlaid(loaded, environment)
    findings = list(unknown_families(data))
    try:
        platform = Platform.model_validate(data)
    except ValidationError as error:
        refused = list(_refused(error, loaded, environment, orphans(data)))
        # Of a platform in another version of the format nothing else can be told.
        of_version = [each for each in refused if each.at == ("apiVersion",)]
        return of_version or [*findings, *refused]
    return findings or platform


def _refused(
    error: ValidationError, loaded: Loaded, environment: str, orphaned: frozenset[SpecPath]
) -> Iterator[Finding]:
    """Yield what *error* says, without what *orphaned* models lack for want of a family."""
    words = later("mlopsgen.spec.words")
    for each in words.findings(error, lambda path: loaded.source.written(path, environment)):
        if each.code != MISSING_KEY.code or each.at[:2] not in orphaned:
            yield each


def rendered(artifacts: Iterable[Artifact]) -> Iterator[Rendered]:
    """Yield *artifacts* as bytes, YAML under a header that says where it came from."""
    for artifact in artifacts:
        data = _text(artifact).encode()
        yield Rendered(artifact.path, data, artifact.emitter, artifact.origin)


def _text(artifact: Artifact) -> str:
    match artifact.body:
        case str() as text:
            return text
        case Mapping() as values if artifact.path.endswith(".json"):
            return to_json(values)
        case Mapping() as values:
            return header(artifact.origin) + to_yaml((values,))
        case documents:
            return header(artifact.origin) + to_yaml(documents)


def locked(platform: Path, instead: bytes | None = None) -> tuple[Lock, tuple[Finding, ...]]:
    """Return the lock beside *platform*, or *instead*; one without aliases needs none."""
    path = platform.parent / LOCK
    if instead is not None:
        return read(path.name, instead.decode("utf-8", "replace"))
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return Lock(), ()
    return read(path.name, text)


def undeclared(name: str, wanted: Iterable[str], loaded: Loaded) -> Iterator[Finding]:
    """Yield what is wrong with each environment *wanted* that the platform in *name* has not."""
    declared = tuple(loaded.overlays) or (DEFAULT_ENVIRONMENT,)
    known = ", ".join(f"`{each}`" for each in declared)
    has = f"; it has {known}" if loaded.overlays else ", which declares none"
    for environment in wanted:
        if environment not in declared:
            near = closest(environment, declared)
            instead = f"write `--env {near}`" if near else f"take one of {known}"
            finding = UNKNOWN_ENVIRONMENT.at(
                (ENVIRONMENTS,),
                f"`{environment}` isn't an environment of `{name}`{has}",
                fix=f"{instead if loaded.overlays else 'leave `--env` out'},"
                f" or declare `{environment}` under `{ENVIRONMENTS}`",
            )
            yield replace(finding, on_key=True)


def everywhere(items: Iterable[Located], wanted: Sequence[str]) -> Iterator[Located]:
    """Yield *items*, their environments dropped where all that were compiled have the finding."""
    for item in items:
        everywhere = set(item.finding.environments) == set(wanted)
        finding = replace(item.finding, environments=()) if everywhere else item.finding
        yield replace(item, finding=finding)
