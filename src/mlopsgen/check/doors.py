"""Load balancers: who may connect, and whether what is said stays secret on the way."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.check.checked import Checked
from mlopsgen.check.networks import open_to_all
from mlopsgen.diagnostics import Finding, Related, rule
from mlopsgen.spec import Aws
from mlopsgen.spec.said import named

_PARTS = 6
"""An ARN is arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE."""


@rule("NET005")
def what_faces_the_internet_has_a_certificate(checked: Checked) -> Iterator[Finding]:
    """What faces the internet has a certificate.

    Without one the listener is plain HTTP. Passwords, tokens and the data in requests could be
    read and changed on the way.
    """
    aws = checked.platform.aws
    for at, balancer in checked.balancers():
        if balancer.alb == "internet-facing" and balancer.certificate is None:
            arn = f"arn:aws:acm:{aws.region}:{aws.account_id}:certificate/ID"
            yield Finding(
                at=at,
                message=f"{named(at)} faces the internet without a certificate",
                fix=f"add `certificate: {arn}` with the ID of one for `{balancer.host}`, or write"
                " `alb: internal`",
                related=(Related((*at, "alb"), "it faces the internet here"),),
                on_key=True,
            )


@rule("NET006")
def what_faces_the_internet_says_for_whom(checked: Checked) -> Iterator[Finding]:
    """What faces the internet says which networks may connect.

    Without a list everybody may. Models and the user interface of MLflow have no login of their
    own: whoever reaches them uses them, and in MLflow changes and deletes as well.
    """
    for at, balancer in checked.balancers():
        if balancer.alb == "internal":
            continue
        if not balancer.inbound_cidrs:
            yield Finding(
                at=at,
                message=f"{named(at)} faces the internet and doesn't say who may connect",
                fix="add `inboundCidrs` with the networks of those who use it, or write"
                " `alb: internal`",
                related=(Related((*at, "alb"), "it faces the internet here"),),
                on_key=True,
            )
        for index, text in enumerate(balancer.inbound_cidrs):
            if at == ("exposure", "mlflow") and open_to_all(text):
                here = (*at, "inboundCidrs", index)
                yield Finding(
                    at=here,
                    message=f"{named(here)} is `{text}`, which lets everybody into MLflow",
                    fix="write the networks of those who use it, or `alb: internal`",
                    related=(Related((*at, "alb"), "it faces the internet here"),),
                )


@rule("NET007")
def certificates_are_where_the_load_balancer_is(checked: Checked) -> Iterator[Finding]:
    """A certificate is in the region and account of its load balancer.

    A load balancer takes certificates of ACM from its own region and account only. With any other
    the controller makes no listener, and nothing answers.
    """
    for at, balancer in checked.balancers():
        wrong = _elsewhere(balancer.certificate, checked.platform.aws)
        if wrong:
            here = (*at, "certificate")
            key = "region" if wrong[0].startswith("region") else "accountId"
            yield Finding(
                at=here,
                message=f"{named(here)} is of {wrong[0]}; the load balancer needs {wrong[1]}",
                fix=f"take a certificate of {wrong[1]}, for `{balancer.host}`",
                related=(Related(("aws", key), "the platform runs here"),)
                if not wrong[0].startswith("service")
                else (),
            )


def _elsewhere(certificate: str | None, aws: Aws) -> tuple[str, str] | None:
    """Return what the ARN *certificate* is of and what is needed, if those differ."""
    if certificate is None:
        return None
    parts = [*certificate.split(":", _PARTS - 1), *[""] * _PARTS]
    wanted = {2: ("service", "acm"), 3: ("region", aws.region), 4: ("account", aws.account_id)}
    for index, (word, value) in wanted.items():
        if parts[index] != value:
            return f"{word} `{parts[index]}`", f"{word} `{value}`"
    return None


RULES = (
    what_faces_the_internet_has_a_certificate,
    what_faces_the_internet_says_for_whom,
    certificates_are_where_the_load_balancer_is,
)
