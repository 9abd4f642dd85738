"""How long steps may take, beside how long the whole pipeline may."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen import units
from mlopsgen.check.checked import Checked
from mlopsgen.diagnostics import Finding, Related, Severity, SpecPath, rule
from mlopsgen.spec import Pipeline
from mlopsgen.spec.said import named


@rule("TIME004")
def steps_end_before_their_pipeline(checked: Checked) -> Iterator[Finding]:
    """A step may not take longer than its pipeline.

    At the pipeline's deadline Argo Workflows ends all steps. One that was promised more time
    loses its work, and the run counts as failed.
    """
    for at, pipeline, step in checked.steps():
        if step.timeout and step.timeout > pipeline.deadline:
            here = (*at, "timeout")
            yield Finding(
                at=here,
                message=f"{named(here)} is {units.duration(step.timeout)}; `{at[1]}` ends after"
                f" {units.duration(pipeline.deadline)}",
                fix=f"raise `deadline` of `{at[1]}` above {units.duration(step.timeout)}, or lower"
                " the timeout",
                related=_deadline(at, pipeline),
            )


@rule("TIME005", Severity.WARNING)
def tries_fit_into_the_deadline(checked: Checked) -> Iterator[Finding]:
    """All tries of a step fit into its pipeline's deadline.

    The deadline counts from the start of the run, whatever is tried again in it. The last tries
    would be ended before their time, or never begin.
    """
    for at, pipeline, step in checked.steps():
        if step.timeout is None or step.retry is None or step.timeout > pipeline.deadline:
            continue
        tries = step.retry.limit + 1
        longest = tries * step.timeout
        if longest > pipeline.deadline:
            here = (*at, "timeout")
            yield Finding(
                at=here,
                message=f"{named(here)} is {units.duration(step.timeout)}, and {tries} tries may"
                f" take {units.duration(longest)}; `{at[1]}` ends after"
                f" {units.duration(pipeline.deadline)}",
                fix=f"raise `deadline` of `{at[1]}` above {units.duration(longest)}, or lower the"
                " timeout or the retries",
                related=((Related((*at, "retries"), "it is tried again here"),)),
            )


def _deadline(at: SpecPath, pipeline: Pipeline) -> tuple[Related, ...]:
    """Return where the deadline was set, if it was."""
    if "deadline" not in pipeline.model_fields_set:
        return ()
    return (Related((*at[:2], "deadline"), "the pipeline ends here"),)


RULES = (steps_end_before_their_pipeline, tries_fit_into_the_deadline)
