"""Load test: load and ask the registered files as KServe's scikit-learn server does.

It runs in the server's own image, or in an environment with the same libraries, so it imports
what the server has and nothing of MLflow. A file that was pickled elsewhere fails here and not in
the first pod of a rollout.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import statistics
import sys
import time
import warnings
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import joblib
import numpy as np

from iris.files import digest, read_facts, say, write_facts

PICKLES = (".joblib", ".pkl", ".pickle")
"""What KServe 0.16.0 looks for (python/sklearnserver/sklearnserver/model.py): one such file."""

PINNED = re.compile(r"([A-Za-z0-9._-]+)==([A-Za-z0-9.+!]+)")
PYTHON = re.compile(r"^python: *['\"]?([0-9.]+)", re.MULTILINE)
REQUESTS = 300
SLOWEST = 0.050
"""Seconds that 95 of 100 requests have to stay under, on one CPU and without the network."""


def differences(files: Path) -> list[str]:
    """Return where Python and libraries are others than those the model was logged with."""
    found = []
    pins = PINNED.findall((files / "requirements.txt").read_text(encoding="utf-8"))
    for library, wanted in pins:
        try:
            here = version(library)
        except PackageNotFoundError:
            here = "missing"
        if here != wanted and library != "mlflow":
            found.append(f"{library} is {here} here and {wanted} in the model")
    logged = PYTHON.search((files / "python_env.yaml").read_text(encoding="utf-8"))
    made_with = logged[1] if logged else "unknown"
    if made_with.split(".")[:2] != platform.python_version().split(".")[:2]:
        found.append(f"Python is {platform.python_version()} here and {made_with} in the model")
    return found


def loaded(files: Path) -> tuple[Path, Any]:
    """Return the one pickle of the model, and what is in it."""
    pickles = [path for path in sorted(files.iterdir()) if path.suffix in PICKLES]
    if len(pickles) != 1:
        sys.exit(f"the server takes one file of {PICKLES}; there are {len(pickles)}")
    with warnings.catch_warnings():
        # scikit-learn warns of other versions; the answers may differ, so it is an error here.
        warnings.simplefilter("error")
        return pickles[0], joblib.load(pickles[0])


def answer(model: Any, request: str) -> str:  # noqa: ANN401 - any estimator
    """Return what the server answers to *request*, in its first protocol."""
    return json.dumps(
        {"predictions": model.predict(np.array(json.loads(request)["instances"])).tolist()}
    )


def slowest(model: Any, instances: list[list[float]]) -> float:  # noqa: ANN401 - any estimator
    """Return the 95th percentile of the seconds that requests of one row take."""
    requests = [json.dumps({"instances": [row]}) for row in instances]
    taken = []
    for number in range(REQUESTS):
        start = time.perf_counter()
        answer(model, requests[number % len(requests)])
        taken.append(time.perf_counter() - start)
    return statistics.quantiles(taken, n=20)[-1]


def main() -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__)
    for option in ("--files", "--version", "--evaluation", "--out"):
        parser.add_argument(option, type=Path, required=True)
    options = parser.parse_args()
    if found := differences(options.files):
        sys.exit("\n".join(["the model was made with other versions:", *found]))
    file, model = loaded(options.files)
    registered, evaluation = read_facts(options.version), read_facts(options.evaluation)
    if digest(file) != registered["sha256"]:
        sys.exit(f"{file.name} isn't the file that was registered")
    request = json.dumps({"instances": evaluation["instances"]})
    if json.loads(answer(model, request))["predictions"] != evaluation["predictions"]:
        sys.exit("it answers otherwise here than where it was evaluated")
    seconds = slowest(model, evaluation["instances"])
    if seconds > SLOWEST:
        sys.exit(f"95 of 100 requests take up to {seconds:.3f} s, over {SLOWEST} s")
    write_facts(options.out, {**registered, "passed": True, "p95_seconds": seconds})
    say(f"version {registered['version']} loads and answers, 95 of 100 within {seconds:.4f} s")


if __name__ == "__main__":
    main()
