"""endpoints: several language models behind one host."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mlopsgen.spec.access import WayIn
from mlopsgen.spec.base import DnsLabel, Items, Spec
from mlopsgen.spec.models import HeaderName


class ModelEndpoint(Spec):
    """One host for several models on vLLM. Each has its OpenAI API below /MODEL/v1 there."""

    models: Annotated[Items[DnsLabel], Field(min_length=1)]
    """The models behind it, all in one namespace."""

    exposure: WayIn
    """The way in from outside the cluster."""

    header: HeaderName | None = None
    """A header that chooses the model as well, below /v1 then: X-Gateway-Model-Name where a gateway
    reads the name out of the request (body-based routing), or one that callers set."""
