"""What differs between environments, value by value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mlopsgen.diagnostics import SpecPath
from mlopsgen.explain.held import Held

_ENTRY = 2
"""Steps of a path to an entry: `models` and its name."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A value that isn't the same in all environments; None where there is none.

    Of an entry that only some have, `whole` is true and the cells hold the entry.
    """

    path: SpecPath
    cells: Mapping[str, Held | None]
    whole: bool = False


def differences(
    values: Mapping[str, Sequence[Held]], entry: Callable[[str, SpecPath], Held]
) -> list[Difference]:
    """Return how the *values* of environments differ, in the order in which they are written.

    *entry* returns an entry of an environment as a whole.
    """
    tables = {name: {one.path: one for one in held} for name, held in values.items()}
    entries = {
        name: {path[:_ENTRY] for path in table if len(path) > _ENTRY}
        for name, table in tables.items()
    }
    found: dict[SpecPath, Difference] = {}
    for path in dict.fromkeys(path for table in tables.values() for path in table):
        whole = path[:_ENTRY]
        having = [name for name, known in entries.items() if whole in known]
        if len(path) > _ENTRY and len(having) < len(tables):
            cells = {name: entry(name, whole) if name in having else None for name in tables}
            found[whole] = Difference(whole, cells, whole=True)
            continue
        row = {name: table.get(path) for name, table in tables.items()}
        texts = {repr(one.value) if one else None for one in row.values()}
        if len(texts) > 1:
            found[path] = Difference(path, row)
    return list(found.values())
