"""Data validation: refuse a table that no model should be trained on, and say all that is wrong."""

from __future__ import annotations

import argparse
import csv
import math
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from iris.files import COLUMNS, LABEL, SPECIES, Flower, say, write_table

RANGES = {
    "sepal_length": (4.0, 8.5),
    "sepal_width": (1.5, 5.0),
    "petal_length": (0.5, 7.5),
    "petal_width": (0.05, 3.0),
}
"""Centimetres: a little more than Fisher's flowers have. Outside, the unit is probably another."""

LEAST_ROWS = 100
MOST_DUPLICATES = 0.02
"""Fisher's table has one row twice, in 150; more look like a table that was joined with itself."""

LEAST_SHARE = 0.2
"""Of each species; with three of them, an even table has a third."""

_SHOWN = 10


def problems(header: list[str], rows: list[list[str]]) -> Iterator[str]:
    """Yield what is wrong with the columns and values of a table."""
    if header != [*COLUMNS, LABEL]:
        yield f"the columns are {header}, not {[*COLUMNS, LABEL]}"
        return
    for number, row in enumerate(rows, start=2):
        if len(row) != len(header):
            yield f"line {number} has {len(row)} values, not {len(header)}"
            continue
        for column, text in zip(COLUMNS, row, strict=False):
            low, high = RANGES[column]
            if not low <= _number(text) <= high:
                yield f"line {number}: {column} is `{text}`, not a number from {low} to {high}"
        if row[-1] not in SPECIES:
            yield f"line {number}: {LABEL} is `{row[-1]}`, none of {', '.join(SPECIES)}"


def shortcomings(flowers: list[Flower], unique: list[Flower]) -> Iterator[str]:
    """Yield what is wrong with a table as a whole; *unique* are its rows without duplicates."""
    if len(unique) < LEAST_ROWS:
        yield f"{len(unique)} different rows, not {LEAST_ROWS}"
    if (twice := len(flowers) - len(unique)) > MOST_DUPLICATES * len(flowers):
        yield f"{twice} of {len(flowers)} rows are there before, over {MOST_DUPLICATES:.0%}"
    counts = Counter(flower.species for flower in unique)
    for species, name in enumerate(SPECIES):
        if counts[species] < LEAST_SHARE * len(unique):
            yield f"{counts[species]} of {len(unique)} rows are {name}, under {LEAST_SHARE:.0%}"


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _refuse(found: list[str]) -> None:
    if found:
        more = [f"and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
        sys.exit("\n".join(["the data is refused:", *found[:_SHOWN], *more]))


def main() -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raw", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    with options.raw.open(encoding="utf-8", newline="") as file:
        header, *rows = list(csv.reader(file)) or [[]]
    _refuse(list(problems(header, rows)))
    flowers = [Flower(tuple(map(float, row[:-1])), SPECIES.index(row[-1])) for row in rows]
    unique = list(dict.fromkeys(flowers))
    _refuse(list(shortcomings(flowers, unique)))
    write_table(options.out, unique)
    say(f"{len(unique)} rows, {len(flowers) - len(unique)} duplicates taken away")


if __name__ == "__main__":
    main()
