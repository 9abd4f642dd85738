"""families: what models have in common, and how it becomes a part of each of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import ValidationError, ValidatorFunctionWrapHandler, WrapValidator
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from mlopsgen.spec.models import Family

PLACEHOLDER = "{model}"
"""Stands for the name of the model, in a family and at PLACES only."""

PLACES = (("", "source"), ("canary", "source"), ("exposure", "host"))
"""Where the placeholder is filled in, as a part of the model and its key: the values that no two
models share."""

_ANY_NAME = "model"
"""Stands in for the placeholder while a family is looked at by itself."""


def shared(family: Mapping[str, Any], model: str) -> dict[str, Any]:
    """Return what *family* says about *model*: the placeholder filled in, nulls left out."""
    return _filled(_said(family), model)


def _said(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: _said(value) if isinstance(value, dict) else value
        for key, value in values.items()
        if value is not None
    }


def _filled(values: Mapping[str, Any], model: str) -> dict[str, Any]:
    filled = dict(values)
    for parent, key in PLACES:
        inner = filled.get(parent) if parent else filled
        if isinstance(inner, dict) and isinstance(text := inner.get(key), str):
            new = {**inner, key: text.replace(PLACEHOLDER, model)}
            filled = {**filled, parent: new} if parent else new
    return filled


def _in_part(value: object, validate: ValidatorFunctionWrapHandler) -> object:
    """Validate a family by itself: what is there has to be right, but nothing has to be there.

    Nobody reads the result of one with gaps: its values are in the models that took them.
    """
    said: dict[str, Any] = _filled(value, _ANY_NAME) if isinstance(value, dict) else {}
    try:
        return validate(said if isinstance(value, dict) else value)
    except ValidationError as error:
        wrong = [one for one in error.errors(include_url=False) if not _left_out(one)]
        if wrong:
            mistakes = [_again(one) for one in wrong]
            raise ValidationError.from_exception_data(error.title, mistakes) from None
        return Family.model_construct(**said)


def _left_out(error: ErrorDetails) -> bool:
    """Say whether *error* is about a key that isn't there, or is there and says nothing."""
    if error["type"] == "missing":
        return True
    at_key = isinstance(error["loc"][-1] if error["loc"] else None, str)
    return at_key and error["input"] is None and error["type"] != "extra_forbidden"


def _again(error: ErrorDetails) -> InitErrorDetails:
    """Return *error* as it was; pydantic gives errors away in another form than it takes them."""
    kind = PydanticCustomError(error["type"], "as found", error.get("ctx"))
    return InitErrorDetails(type=kind, loc=error["loc"], input=error["input"])


Shared = Annotated[Family, WrapValidator(_in_part)]
"""A family as users write it: any part of a model."""
