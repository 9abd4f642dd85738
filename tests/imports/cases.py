"""Hand-written manifests, and everything that an import of them says.

Run as a program it writes what is said now; review its diff like code.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from click.testing import CliRunner, Result

from mlopsgen.cli import main

CASES = tuple(sorted(path.parent for path in Path(__file__).parent.glob("*/manifests")))


def run(case: Path, *options: str) -> Result:
    """Import the manifests of *case*, named from its folder."""
    with contextlib.chdir(case):
        return CliRunner().invoke(main, ["import", "manifests", *options])


def rewrite() -> None:
    """Write down what each import says now."""
    for case in CASES:
        done = run(case)
        (case / "fragment.yaml").write_text(done.stdout, encoding="utf-8")
        (case / "said.txt").write_text(done.stderr, encoding="utf-8")


if __name__ == "__main__":
    rewrite()
