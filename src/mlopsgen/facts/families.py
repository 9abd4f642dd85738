"""Model families: the figures of a checkpoint that decide what memory it takes to serve.

One file holds one checkpoint of the Hugging Face Hub, named as the Hub's own cache names its
folder: `catalogue/models/<organisation>--<model>.yaml`.
"""

from __future__ import annotations

from functools import cache
from typing import Literal

from mlopsgen.facts.reading import CATALOGUE, Sourced, read

_MODELS = CATALOGUE / "models"
_SLASH = "--"


class Access(Sourced):
    """Whether the Hub has asked for accepted terms and a token before a download.

    Owners open and close the gate without a new revision, so a token is the safe side.
    """

    gated: bool


class ModelFamily(Sourced):
    """A decoder-only transformer; the figures are those of its `config.json`."""

    id: str
    """The name on the Hub, as it follows `hf://`."""

    parameters: int
    """All of them, the experts that sit idle included: all are held in memory."""

    hidden_size: int
    layers: int
    attention_heads: int
    """Tensor parallelism must divide them."""

    kv_heads: int
    head_dim: int
    intermediate_size: int
    vocabulary_size: int
    attention_bias: bool = False
    """Whether the query, key and value projections have biases."""

    experts: int = 1
    max_context: int
    """Longest prompt plus answer that the checkpoint was made for, in tokens."""

    dtype: Literal["bfloat16", "float16", "float32"]
    """What the weights are stored in, and what vLLM's `--dtype auto` takes."""

    access: Access

    @property
    def kv_values_per_token(self) -> int:
        """Numbers that the KV cache holds for one token: a key and a value, head by head."""
        return 2 * self.layers * self.kv_heads * self.head_dim


@cache
def models() -> tuple[str, ...]:
    """Return the Hub names of the models in the catalogue, sorted."""
    return tuple(sorted(file.stem.replace(_SLASH, "/", 1) for file in _MODELS.glob("*.yaml")))


@cache
def model(hf_id: str) -> ModelFamily | None:
    """Return the figures of *hf_id*, or nothing: the Hub has more models than the catalogue."""
    if hf_id not in models():
        return None
    return read(_MODELS / f"{hf_id.replace('/', _SLASH, 1)}.yaml", ModelFamily)
