"""The contract between the pipeline that registers a model and the runtime that loads it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mlopsgen.check.checked import Checked
from mlopsgen.diagnostics import Finding, Related, Severity, SpecPath, rule
from mlopsgen.facts import runtime, runtime_names
from mlopsgen.facts.runtimes import Contract, Image
from mlopsgen.spec import PythonEnv, Step
from mlopsgen.spec.said import listed, named, quoted, yaml_text

_REGISTRY = "models:/"
_SHOWN = 3
"""Models that are pointed at; more of them say the same."""


@dataclass(frozen=True, slots=True)
class _Registered:
    """A step that registers a model, and one runtime that serves what it registers."""

    at: SpecPath
    step: Step
    runtime: str
    image: Image
    contract: Contract
    models: tuple[str, ...]

    @property
    def related(self) -> tuple[Related, ...]:
        """Where models chose the runtime."""
        served = f"`{self.image.repository}:{self.image.tag}` serves"
        return tuple(
            Related(("models", model, "runtime"), f"{served} `{model}`")
            for model in self.models[:_SHOWN]
        )

    @property
    def suggested(self) -> str:
        """What the step would say if its image had what the runtime has."""
        shown = self.contract.pickled or tuple(self.contract.libraries)
        pairs = (f"{name}: {yaml_text(self.contract.libraries[name])}" for name in shown)
        return f"python: {yaml_text(self.contract.python)}, dependencies: {{{', '.join(pairs)}}}"


@rule("REG001")
def registered_models_load_where_they_are_served(checked: Checked) -> Iterator[Finding]:
    """A model is made with versions that its serving runtime can load.

    A pickle is read only by the minor versions of Python and library that wrote it, and no
    library reads files of a later major version. The new version of the model would be registered
    and promoted, and its pods would crash while they load it, or predict something else.
    """
    for registered in _registered(checked):
        env = registered.step.python_env
        if env is None:
            continue
        contract = registered.contract
        at = (*registered.at, "pythonEnv")
        if contract.pickled and _minor(env.python) != _minor(contract.python):
            yield _mismatch(registered, (*at, "python"), "Python", env.python, contract.python)
        for written, mine in env.dependencies.items():
            name = _folded(written)
            theirs = contract.libraries.get(name)
            if theirs is None:
                continue
            if not _loads(mine, theirs, pickled=name in contract.pickled):
                yield _mismatch(registered, (*at, "dependencies", written), name, mine, theirs)


def _mismatch(registered: _Registered, at: SpecPath, what: str, mine: str, theirs: str) -> Finding:
    serving = listed(list(registered.models[:_SHOWN]))
    more = len(registered.models) - _SHOWN
    others = f" and {more} more" if more > 0 else ""
    wanted = ".".join(theirs.split(".")[:2])
    return Finding(
        at=at,
        message=f"{named(at)} is {quoted(mine)}; `{registered.runtime}`, which serves"
        f" {serving}{others}, has {what} {theirs}",
        fix=f"make the model with {what} {wanted} and write `{at[-1]}: {yaml_text(theirs)}`",
        related=registered.related,
    )


@rule("REG002", Severity.WARNING)
def registered_models_say_what_they_were_made_with(checked: Checked) -> Iterator[Finding]:
    """A step that registers a served model says what it was made with.

    Python and libraries of the step are in its image, where nothing here can see them. Unsaid,
    they are compared by the first pod that tries to load the model.
    """
    for registered in _registered(checked):
        env = registered.step.python_env
        if not registered.contract.python or _tells(env, registered.contract.libraries):
            continue
        name, _, _ = (registered.step.registers or "").partition("@")
        libraries = listed(list(registered.contract.libraries))
        at: SpecPath = (*registered.at, "pythonEnv" if env else "registers")
        missing = f"says none of {libraries}" if env else "doesn't say what it was made with"
        yield Finding(
            at=at,
            message=f"{named(registered.at)} registers `{name}`, which `{registered.runtime}`"
            f" serves, and {missing}",
            fix=f"write `pythonEnv: {{{registered.suggested}}}`, with the versions in the image",
            related=registered.related,
            on_key=env is not None,
        )


@rule("REG003", Severity.WARNING)
def only_registered_models_have_an_environment(checked: Checked) -> Iterator[Finding]:
    """A step that says what its model was made with registers one.

    What it says is held against the runtimes that serve the registered model. Without one it is
    compared with nothing.
    """
    for at, _, step in checked.steps():
        if step.python_env and not step.registers:
            yield Finding(
                at=(*at, "pythonEnv"),
                message=f"{named(at)} has a `pythonEnv` and registers no model",
                fix="move `pythonEnv` to the step that has `registers`, or take it away",
                on_key=True,
            )


def _registered(checked: Checked) -> Iterator[_Registered]:
    """Yield what the pipelines register and models serve, once for each runtime."""
    serving, pinned = _serving(checked), checked.platform.components.pinned()
    for at, _, step in checked.steps():
        if step.registers is None:
            continue
        name, _, _ = step.registers.partition("@")
        for kind, models in serving.get(name, {}).items():
            facts = runtime(kind, pinned)
            if facts.contract:
                yield _Registered(at, step, kind, facts.image, facts.contract, tuple(models))


def _serving(checked: Checked) -> dict[str, dict[str, list[str]]]:
    """Return the models that serve each registered model, by their runtime."""
    known = runtime_names()
    found: dict[str, dict[str, list[str]]] = {}
    for name, model in checked.platform.models.items():
        sources = model.sources().values()
        registered = {_registered_name(one) for one in sources if one.startswith(_REGISTRY)}
        for one in sorted(registered) if model.runtime in known else ():
            found.setdefault(one, {}).setdefault(model.runtime, []).append(name)
    return found


def _registered_name(source: str) -> str:
    return re.split(r"[@/]", source.removeprefix(_REGISTRY))[0]


def _tells(env: PythonEnv | None, libraries: Mapping[str, str]) -> bool:
    return env is not None and any(_folded(name) in libraries for name in env.dependencies)


def _loads(mine: str, theirs: str, *, pickled: bool) -> bool:
    """Say whether a library of version *theirs* reads what version *mine* wrote."""
    if pickled:
        return _minor(mine) == _minor(theirs)
    return _minor(mine)[0] <= _minor(theirs)[0]


def _minor(version: str) -> tuple[int, ...]:
    """Return the first two parts of *version*."""
    return tuple(int(part) for part in re.findall(r"[0-9]+", version)[:2])


def _folded(name: str) -> str:
    """Return the name of a library as PyPI compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


RULES = (
    registered_models_load_where_they_are_served,
    registered_models_say_what_they_were_made_with,
    only_registered_models_have_an_environment,
)
