"""Model promotion: point the alias at a version, once it has passed the load test."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import mlflow

from iris.files import read_facts, say

LOAD_TEST, PASSED = "load_test", "passed"


def main() -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--load-test", type=Path, required=True)
    options = parser.parse_args()
    name, alias = os.environ["MODEL_NAME"], os.environ["MODEL_ALIAS"]
    tested = read_facts(options.load_test)
    if (tested["name"], tested["passed"]) != (name, True):
        sys.exit(f"no version of {name} passed the load test, only {tested}")
    client = mlflow.MlflowClient()
    client.set_model_version_tag(name, tested["version"], LOAD_TEST, PASSED)
    client.set_registered_model_alias(name, alias, tested["version"])
    say(f"{name}@{alias} is version {tested['version']}")


if __name__ == "__main__":
    main()
