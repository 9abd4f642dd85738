"""Expressions of the Common Expression Language, evaluated as the API server does.

The library is Google's own, which has Kubernetes' extensions for text and optional values. It is
loaded when the first expression is compiled, and each expression is compiled once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from mlopsgen.later import later

_USED = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|\bvariables\.([A-Za-z_]\w*)")
"""Texts, which are left alone, and the names of variables between them."""

_WORDS = re.compile(r"'([^'\\]*)'|([A-Za-z_]\w*)")
"""Texts without escapes, and names."""

_SHOWN = 120
"""Characters of the library's words that are kept; it may put the whole object into them."""


class UndecidedError(ValueError):
    """An expression has no value for an object; in the cluster that is a refusal."""


class Situation:
    """An object that is created or changed, as expressions see it: converted once for all."""

    def __init__(
        self,
        body: Mapping[str, Any],
        namespace: str,
        *,
        before: Mapping[str, Any] | None = None,
        user: str = "",
    ) -> None:
        """Lay out *body* as *user* would put it into *namespace*, in place of *before*."""
        operation = "CREATE" if before is None else "UPDATE"
        request = {"operation": operation, "namespace": namespace, "userInfo": {"username": user}}
        # As it comes over the wire: the library knows no tuples.
        data = {"object": body, "oldObject": before, "request": request}
        self._activation = _environment().Activation(json.loads(json.dumps(data)))

    def value(self, expression: str) -> Any:  # noqa: ANN401 - of whatever type it is
        """Return the value of *expression*; raise UndecidedError where it has none."""
        try:
            found = _compiled(expression).eval(self._activation)
        except RuntimeError as error:  # it doesn't compile
            raise UndecidedError(str(error)[:_SHOWN]) from error
        if found.type() == _library().Type.ERROR:
            raise UndecidedError(str(found.plain_value())[:_SHOWN])
        return found.plain_value()


def inlined(expression: str, variables: Mapping[str, str]) -> str:
    """Return *expression* with what each of *variables* stands for in its place."""

    def instead(found: re.Match[str]) -> str:
        name = found.group(1)
        return f"({variables[name]})" if name in variables else found.group()

    return _USED.sub(instead, expression)


def named(expression: str) -> Iterator[str]:
    """Yield the names and the texts in *expression*, among them all keys that it looks for."""
    for text, name in _WORDS.findall(expression):
        yield text or name


@cache
def _compiled(expression: str) -> Any:  # noqa: ANN401 - the library has no types for mypy
    return _environment().compile(expression)


@cache
def _environment() -> Any:  # noqa: ANN401 - likewise
    strings = later("cel_expr_python.ext.ext_strings").ExtStrings()
    optional = later("cel_expr_python.ext.ext_optional").ExtOptional()
    dynamic = _library().Type.DYN
    variables = dict.fromkeys(("object", "oldObject", "request"), dynamic)
    return _library().NewEnv(variables=variables, extensions=[strings, optional])


def _library() -> Any:  # noqa: ANN401 - likewise
    return later("cel_expr_python.cel")
