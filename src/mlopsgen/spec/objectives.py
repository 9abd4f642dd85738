"""slo: what a model promises to those who ask it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from mlopsgen.spec.base import Spec
from mlopsgen.spec.form import Form
from mlopsgen.spec.quantities import Duration


class Slo(Spec):
    """Objectives over 30 days; alerts say when what may fail is used up too fast."""

    latency_p95: Annotated[Duration | None, Field(alias="latencyP95")] = None
    """95 % of the requests take no longer."""

    availability: Annotated[
        str | None,
        StringConstraints(pattern=r"^9[5-9]([.][0-9]{1,3})?%$"),
        Form(
            "a percentage from 95% to 99.999%",
            ("99.5%",),
            "Below it, even a model that answers nothing would not burn what may fail fast enough "
            "for an alert.",
        ),
    ] = None
    """Percent of the requests that don't fail through a fault of the model's."""
