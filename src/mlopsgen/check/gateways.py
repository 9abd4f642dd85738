"""Gateways: ways in to models that somebody else runs, and that take over from load balancers."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.check.checked import Checked, choose, declared
from mlopsgen.diagnostics import Finding, Related, rule
from mlopsgen.spec.said import named, quoted


@rule("GATE001")
def ways_in_are_of_one_kind(checked: Checked) -> Iterator[Finding]:
    """A way in to a model is a load balancer or a gateway, and not both.

    Its host is one DNS name, which leads to one of the two. With neither, nothing would be made,
    and the host would lead nowhere.
    """
    gateway = next(iter(checked.platform.gateways), None)
    for at, way in checked.ways_in():
        if way.alb and way.gateway:
            yield Finding(
                at=(*at, "gateway"),
                message=f"{named(at)} has a load balancer and the gateway {quoted(way.gateway)}",
                fix="take `alb` or `gateway` away",
                related=(Related((*at, "alb"), "the load balancer is here"),),
                on_key=True,
            )
        if way.alb is None and way.gateway is None:
            other = f"`gateway: {gateway}`" if gateway else "`gateway` with a name of `gateways`"
            yield Finding(
                at=at,
                message=f"{named(at)} has neither `alb` nor `gateway`, so nothing leads to"
                f" `{way.host}`",
                fix=f"add `alb: internal` or {other}",
                on_key=True,
            )


@rule("GATE002")
def gateways_are_declared(checked: Checked) -> Iterator[Finding]:
    """A gateway that is named is declared.

    The route names it with its namespace, and the network policy its pods. Without these no
    gateway takes the route, and no request comes through.
    """
    known = list(checked.platform.gateways)
    for at, way in checked.ways_in():
        if way.gateway is None or way.gateway in known:
            continue
        declare = f"declare `{way.gateway}` under `gateways`"
        here = (*at, "gateway")
        yield Finding(
            at=here,
            message=f"{named(here)} is {quoted(way.gateway)}; no gateway has that name",
            fix=f"{choose(way.gateway, known)}, or {declare}" if known else declare,
            related=declared(("gateways",), way.gateway, known),
        )


@rule("GATE003")
def gateways_have_no_keys_of_load_balancers(checked: Checked) -> Iterator[Finding]:
    """What only a load balancer does isn't asked of a gateway.

    The certificate of a gateway, and who may connect to it, is said where the gateway is made. A
    route can't say it, so the door would be more open than it looks here.
    """
    for at, way in checked.ways_in():
        if way.alb or way.gateway is None:
            continue
        said = {"certificate": way.certificate, "inboundCidrs": way.inbound_cidrs}
        for key, value in said.items():
            if value:
                here = (*at, key)
                yield Finding(
                    at=here,
                    message=f"{named(here)} is of load balancers; the gateway"
                    f" {quoted(way.gateway)} wouldn't keep to it",
                    fix=f"take `{key}` away and set it up where the gateway is made, or write"
                    " `alb: internal` for `gateway`",
                    related=(Related((*at, "gateway"), "the gateway is chosen here"),),
                    on_key=True,
                )


@rule("GATE004")
def gateways_run_elsewhere(checked: Checked) -> Iterator[Finding]:
    """The pods of a gateway run outside of the platform's namespaces.

    In those everything is refused that the platform doesn't know of. It doesn't know who connects
    to a gateway, nor whom a gateway asks for its routes, so the gateway would stand still.
    """
    for name, gateway in checked.platform.gateways.items():
        namespace = gateway.pods.namespace
        if namespace in checked.platform.namespaces:
            at = ("gateways", name, "pods", "namespace")
            yield Finding(
                at=at,
                message=f"{named(at)} is `{namespace}`, where network policies of the platform"
                " refuse what a gateway needs",
                fix="run the gateway in a namespace of its own, and write that one",
                related=(Related(("namespaces", namespace), "it is declared here"),),
            )


RULES = (
    ways_in_are_of_one_kind,
    gateways_are_declared,
    gateways_have_no_keys_of_load_balancers,
    gateways_run_elsewhere,
)
