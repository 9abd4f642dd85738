"""Data ingestion: write the data set that the parameter `dataset` names, as it comes."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from sklearn.datasets import load_iris

from iris.files import Flower, say, write_table

SOURCES = {"iris": load_iris}
"""Data sets by name. This one comes with scikit-learn, so nothing is downloaded."""


def main() -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    name = os.environ["PARAM_DATASET"]
    if name not in SOURCES:
        sys.exit(f"the parameter `dataset` is `{name}`; there is {', '.join(sorted(SOURCES))}")
    found = SOURCES[name]()
    flowers = [
        Flower(tuple(map(float, measures)), int(species))
        for measures, species in zip(found.data, found.target, strict=True)
    ]
    write_table(options.out, flowers)
    say(f"{len(flowers)} rows of {name}")


if __name__ == "__main__":
    main()
