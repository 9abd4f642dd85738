"""Endpoints: models that can share a host, and requests that can tell them apart."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.check.checked import Checked, choose, declared
from mlopsgen.diagnostics import Finding, Related, SpecPath, rule
from mlopsgen.plan.balancing import models_listed
from mlopsgen.plan.endpoints import known_as
from mlopsgen.spec import Model, ModelEndpoint
from mlopsgen.spec.said import named, quoted

_RESERVED = "v1"
"""The first part of every path of OpenAI's API."""

_LISTED = 1024
"""Characters of a fixed response of a load balancer (Elastic Load Balancing API 2015-12-01,
FixedResponseActionConfig)."""

_RULES = 16
"""Of an HTTPRoute (`rules` in the CRD of gateway.networking.k8s.io/v1)."""


def _members(checked: Checked) -> Iterator[tuple[SpecPath, str, Model]]:
    """Yield the models of endpoints that there are, at the place that names them."""
    for name, endpoint in checked.platform.endpoints.items():
        for index, model in enumerate(endpoint.models):
            if found := checked.platform.models.get(model):
                yield ("endpoints", name, "models", index), model, found


@rule("ENDP001")
def models_of_endpoints_are_declared(checked: Checked) -> Iterator[Finding]:
    """A model that an endpoint names is declared.

    The endpoint sends requests to the Service of the model. Without one a load balancer answers
    503 for it, and a gateway 500.
    """
    known = list(checked.platform.models)
    for name, endpoint in checked.platform.endpoints.items():
        for index, model in enumerate(endpoint.models):
            if model not in checked.platform.models:
                at = ("endpoints", name, "models", index)
                declare = f"declare `{model}` under `models`"
                yield Finding(
                    at=at,
                    message=f"{named(at)} is {quoted(model)}; no model has that name",
                    fix=f"{choose(model, known)}, or {declare}" if known else declare,
                    related=declared(("models",), model, known),
                )


@rule("ENDP002")
def models_of_endpoints_are_language_models(checked: Checked) -> Iterator[Finding]:
    """The models of an endpoint are served by vLLM itself.

    An endpoint promises OpenAI's API below each model's path, and one health check for all. Other
    servers and transformers have other paths: callers would get 404, and the load balancer would
    take the pods for broken.
    """
    for at, name, model in _members(checked):
        key = "transformer" if model.transformer else "runtime"
        if model.runtime != "vllm" or model.transformer:
            what = f"runs on `{model.runtime}`" if key == "runtime" else "has a transformer"
            yield Finding(
                at=at,
                message=f"`{name}` {what}, and `endpoints.{at[1]}` is for models on vLLM alone",
                fix=f"take `{name}` out, and give it an `exposure` of its own",
                related=(Related(("models", name, key), "it says so here"),),
            )


@rule("ENDP003")
def models_of_endpoints_are_in_one_namespace(checked: Checked) -> Iterator[Finding]:
    """The models of an endpoint are in one namespace.

    An Ingress sends requests to Services of its own namespace only, and a route to those of others
    only where they allow it.
    """
    first: dict[str | int, tuple[str, Model]] = {}
    for at, name, model in _members(checked):
        other, chosen = first.setdefault(at[1], (name, model))
        if model.namespace != chosen.namespace:
            yield Finding(
                at=at,
                message=f"`{name}` is in the namespace `{model.namespace}`, and `{other}` in"
                f" `{chosen.namespace}`",
                fix=f"give each namespace an endpoint, or move `{name}` to `{chosen.namespace}`",
                related=(Related(("models", other), f"`{other}` is declared here"),),
            )


@rule("ENDP004")
def requests_to_endpoints_choose_one_model(checked: Checked) -> Iterator[Finding]:
    """What a request to an endpoint asks for is one model.

    Models are told apart by their names and those of their adapters. Of two with one name, only
    the first would ever be asked; and `v1` is where all models are listed.
    """
    first: dict[tuple[str | int, str], str] = {}
    for at, name, model in _members(checked):
        if name == _RESERVED:
            yield Finding(
                at=at,
                message=f"a model that is called `{name}` can't be told from the path `/{name}`",
                fix=f"rename `models.{name}`",
            )
        for known in known_as(name, model):
            # Of headers a load balancer doesn't tell capitals from small letters.
            owner = first.setdefault((at[1], known.lower()), name)
            if owner != name or (known == name and _index(checked, at, name) != at[-1]):
                what = "" if known == name else f", here as an adapter of `{name}`"
                yield Finding(
                    at=at,
                    message=f"`endpoints.{at[1]}` has the name `{known}` twice{what}",
                    fix=f"take `{name}` out, or rename one of the two",
                    related=(Related(("models", owner), f"`{owner}` has it too"),),
                )


@rule("ENDP006")
def endpoints_and_canaries_have_headers_of_their_own(checked: Checked) -> Iterator[Finding]:
    """The header of an endpoint isn't that of a canary behind it.

    A request would have to say two things in one header: which model it is for, and that it is
    for the canary. No request can, so the header would send nobody there.
    """
    for at, name, model in _members(checked):
        header = checked.platform.endpoints[str(at[1])].header
        own = model.canary.header if model.canary else None
        if header and own and header.lower() == own.name.lower():
            here = ("models", name, "canary", "header", "name")
            yield Finding(
                at=here,
                message=f"{named(here)} is `{own.name}`, which chooses the model of"
                f" `endpoints.{at[1]}`",
                fix="give one of the two another header, such as `X-Canary`",
                related=(Related(("endpoints", at[1], "header"), "it chooses the model here"),),
            )


def _index(checked: Checked, at: SpecPath, name: str) -> int:
    return checked.platform.endpoints[str(at[1])].models.index(name)


@rule("ENDP005")
def endpoints_fit_their_way_in(checked: Checked) -> Iterator[Finding]:
    """An endpoint fits into its load balancer or gateway.

    A load balancer answers which models there are by itself, in at most 1,024 characters, and a
    route has at most 16 rules. What is longer is refused, and none of the models can be reached.
    """
    for name, endpoint in checked.platform.endpoints.items():
        at = ("endpoints", name, "models")
        models = {
            model: checked.platform.models[model]
            for model in endpoint.models
            if model in checked.platform.models
        }
        if endpoint.exposure.alb:
            known = [each for model, spec in models.items() for each in known_as(model, spec)]
            what, number, limit = "a list of", len(models_listed(known)), _LISTED
            unit = "characters"
        else:
            what, number, limit = "a route of", _rules(endpoint, models), _RULES
            unit = "rules"
        if number > limit:
            yield Finding(
                at=at,
                message=f"{named(at)} makes {what} {number:,} {unit}; {limit:,} are allowed",
                fix="divide the models among two endpoints, with a host each",
            )


def _rules(endpoint: ModelEndpoint, models: dict[str, Model]) -> int:
    """Return how many rules a route has: each way to a model, twice with a canary's header."""
    return sum(
        (1 + (len(known_as(name, model)) if endpoint.header else 0))
        * (2 if model.canary and model.canary.header and not model.stopped else 1)
        for name, model in models.items()
    )


RULES = (
    models_of_endpoints_are_declared,
    models_of_endpoints_are_language_models,
    models_of_endpoints_are_in_one_namespace,
    requests_to_endpoints_choose_one_model,
    endpoints_fit_their_way_in,
    endpoints_and_canaries_have_headers_of_their_own,
)
