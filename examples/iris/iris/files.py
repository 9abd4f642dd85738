"""What steps hand to each other: tables as CSV, facts as JSON."""

from __future__ import annotations

import csv
import hashlib
import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COLUMNS = ("sepal_length", "sepal_width", "petal_length", "petal_width")
"""In centimetres, in the order in which a request gives them."""

LABEL = "species"
SPECIES = ("setosa", "versicolor", "virginica")
"""The model answers with the place of a name in here."""


@dataclass(frozen=True, slots=True)
class Flower:
    """A row of a table that was validated."""

    measures: tuple[float, ...]
    species: int


def read_table(path: Path) -> list[Flower]:
    """Return the rows of a table that a step of ours wrote."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Flower(tuple(float(row[column]) for column in COLUMNS), SPECIES.index(row[LABEL]))
            for row in csv.DictReader(file)
        ]


def write_table(path: Path, flowers: Iterable[Flower]) -> None:
    """Write *flowers* with a header."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*COLUMNS, LABEL])
        writer.writerows([*flower.measures, SPECIES[flower.species]] for flower in flowers)


def read_facts(path: Path) -> dict[str, Any]:
    """Return what the step before wrote down."""
    facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return facts


def write_facts(path: Path, facts: Mapping[str, Any]) -> None:
    """Write *facts* for the steps after this one."""
    path.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def say(line: str) -> None:
    """Print *line* for the log of the step, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
