"""Runtimes: what a model server finds, and what it computes on."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.check.checked import Checked, choose
from mlopsgen.diagnostics import Finding, Related, Severity, SpecPath, rule
from mlopsgen.facts import component, runtime, versions
from mlopsgen.spec.said import named

_OWN = "custom"
"""The runtime that is a container of users' own."""

_IMAGE, _VOLUME = "oci://", "pvc://"


@rule("RUN001", Severity.WARNING)
def models_lie_as_their_server_reads_them(checked: Checked) -> Iterator[Finding]:
    """A model in MLflow's registry has a server that reads what MLflow writes.

    MLflow keeps a model in a folder of its own form. A server that looks for something else there
    finds no model, and its pods never become ready.
    """
    pinned = checked.platform.components.pinned()
    for at, source, model in checked.sources():
        name = model.runtime
        if not source.startswith("models:/") or name == _OWN:
            continue
        files = runtime(name, pinned).files
        if not files.mlflow:
            chosen = Related(("models", at[1], "runtime"), "the runtime is chosen here")
            yield Finding(
                at=at,
                message=f"{named(at)} is a folder of MLflow; the server of `{name}` looks for"
                f" {files.expects}",
                fix="write `runtime: mlflow`, or name a folder with these files, such as"
                f" `s3://BUCKET/{at[1]}`",
                related=(chosen,),
            )


@rule("RUN002", Severity.WARNING)
def gpus_are_computed_on(checked: Checked) -> Iterator[Finding]:
    """A model that asks for GPUs has a server that computes on them.

    Some servers come without CUDA. Their pods hold GPUs that nobody else can use, and compute on
    CPUs all the same.
    """
    pinned = checked.platform.components.pinned()
    for name, model in checked.platform.models.items():
        if not model.gpus or model.runtime == _OWN:
            continue
        image = runtime(model.runtime, pinned).image
        if not image.cuda and not image.gpu_suffix:
            at: SpecPath = ("models", name, "gpus")
            yield Finding(
                at=at,
                message=f"{named(at)} is {model.gpus}; `{image.repository}` computes on CPUs only",
                fix="take `gpus` away",
                related=(Related(("models", name, "runtime"), "the runtime is chosen here"),),
            )


@rule("RUN003")
def containers_are_of_their_runtime(checked: Checked) -> Iterator[Finding]:
    """A model on a server of your own has a container, and no other has one.

    Nothing else says which image serves it. The servers of KServe and vLLM bring their own, and
    would ignore another.
    """
    for name, model in checked.platform.models.items():
        at: SpecPath = ("models", name)
        chosen = Related((*at, "runtime"), "the runtime is chosen here")
        if model.runtime == _OWN and model.container is None:
            yield Finding(
                at=at,
                message=f"{named(at)} runs on a server of your own and has no `container`",
                fix="add `container: {image: ghcr.io/acme/serve:1.0.0}`, with your image",
                related=(chosen,),
            )
        if model.runtime != _OWN and model.container is not None:
            yield Finding(
                at=(*at, "container"),
                message=f"{named(at)} has a `container`; its runtime is `{model.runtime}`",
                fix="take `container` away, or write `runtime: custom`",
                related=(chosen,),
                on_key=True,
            )


@rule("RUN004")
def images_of_models_are_admitted(checked: Checked) -> Iterator[Finding]:
    """A model that is packed into an image is in a namespace that admits it.

    KServe runs the image beside the server, without the security settings that the level
    `restricted` asks of every container, and takes those of the server away. No pod of the model
    would be created.
    """
    for at, source, model in checked.sources():
        space = checked.platform.namespaces.get(model.namespace)
        if source.startswith(_IMAGE) and space and space.pod_security == "restricted":
            yield Finding(
                at=at,
                message=f"{named(at)} is an image; `namespaces.{model.namespace}` has the Pod"
                " Security level `restricted`, which refuses the container that KServe makes of"
                " it",
                fix=f"put the files into a bucket, or write `podSecurity: baseline` for"
                f" `namespaces.{model.namespace}`",
                related=(Related(("namespaces", model.namespace), "the namespace is here"),),
            )


@rule("RUN005")
def claims_are_declared(checked: Checked) -> Iterator[Finding]:
    """A volume that a model lies on is one that its namespace has.

    Nothing here makes a PersistentVolumeClaim. A pod that names one which isn't there stays
    Pending.
    """
    for at, source, model in checked.sources():
        space = checked.platform.namespaces.get(model.namespace)
        if not source.startswith(_VOLUME) or space is None:
            continue
        claim = source.removeprefix(_VOLUME).partition("/")[0]
        if claim not in space.claims:
            there = list(space.claims)
            near = f"{choose(claim, there)}, or " if there else ""
            yield Finding(
                at=at,
                message=f"{named(at)} is on the volume `{claim}`, which"
                f" `namespaces.{model.namespace}` doesn't have",
                fix=f"{near}make the claim and add `{claim}` to `claims` of"
                f" `namespaces.{model.namespace}`",
                related=(Related(("namespaces", model.namespace), "the namespace is here"),),
            )


@rule("KSERVE001")
def variables_are_taken(checked: Checked) -> Iterator[Finding]:
    """KServe takes the variables of every model.

    Newer versions refuse those by which a server could be made to run other code than its image
    has. The webhook refuses the whole InferenceService, and Argo CD tries again for ever.
    """
    installed = checked.platform.components
    version = installed.pinned().get("kserve")
    facts = component("kserve", version if version in versions("kserve") else None)
    if installed.kserve is None or facts.refused is None or facts.app is None:
        return
    app = facts.app.version
    for at, name in _variables(checked):
        if name in facts.refused.variables:
            yield Finding(
                at=at,
                message=f"{named(at)} is a variable that KServe {app} refuses",
                fix=f"take `{name}` away, and put what it led to into the image",
                related=(Related(("components", "kserve"), "the version is chosen here"),),
                on_key=True,
            )


def _variables(checked: Checked) -> Iterator[tuple[SpecPath, str]]:
    """Yield the places of all variables that users give to models and transformers."""
    for name, model in checked.platform.models.items():
        at: SpecPath = ("models", name)
        for key in model.env:
            yield (*at, "env", key), key
        for key in model.secrets:
            yield (*at, "secrets", key), key
        for key in model.transformer.env if model.transformer else ():
            yield (*at, "transformer", "env", key), key


RULES = (
    models_lie_as_their_server_reads_them,
    gpus_are_computed_on,
    containers_are_of_their_runtime,
    images_of_models_are_admitted,
    claims_are_declared,
    variables_are_taken,
)
