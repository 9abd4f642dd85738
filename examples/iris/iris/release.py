"""What a person does when a challenger has proved itself: make it the champion.

Nothing is served by it yet. `mlopsgen lock --update iris` writes the new version into
platform.lock, and the pull request with that change is the release.
"""

from __future__ import annotations

import argparse
import sys

import mlflow

from iris.files import say
from iris.promote import LOAD_TEST, PASSED


def main() -> None:
    """Move the alias."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="the registered model")
    parser.add_argument("--from", dest="source", default="challenger")
    parser.add_argument("--to", default="champion")
    options = parser.parse_args()
    client = mlflow.MlflowClient()
    found = client.get_model_version_by_alias(options.name, options.source)
    if found.tags.get(LOAD_TEST) != PASSED:
        sys.exit(f"version {found.version} of {options.name} has passed no load test")
    client.set_registered_model_alias(options.name, options.to, found.version)
    say(f"{options.name}@{options.to} is version {found.version}")


if __name__ == "__main__":
    main()
