"""Features: what pipelines and namespaces do to Feast: its registry, its files, its server."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from mlopsgen.check.checked import Checked
from mlopsgen.diagnostics import Finding, Related, Severity, SpecPath, rule
from mlopsgen.facts import component
from mlopsgen.names import FEATURES_FOLDER
from mlopsgen.spec import Pipeline, Step, Work
from mlopsgen.spec.said import named, quoted


@rule("FEAT001")
def outputs_are_beside_the_configuration(checked: Checked) -> Iterator[Finding]:
    """A step that works with features leaves no output where Feast's configuration is.

    The folder is a volume of its own, which can't be written to. With a second volume there the
    API server refuses the pod.
    """
    for at, pipeline, step in checked.works():
        for keys, path in _places(step) if pipeline.features else ():
            whole = posixpath.normpath(path)
            if whole == FEATURES_FOLDER or whole.startswith(f"{FEATURES_FOLDER}/"):
                here = (*at, *keys)
                own = posixpath.basename(whole)
                yield Finding(
                    at=here,
                    message=f"{named(here)} is {quoted(path)}; `{FEATURES_FOLDER}` holds the"
                    " configuration of the feature store",
                    fix=f"write `/out/{own}`",
                    related=(Related((*at[:2], "features"), "the pipeline works with features"),),
                    on_key=keys[0] == "volumes",
                )


def _places(step: Work) -> Iterator[tuple[SpecPath, str]]:
    """Yield the files and folders that *step* has of its own, by the keys that say so."""
    for path in step.volumes:
        yield ("volumes", path), path
    if isinstance(step, Step):
        for name, file in step.artifacts.items():
            yield ("outputs", name), file.path
        for name, text in step.texts.items():
            yield ("outputParameters", name), text.path


@rule("FEAT002", Severity.WARNING)
def the_registry_has_one_writer(checked: Checked) -> Iterator[Finding]:
    """One run at a time writes the registry of features.

    The registry is one file, which is read, changed and put back whole by `feast apply` and by
    `feast materialize`. Of two runs at once the later one undoes what the other has written.
    """
    first: SpecPath | None = None
    mutexes = {(pipeline.namespace, pipeline.mutex) for _, pipeline in _writers(checked)}
    one_by_one = len(mutexes) == 1 and None not in {mutex for _, mutex in mutexes}
    for name, pipeline in _writers(checked):
        at = ("pipelines", name, "features")
        if one_by_one:
            break
        if first is not None:
            yield Finding(
                at=at,
                message=f"{named(at[:2])} and {named(first[:2])} both write the registry of"
                " features",
                fix="write one `mutex` in both, in one namespace, or let one only `read`",
                related=(Related(first, "the other one is here"),),
            )
        first = first or at
        if pipeline.schedule and pipeline.schedule.concurrency == "Allow":
            place = (*at[:2], "schedule", "concurrency")
            yield Finding(
                at=place,
                message=f"{named(at[:2])} writes the registry of features, and its runs may"
                " overlap",
                fix="write `concurrency: Forbid`",
                related=(Related(at, "it writes the registry"),),
            )


@rule("FEAT003", Severity.WARNING)
def features_are_defined(checked: Checked) -> Iterator[Finding]:
    """Some pipeline defines the features that are served.

    The feature server may not write the registry, which the first `feast apply` makes. Until then
    its pods end and start again, and it answers nobody.
    """
    if checked.platform.components.feast is None:
        return
    pipelines = checked.platform.pipelines.items()
    if any(pipeline.features == "apply" for _, pipeline in pipelines):
        return
    near = next((name for name, _ in _writers(checked)), None)
    where = f"`pipelines.{near}`" if near else "the pipeline that runs `feast apply`"
    yield Finding(
        at=("components", "feast"),
        message="`components.feast` is installed, and no pipeline has `features: apply`",
        fix=f"write `features: apply` in {where}",
        on_key=True,
    )


@rule("FEAT004")
def the_server_has_a_namespace_of_its_own(checked: Checked) -> Iterator[Finding]:
    """The namespace of the feature server is its own.

    A quota meant for others would keep its pods out, a weaker Pod Security would hold for it, and
    a model of its name would get a Service of its name.
    """
    release = component("feast").release
    if checked.platform.components.feast is None or release is None:
        return
    if release.namespace in checked.platform.namespaces:
        at = ("namespaces", release.namespace)
        yield Finding(
            at=at,
            message=f"{named(at)} is the namespace that the feature server runs in",
            fix="name it after a team or a product, like `mlops`",
            related=(Related(("components", "feast"), "the feature server is installed here"),),
            on_key=True,
        )


def _writers(checked: Checked) -> Iterator[tuple[str, Pipeline]]:
    """Yield the pipelines that write the registry; materializing notes in it until when."""
    for name, pipeline in checked.platform.pipelines.items():
        if pipeline.features in {"materialize", "apply"}:
            yield name, pipeline


RULES = (
    outputs_are_beside_the_configuration,
    the_registry_has_one_writer,
    features_are_defined,
    the_server_has_a_namespace_of_its_own,
)
