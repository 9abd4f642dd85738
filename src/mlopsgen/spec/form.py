"""What a value looks like, for people; it stands beside the pattern that is for machines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema


@dataclass(frozen=True, slots=True)
class Form:
    """The words and examples of a type; put into its `Annotated`, where pydantic leaves it alone.

    `words` completes the sentence "it must be ...". `why` says what would happen otherwise, where
    the rule's own reason is another. A value that may be a secret is not `shown` in messages.
    """

    words: str
    examples: tuple[str | float, ...] = ()
    why: str = ""
    shown: bool = True

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Return the schema of the type with the examples in it."""
        found = handler(schema)
        if self.examples:
            found["examples"] = list(self.examples)
        return found


@dataclass(frozen=True, slots=True)
class Notation(Form):
    """The form of a quantity, which is kept as a number and written with a unit.

    `written` turns the number kept into what a user writes. `meant` turns what a user wrote
    into what was probably meant, and is empty where that can't be told. `certain` is empty unless
    it can't have meant anything else.
    """

    written: Callable[[Any], str | int] = str
    meant: Callable[[object], str] = str
    certain: Callable[[object], str] = str
