"""Runtimes: what a model server finds, and what it computes on."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.check.checked import Checked
from mlopsgen.diagnostics import Finding, Related, Severity, SpecPath, rule
from mlopsgen.facts import runtime
from mlopsgen.spec.said import named


@rule("RUN001", Severity.WARNING)
def models_lie_as_their_server_reads_them(checked: Checked) -> Iterator[Finding]:
    """A model in MLflow's registry has a server that reads what MLflow writes.

    MLflow keeps a model in a folder of its own form. A server that looks for something else there
    finds no model, and its pods never become ready.
    """
    for at, source, name in _sources(checked):
        files = runtime(name).files
        if source.startswith("models:/") and not files.mlflow:
            chosen = Related(("models", at[1], "runtime"), "the runtime is chosen here")
            yield Finding(
                at=at,
                message=f"{named(at)} is a folder of MLflow; the server of `{name}` looks for"
                f" {files.expects}",
                fix="write `runtime: mlflow`, or name a folder with these files, such as"
                f" `s3://BUCKET/{at[1]}`",
                related=(chosen,),
            )


def _sources(checked: Checked) -> Iterator[tuple[SpecPath, str, str]]:
    """Yield the source of every model and canary, with the runtime that reads it."""
    for name, model in checked.platform.models.items():
        yield ("models", name, "source"), model.source, model.runtime
        if model.canary:
            yield ("models", name, "canary", "source"), model.canary.source, model.runtime


@rule("RUN002", Severity.WARNING)
def gpus_are_computed_on(checked: Checked) -> Iterator[Finding]:
    """A model that asks for GPUs has a server that computes on them.

    Some servers come without CUDA. Their pods hold GPUs that nobody else can use, and compute on
    CPUs all the same.
    """
    for name, model in checked.platform.models.items():
        image = runtime(model.runtime).image
        if model.gpus and not image.cuda and not image.gpu_suffix:
            at: SpecPath = ("models", name, "gpus")
            yield Finding(
                at=at,
                message=f"{named(at)} is {model.gpus}; `{image.repository}` computes on CPUs only",
                fix="take `gpus` away",
                related=(Related(("models", name, "runtime"), "the runtime is chosen here"),),
            )


RULES = (models_lie_as_their_server_reads_them, gpus_are_computed_on)
