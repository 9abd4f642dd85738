"""Values of steps: each comes from something that has one when the step starts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mlopsgen.check.checked import Checked, choose
from mlopsgen.check.graph import earlier
from mlopsgen.check.outcomes import outcomes, said, surely
from mlopsgen.diagnostics import Finding, Related, SpecPath, rule
from mlopsgen.spec import OutputArtifact, Pipeline, Step
from mlopsgen.spec.said import named, quoted
from mlopsgen.spec.terms import PARAMETERS, Comparison, Ref, leaves


@dataclass(frozen=True, slots=True)
class _Used:
    """A reference of a step, and where it is."""

    at: SpecPath
    ref: Ref
    pipeline: Pipeline
    step: Step

    @property
    def told(self) -> str:
        """The reference with its place, as the start of a sentence."""
        return f"{named(self.at)} takes {quoted(self.ref.written)}"

    def finding(self, clause: str, fix: str, *related: Related) -> Finding:
        """Return what is wrong with it."""
        return Finding(at=self.at, message=f"{self.told}; {clause}", fix=fix, related=related)


@rule("REF006")
def values_come_from_somewhere(checked: Checked) -> Iterator[Finding]:
    """A value is a parameter, an item, or an output parameter of an earlier step.

    Argo Workflows fills it in when the step starts. What it can't fill in stays in the condition
    with its braces, which no evaluator reads, and the step ends in an error.
    """
    for used in _used(checked):
        match used.ref.source:
            case "parameters":
                found = _parameter(used)
            case "item":
                found = _item(used)
            case _:
                found = _output(used)
        if found:
            yield found


def _used(checked: Checked) -> Iterator[_Used]:
    """Yield what all steps refer to."""
    for at, pipeline, step in checked.steps():
        yield from _used_by(at, pipeline, step)


def _used_by(at: SpecPath, pipeline: Pipeline, step: Step) -> Iterator[_Used]:
    """Yield what *step* refers to, a condition's references once each."""
    for name, text in step.parameters.items():
        yield _Used((*at, "parameters", name), _ref(text), pipeline, step)
    if step.with_param:
        yield _Used((*at, "withParam"), _ref(step.with_param), pipeline, step)
    term = said(step)
    compared = [leaf for leaf in leaves(term) if isinstance(leaf, Comparison)] if term else []
    for ref in dict.fromkeys(ref for leaf in compared for ref in leaf.refs):
        yield _Used((*at, "when"), ref, pipeline, step)


def _ref(text: str) -> Ref:
    source, _, name = text.partition(".")
    return Ref(source, name)


def _parameter(used: _Used) -> Finding | None:
    parameters = list(used.pipeline.parameters)
    if used.ref.name in parameters:
        return None
    add = f"add `{used.ref.name}` to `parameters` of `{used.at[1]}`"
    fix = f"{choose(used.ref.name, parameters)}, or {add}" if parameters else add
    there = (Related((*used.at[:2], "parameters"), "they are declared here"),)
    return used.finding(
        f"`{used.at[1]}` has no such parameter", fix, *(there if parameters else ())
    )


def _item(used: _Used) -> Finding | None:
    """Return the finding for an item that the step hasn't, or for a key that an item hasn't."""
    step, name = used.step, used.ref.name
    if not step.fans_out or used.at[-1] == "withParam":
        return used.finding(
            f"`{used.at[3]}` has no items", "write `withItems`, `withParam` or `withSequence`"
        )
    if not name or step.with_param:
        return None
    for index, item in enumerate(step.with_items):
        keys = list(item) if isinstance(item, Mapping) else []
        if name not in keys:
            place: SpecPath = (*used.at[:4], "withItems", index)
            fix = f"add `{name}` to the item" if not keys else f"{choose(name, keys)}, or add it"
            return used.finding(f"item {index} has no `{name}`", fix, Related(place, "it is here"))
    if step.with_sequence:
        return used.finding("items of a sequence are numbers", "write `item`")
    return None


