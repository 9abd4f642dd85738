"""Pipelines and where their steps come from: platform.yaml, or the record of their Python."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.check.checked import Checked
from mlopsgen.diagnostics import Finding, rule


@rule("REC004")
def records_are_of_the_source(checked: Checked) -> Iterator[Finding]:
    """A record is of the source that stands beside it.

    The steps that would be deployed are those of another workflow than the one that is named.
    """
    for name, pipeline in checked.platform.pipelines.items():
        at = ("pipelines", name)
        recorded = pipeline.recorded.source if pipeline.recorded else None
        if recorded == pipeline.source:
            continue
        if pipeline.source is None:
            yield Finding(
                at=(*at, "recorded"),
                message=f"`{name}` has `recorded` and no `source`",
                fix="delete `recorded`; only records have it",
            )
        elif recorded is None:
            yield Finding(
                at=(*at, "source"),
                message=f"`{name}` has its `source` in some environments only",
                fix="write `source` where the pipeline is declared, for all environments",
            )
        else:
            yield Finding(
                at=(*at, "source"),
                message=f"the source of `{name}` is `{pipeline.source}`; recorded is `{recorded}`",
                fix=f"run `mlopsgen record {name}`",
            )


@rule("REC005")
def pipelines_have_steps(checked: Checked) -> Iterator[Finding]:
    """A pipeline has steps.

    Argo Workflows refuses a DAG without tasks, and there would be nothing to run.
    """
    for name, pipeline in checked.platform.pipelines.items():
        if not pipeline.steps and pipeline.source is None:
            yield Finding(
                at=("pipelines", name),
                message=f"`{name}` has no steps",
                fix="write `steps`, or the `source` of a workflow in Python",
            )


@rule("REC006")
def trust_is_for_a_source(checked: Checked) -> Iterator[Finding]:
    """Only a pipeline that is written in Python is trusted.

    Trust that is left over from a source that is gone would let `mlopsgen record` run the next
    one unread.
    """
    for name, pipeline in checked.platform.pipelines.items():
        if pipeline.trust and pipeline.source is None:
            yield Finding(
                at=("pipelines", name, "trust"),
                message=f"`{name}` has `trust` and no `source`",
                fix="delete `trust`",
            )


RULES = (records_are_of_the_source, pipelines_have_steps, trust_is_for_a_source)
