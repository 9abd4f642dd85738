"""A pipeline as it was emitted, read so that this machine can run its steps as programs."""

from mlopsgen.local.filling import Filling, parameters
from mlopsgen.local.order import ordered
from mlopsgen.local.refusal import RefusedError
from mlopsgen.local.template import Input, Pipeline, Step, read

__all__ = [
    "Filling",
    "Input",
    "Pipeline",
    "RefusedError",
    "Step",
    "ordered",
    "parameters",
    "read",
]