def _output(used: _Used) -> Finding | None:
    source, name = used.ref.source, used.ref.name
    steps, owner = used.pipeline.steps, str(used.at[3])
    section: SpecPath = used.at[:3]
    if source not in steps:
        others = [
            f"{each}.{one}" for each in steps if each != owner for one in steps[each].texts
        ] + [f"{PARAMETERS}.{each}" for each in used.pipeline.parameters]
        fix = choose(used.ref.written, others) if others else "take it away"
        return used.finding(f"`{used.at[1]}` has no step `{source}`", fix)
    texts = list(steps[source].texts)
    there = Related((*section, source), f"`{source}` is here")
    if name not in texts:
        return _not_a_text(used, texts, there)
    if source not in earlier(used.pipeline, owner):
        return used.finding(
            f"`{owner}` doesn't come after `{source}`",
            f"add `{source}` to `after` of `{owner}`",
            there,
        )
    if steps[source].fans_out and used.at[-1] == "when":
        return used.finding(
            f"`{source}` fans out, and its outputs are a list",
            f"write a step after `{source}` that makes one value of the list",
            there,
        )
    return None


def _not_a_text(used: _Used, texts: list[str], there: Related) -> Finding:
    source, name = used.ref.source, used.ref.name
    if name in used.pipeline.steps[source].outputs:
        return used.finding(
            f"`{name}` is a file, and no small text",
            f"take it under `inputs`, or leave it under `outputParameters` of `{source}`",
            there,
        )
    add = f"add `{name}` to `outputParameters` of `{source}`"
    near = f"{choose(used.ref.written, [f'{source}.{one}' for one in texts])}, or " if texts else ""
    return used.finding(f"`{source}` has no output parameter `{name}`", f"{near}{add}", there)


@rule("REF007")
def sources_have_succeeded(checked: Checked) -> Iterator[Finding]:
    """What a step takes from another is there when it starts.

    A step that failed or was skipped leaves nothing behind. Argo Workflows finds no file and no
    value, and the step that should do without ends in an error.
    """
    for name, pipeline in checked.platform.pipelines.items():
        found = outcomes(pipeline)
        sure = {key: surely(found, key) for key in found if _takes(pipeline.steps[key])}
        for at, source, optional, left in _taken(("pipelines", name, "steps"), pipeline):
            owner = str(at[3])
            if owner not in sure or source not in earlier(pipeline, owner) or optional:
                continue
            if source not in sure[owner]:
                yield _unsure(at, source, is_file=left is not None)
            elif left and left.optional:
                yield _maybe(at, source)


def _takes(step: Step) -> bool:
    return bool(step.inputs or step.parameters or step.when or step.with_param)


def _taken(
    section: SpecPath, pipeline: Pipeline
) -> Iterator[tuple[SpecPath, str, bool, OutputArtifact | None]]:
    """Yield what steps take: where, from which step, whether optional, and a file as it is left."""
    for key, step in pipeline.steps.items():
        for name, taken in step.sources.items():
            source, _, output = taken.source.partition(".")
            if source in pipeline.steps and output in pipeline.steps[source].outputs:
                left = pipeline.steps[source].artifacts[output]
                yield (*section, key, "inputs", name), source, taken.optional, left
        for used in _used_by((*section, key), pipeline, step):
            source = used.ref.source
            if source in pipeline.steps and used.ref.name in pipeline.steps[source].texts:
                yield used.at, source, False, None


def _unsure(at: SpecPath, source: str, *, is_file: bool) -> Finding:
    instead = ", or take it with `optional: true`" if is_file else ""
    return Finding(
        at=at,
        message=f"{named(at)} comes from `{source}`, which need not have succeeded when"
        f" `{at[3]}` starts",
        fix=f"ask for `{source}.Succeeded` in `depends` of `{at[3]}`{instead}",
        related=(Related((*at[:3], source), f"`{source}` is here"),),
    )


def _maybe(at: SpecPath, source: str) -> Finding:
    return Finding(
        at=at,
        message=f"{named(at)} has to be there, and `{source}` may leave it away",
        fix="take it with `optional: true`",
        related=(Related((*at[:3], source, "outputs"), "it is optional here"),),
    )


RULES = (values_come_from_somewhere, sources_have_succeeded)
