"""Feature engineering: divide the rows before anything is fitted, and the same way in every run.

A row is held out by a hash of its own values. So a row that a champion was trained on is never
used to judge a later model against it, whatever the seed, and new rows don't move old ones.
Scaling isn't done here: it is a part of the model, fitted on the training rows alone, and so
requests are scaled by the model too.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections import Counter
from pathlib import Path

from iris.files import SPECIES, Flower, read_table, say, write_table

HELD_OUT = 0.25
LEAST_HELD_OUT = 5
"""Of each species: fewer would make one flower weigh more than the gates allow."""


def held_out(flower: Flower) -> bool:
    """Return whether *flower* is kept for the evaluation."""
    text = ",".join(repr(measure) for measure in flower.measures)
    first = hashlib.sha256(text.encode()).digest()[:8]
    return int.from_bytes(first) < HELD_OUT * 2**64


def main() -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clean", type=Path, required=True)
    parser.add_argument("--training", type=Path, required=True)
    parser.add_argument("--holdout", type=Path, required=True)
    options = parser.parse_args()
    flowers = read_table(options.clean)
    holdout = [flower for flower in flowers if held_out(flower)]
    training = [flower for flower in flowers if not held_out(flower)]
    counts = Counter(flower.species for flower in holdout)
    for species, name in enumerate(SPECIES):
        if counts[species] < LEAST_HELD_OUT:
            sys.exit(f"{counts[species]} rows of {name} are held out, under {LEAST_HELD_OUT}")
    write_table(options.training, training)
    write_table(options.holdout, holdout)
    say(f"{len(training)} rows to train on, {len(holdout)} held out")


if __name__ == "__main__":
    main()
