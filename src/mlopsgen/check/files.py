"""Files of steps: where they lie in the container, and who takes them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mlopsgen.check.checked import Checked
from mlopsgen.diagnostics import Finding, Related, Severity, SpecPath, rule
from mlopsgen.spec import Pipeline, Step
from mlopsgen.spec.said import named, quoted

_INPUTS = "/in"
"""Where files from earlier steps are put."""

_KERNELS = ("/dev", "/proc", "/sys")
_SHARED_MEMORY = "/dev/shm"  # noqa: S108 - a mount point
_ARGOS = ("/argo", "/run/secrets", "/var/run/argo", "/var/run/secrets")
"""Where the executor and the token of the service account are (argo-workflows 3.7.4,
workflow/common/common.go, and Kubernetes)."""

_IMAGES = frozenset(
    {
        "/", "/bin", "/boot", "/etc", "/home", "/lib", "/lib32", "/lib64", "/opt", "/root", "/run",
        "/sbin", "/usr", "/usr/bin", "/usr/include", "/usr/lib", "/usr/lib64", "/usr/libexec",
        "/usr/local", "/usr/local/bin", "/usr/local/lib", "/usr/local/sbin", "/usr/local/share",
        "/usr/sbin", "/usr/share", "/var", "/var/lib", "/var/run",
    }
)  # fmt: skip
"""Folders with programs and libraries of the image (Filesystem Hierarchy Standard 3.0)."""


@dataclass(frozen=True, slots=True)
class _File:
    at: SpecPath
    path: str
    is_text: bool

    @property
    def place(self) -> str:
        """Where its path leads."""
        return posixpath.normpath(f"/{self.path.lstrip('/')}")

    @property
    def folder(self) -> str:
        """What is mounted for it: the root file system is read-only."""
        parent = posixpath.dirname(self.place)
        return self.place if parent == "/" else parent


@rule("DAG002", Severity.INFO)
def outputs_are_taken(checked: Checked) -> Iterator[Finding]:
    """What a step leaves behind is taken by another.

    It is packed, uploaded and paid for in each run. If no step reads it, one that should may be
    reading something else; what is for people they find beside the run when MLflow keeps it.
    """
    for name, pipeline in checked.platform.pipelines.items():
        taken = _taken(pipeline)
        if taken - _left(pipeline):
            continue  # a slip in an input, told on its own, may be the one that takes the output
        for key, step in pipeline.steps.items():
            for output in step.outputs if not step.fans_out else ():
                if f"{key}.{output}" in taken:
                    continue
                at = ("pipelines", name, "steps", key, "outputs", output)
                yield Finding(
                    at=at,
                    message=f"{named(at)} is taken by no step of `{name}`",
                    fix=f"write `inputs: {{{output}: {key}.{output}}}` in the step that needs it,"
                    f" or take `{output}` away",
                    on_key=True,
                )


def _taken(pipeline: Pipeline) -> frozenset[str]:
    """Return the outputs that steps of *pipeline* take."""
    return frozenset(
        taken.source for step in pipeline.steps.values() for taken in step.sources.values()
    )


def _left(pipeline: Pipeline) -> frozenset[str]:
    """Return the outputs that steps of *pipeline* leave behind."""
    return frozenset(
        f"{name}.{output}" for name, step in pipeline.steps.items() for output in step.outputs
    )


@rule("DAG003")
def files_have_places_of_their_own(checked: Checked) -> Iterator[Finding]:
    """Each file of a step has a place of its own.

    A writable folder is mounted for each output, over what the image has there. Two outputs on
    one path are one file; over a folder of the system, the program would miss its own libraries.
    """
    for at, _, step in checked.steps():
        first: dict[str, _File] = {}
        for file in _files(at, step):
            if found := _misplaced(file) or _met(file, first):
                yield found
            first.setdefault(file.place, file)
    for at, _, work in checked.works():
        for path in work.volumes:
            yield from _hiding((*at, "volumes", path), posixpath.normpath(f"/{path.lstrip('/')}"))


def _files(at: SpecPath, step: Step) -> Iterator[_File]:
    """Yield where *step* leaves files."""
    for key, written, outputs in (
        ("outputs", step.outputs, step.artifacts),
        ("outputParameters", step.output_parameters, step.texts),
    ):
        for name, output in outputs.items():
            short = isinstance(written[name], str)
            here = (*at, key, name) if short else (*at, key, name, "path")
            yield _File(here, output.path, is_text=key == "outputParameters")


def _misplaced(file: _File) -> Finding | None:
    """Return the finding for a *file* that can't be where it is."""
    path, told = file.place, f"{named(file.at)} is {quoted(file.path)}"
    if ".." in file.path.split("/"):
        return Finding(
            at=file.at,
            message=f"{told}, which leads out of its folder",
            fix=f"write `{path}`",
            why="Argo Workflows refuses a template with such a path, and no step would run.",
        )
    if kept := _kept_from(file):
        name = posixpath.basename(path) or "output"
        return Finding(at=file.at, message=f"{told}; {kept}", fix=f"write `/out/{name}`")
    return None


def _kept_from(file: _File) -> str:
    """Return why nothing can be left where *file* is; empty where it can."""
    path, folder = file.place, file.folder
    if _within(path, (_INPUTS,)):
        return f"`{_INPUTS}` is for files that come from other steps"
    if _within(path, _KERNELS):
        return "what is there belongs to the kernel"
    if _within(path, _ARGOS):
        return "Argo Workflows and Kubernetes keep files of their own there"
    for each in (folder, path):
        if each in _IMAGES:
            return f"an empty folder would be mounted over `{each}` of the image"
    if folder == path and (file.is_text or "." in posixpath.basename(path)):
        return "a file right below `/` has no folder that could be mounted"
    return ""


def _hiding(at: SpecPath, path: str) -> Iterator[Finding]:
    """Yield the finding for a volume at *path* that would hide what has to be there."""
    kept = path in _IMAGES or _within(path, (_INPUTS, *_KERNELS, *_ARGOS))
    if kept and path != _SHARED_MEMORY:
        yield Finding(
            at=at,
            message=f"{named(at)} would be mounted over `{path}`, where there is something already",
            fix="mount it somewhere else, such as `/scratch`",
            on_key=True,
        )


def _met(file: _File, first: Mapping[str, _File]) -> Finding | None:
    """Return the finding for a *file* on the path of one of those before it."""
    other = first.get(file.place)
    if other is None:
        return None
    return Finding(
        at=file.at,
        message=f"{named(file.at)} and {named(other.at)} are both {quoted(file.place)}",
        fix="write another path for one of the two",
        related=(Related(other.at, "the other one is here"),),
    )


def _within(path: str, folders: tuple[str, ...]) -> bool:
    return any(path == folder or path.startswith(f"{folder}/") for folder in folders)


RULES = (outputs_are_taken, files_have_places_of_their_own)
