"""What the spec says about its own keys, read from the text of its modules.

pydantic can keep the docstrings of fields too, but would read them at every start.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, get_args

from mlopsgen.spec.base import Spec


@cache
def descriptions(model: type[Spec]) -> Mapping[str, str]:
    """Return the docstring of each field of *model*, by the key that users write."""
    said: dict[str, str] = {}
    for one in reversed(model.__mro__):
        if issubclass(one, Spec) and one is not Spec:
            said.update(_docstrings(one))
    return {
        field.alias or name: said[name]
        for name, field in model.model_fields.items()
        if name in said
    }


def parts_in(annotation: Any) -> Iterator[type[Spec]]:  # noqa: ANN401 - a type form
    """Yield the parts of the spec that *annotation* is made of."""
    if isinstance(annotation, type) and issubclass(annotation, Spec):
        yield annotation
    for argument in get_args(annotation):
        yield from parts_in(argument)


def paragraph(docstring: str) -> str:
    """Return the first paragraph of *docstring* on one line."""
    return " ".join(inspect.cleandoc(docstring).partition("\n\n")[0].split())


@cache
def _docstrings(model: type[Spec]) -> Mapping[str, str]:
    """Return the text after each field of *model*; its module is read once, not for each key."""
    tree = ast.parse(inspect.getsource(sys.modules[model.__module__]))
    [body] = [
        node.body
        for node in tree.body
        if isinstance(node, ast.ClassDef) and node.name == model.__name__
    ]
    said = {}
    for before, node in itertools.pairwise(body):
        match before, node:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                said[name] = paragraph(text)
            case _:
                pass
    return said
