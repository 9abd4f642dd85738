"""Endpoints: which requests to one host go to which model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mlopsgen.diagnostics import SpecPath
from mlopsgen.plan.model import Plan, Served
from mlopsgen.plan.shares import application_of
from mlopsgen.spec import Header, Model, ModelEndpoint


@dataclass(frozen=True, slots=True)
class Branch:
    """Requests that go to one model, and the share that each of its versions gets of them."""

    prefix: str
    """Path that is taken away before the model sees the request; empty where none is."""

    headers: tuple[Header, ...]
    shares: tuple[tuple[Served, int], ...]


@dataclass(frozen=True, slots=True)
class Joint:
    """An endpoint with its models."""

    name: str
    application: str
    """The folder, and Argo CD Application, of its way in."""

    spec: ModelEndpoint
    members: tuple[Served, ...]
    """The stable versions, in the order in which they are written."""

    branches: tuple[Branch, ...]
    """In the order in which they are to be tried where two have the same path."""

    @property
    def namespace(self) -> str:
        """Namespace of all its models."""
        return self.members[0].namespace

    @property
    def origin(self) -> SpecPath:
        """Where it is declared."""
        return ("endpoints", self.name)

    @property
    def listed(self) -> list[str]:
        """What requests can ask for: models that run, and their adapters."""
        running = [one for one in self.members if not one.spec.stopped]
        return [name for one in running for name in known_as(one.model, one.spec)]


def known_as(name: str, model: Model) -> tuple[str, ...]:
    """Return what requests can call *model*: its name, and those of its adapters."""
    adapters = model.vllm.lora.adapters if model.vllm and model.vllm.lora else ()
    return (name, *adapters)


def joints(plan: Plan) -> Iterator[Joint]:
    """Yield the endpoints in the order in which they are written."""
    stable = {one.model: one for one in plan.served if not one.canary}
    canaries = {one.model: one for one in plan.served if one.canary}
    for name, spec in plan.platform.endpoints.items():
        members = tuple(stable[model] for model in spec.models)
        branches = tuple(
            branch
            for member in members
            for branch in _branches(spec, member, canaries.get(member.model))
        )
        application = application_of(plan.platform, members[0].namespace, name)
        yield Joint(name, application, spec, members, branches)


def _branches(spec: ModelEndpoint, stable: Served, canary: Served | None) -> Iterator[Branch]:
    """Yield the ways to one model: by path, and by header where the endpoint has one."""
    yield from _versions(f"/{stable.model}", (), stable, canary)
    if spec.header:
        for name in known_as(stable.model, stable.spec):
            chosen = Header.model_construct(name=spec.header, value=name)
            yield from _versions("", (chosen,), stable, canary)


def _versions(
    prefix: str, headers: tuple[Header, ...], stable: Served, canary: Served | None
) -> Iterator[Branch]:
    # The Services of a stopped model are gone, both; one is enough to say so.
    if canary is None or canary.spec.canary is None or stable.spec.stopped:
        yield Branch(prefix, headers, ((stable, 100),))
        return
    if chosen := canary.spec.canary.header:
        yield Branch(prefix, (*headers, chosen), ((canary, 100),))
    yield Branch(prefix, headers, ((stable, stable.weight), (canary, canary.weight)))
