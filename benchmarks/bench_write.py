"""How long `write` takes for 6,000 files in two environments: medians of several runs.

Run: python benchmarks/bench_write.py [RUNS]

All runs stay on the disk until the end: ext4 does not give out the inode of a deleted file again
for five minutes, and looks at each of them whenever it makes a new file. For the same reason the
figures are several times higher within five minutes of deleting thousands of files, such as those
of the last benchmark; TMPDIR=/dev/shm leaves the file system out of it.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from mlopsgen.artifact import Rendered
from mlopsgen.write import compare, write

MODELS = 500
KINDS = ("inferenceservice", "networkpolicy", "serviceaccount", "role", "rolebinding", "podmonitor")
FILES = 2 * MODELS * len(KINDS)


def trees(generation: int = 0) -> dict[str, list[Rendered]]:
    """Return 2 x 500 models x 6 objects of about 900 bytes; *generation* changes one file."""
    every = {}
    for environment in ("dev", "prod"):
        files = []
        for index in range(MODELS):
            for kind in KINDS:
                mark = generation if (environment, index, kind) == ("dev", 7, "role") else 0
                body = f"# models.m{index} {mark}\n" + f"{kind}: m{index}\n" * (900 // 24)
                path = f"apps/m{index}/{kind}-m{index}.yaml"
                files.append(Rendered(path, body.encode(), "kserve", (("models", f"m{index}"),)))
        every[environment] = files
    return every


def measured(out: Path) -> dict[str, float]:
    """Return the seconds that each kind of run takes."""
    figures = {}
    for title, generation, expected in (
        ("first write", 0, (FILES + 2, 0)),
        ("nothing changed", 0, (0, 0)),
        ("one changed", 1, (0, 2)),
    ):
        files = trees(generation)
        start = time.perf_counter()
        written = write(out, files, prune_environments=True)
        figures[title] = time.perf_counter() - start
        assert (written.created, written.changed) == expected
    start = time.perf_counter()
    assert compare(out, files) == ()
    figures["compare"] = time.perf_counter() - start
    return figures


def main() -> None:
    """Print the medians."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    seconds: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="mlopsgen-bench-") as folder:
        for run in range(1, runs + 1):
            for title, figure in measured(Path(folder, str(run), "generated")).items():
                seconds.setdefault(title, []).append(figure)
    for title, figures in seconds.items():
        low, middle = min(figures), statistics.median(figures)
        print(f"{title:16} {FILES} files  median {middle:.3f} s  best {low:.3f} s")


if __name__ == "__main__":
    main()
