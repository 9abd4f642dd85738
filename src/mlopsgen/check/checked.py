"""What the rules look at: a platform in one environment, and what its pods ask for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mlopsgen.diagnostics import Related, SpecPath
from mlopsgen.lock import Lock
from mlopsgen.spec import (
    ALONE,
    Container,
    ExitStep,
    Feast,
    Fleet,
    LoadBalancer,
    Model,
    Pipeline,
    Platform,
    Step,
    Transformer,
    WayIn,
    Work,
)
from mlopsgen.spec.keys import closest
from mlopsgen.spec.said import listed

_SHOWN = 8
"""Names that are listed when none is near; more would hide the message."""


Workload = Model | Work | Transformer | Feast
"""What asks for a place on a node."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A platform as it is in one environment, with the lock beside it."""

    platform: Platform
    environment: str
    lock: Lock
    fleet: Fleet = ALONE

    def steps(self) -> Iterator[tuple[SpecPath, Pipeline, Step]]:
        """Yield the steps of all pipelines, with their places."""
        for name, pipeline in self.platform.pipelines.items():
            for key, step in pipeline.steps.items():
                yield ("pipelines", name, "steps", key), pipeline, step

    def exits(self) -> Iterator[tuple[SpecPath, Pipeline, ExitStep]]:
        """Yield the steps that run when all others have ended, with their places."""
        for name, pipeline in self.platform.pipelines.items():
            for key, step in pipeline.on_exit.items():
                yield ("pipelines", name, "onExit", key), pipeline, step

    def works(self) -> Iterator[tuple[SpecPath, Pipeline, Work]]:
        """Yield every step of all pipelines, those that run at the end last."""
        yield from self.steps()
        yield from self.exits()

    def workloads(self) -> Iterator[tuple[SpecPath, Workload]]:
        """Yield everything that asks for a place on a node: the feature server, models, steps."""
        if feast := self.platform.components.feast:
            yield ("components", "feast"), feast
        for name, model in self.platform.models.items():
            yield ("models", name), model
            if model.transformer:
                yield ("models", name, "transformer"), model.transformer
        for at, _, step in self.works():
            yield at, step

    def sources(self) -> Iterator[tuple[SpecPath, str, Model]]:
        """Yield where models and canaries lie, with the model that each belongs to."""
        for name, model in self.platform.models.items():
            for keys, source in model.sources().items():
                yield ("models", name, *keys), source, model

    def own(self) -> Iterator[tuple[SpecPath, Container | Transformer | Work]]:
        """Yield the containers whose image and program users name, with their places."""
        for name, model in self.platform.models.items():
            if model.container:
                yield ("models", name, "container"), model.container
            if model.transformer:
                yield ("models", name, "transformer"), model.transformer
        for at, _, step in self.works():
            yield at, step

    def balancers(self) -> Iterator[tuple[SpecPath, LoadBalancer]]:
        """Yield the ways in from outside: those of components, then those of models."""
        exposure = self.platform.exposure
        if exposure.argocd:
            yield ("exposure", "argocd"), exposure.argocd
        if exposure.mlflow:
            yield ("exposure", "mlflow"), exposure.mlflow
        for name, model in self.platform.models.items():
            if model.exposure and (balancer := model.exposure.balancer):
                yield ("models", name, "exposure"), balancer
        for name, endpoint in self.platform.endpoints.items():
            if shared := endpoint.exposure.balancer:
                yield ("endpoints", name, "exposure"), shared

    def ways_in(self) -> Iterator[tuple[SpecPath, WayIn]]:
        """Yield the ways in to models, through load balancers and gateways."""
        for name, model in self.platform.models.items():
            if model.exposure:
                yield ("models", name, "exposure"), model.exposure
        for name, endpoint in self.platform.endpoints.items():
            yield ("endpoints", name, "exposure"), endpoint.exposure

    def hosts(self) -> Iterator[tuple[SpecPath, str]]:
        """Yield the host names of all ways in: those of load balancers, then of gateways."""
        for at, balancer in self.balancers():
            yield (*at, "host"), balancer.host
        for at, way in self.ways_in():
            if way.alb is None:
                yield (*at, "host"), way.host


def choose(word: str, words: list[str]) -> str:
    """Return what to write instead of *word*, as the start of a fix: the nearest of *words*."""
    if near := closest(word, words):
        return f"write `{near}`"
    if len(words) == 1:
        return f"write `{words[0]}`"
    more = f" or another of the {len(words)}" if len(words) > _SHOWN else ""
    return f"write one of {listed(sorted(words)[:_SHOWN])}{more}"


def declared(section: SpecPath, word: str, words: list[str]) -> tuple[Related, ...]:
    """Return where *word* should have been declared: the nearest of *words*, or its section."""
    if not words:
        return ()
    near = closest(word, words)
    if near:
        return (Related((*section, near), f"`{near}` is declared here"),)
    return (Related(section, "they are declared here"),)
