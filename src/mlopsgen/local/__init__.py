"""A pipeline as it was emitted, read so that this machine can run its steps as programs."""

from mlopsgen.local.filling import Filling, parameters
from mlopsgen.local.order import ordered
from mlopsgen.local.pipeline import Input, Output, Parameter, Pipeline, Step, Text
from mlopsgen.local.refusal import RefusedError
from mlopsgen.local.template import read

__all__ = [
    "Filling",
    "Input",
    "Output",
    "Parameter",
    "Pipeline",
    "RefusedError",
    "Step",
    "Text",
    "ordered",
    "parameters",
    "read",
]
