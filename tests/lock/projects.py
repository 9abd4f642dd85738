"""A platform with models of the registry, and a lock beside it."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from mlopsgen.cli import main

HEAD = """\
apiVersion: mlopsgen/v1beta1
name: acme
aws: {region: eu-west-1, accountId: "111122223333"}
namespaces: {mlops: {}}
"""
CHAMPION = "models:/iris-classifier@champion"
OLD = {"version": "1", "uri": "s3://acme-artifacts/mlflow/1/models/m-1/artifacts"}


def platform(*environments, **sources):
    models = "".join(
        f"  {name}: {{runtime: mlflow, source: '{source}'}}\n" for name, source in sources.items()
    )
    overlays = ", ".join(f"{name}: {{}}" for name in environments)
    text = f"{HEAD}models:\n{models}" + (f"environments: {{{overlays}}}\n" if overlays else "")
    Path("platform.yaml").write_text(text, encoding="utf-8")


def locked(**environments):
    plain = {name: {"models": models} for name, models in environments.items()}
    text = json.dumps({"version": 1, "environments": plain})
    Path("platform.lock").write_text(text, encoding="utf-8")


def entries():
    file = json.loads(Path("platform.lock").read_text(encoding="utf-8"))
    return {
        (environment, source): entry
        for environment, here in file["environments"].items()
        for source, entry in here["models"].items()
    }


def versions():
    return {key: entry["version"] for key, entry in entries().items()}


def run(*arguments, **variables):
    return CliRunner().invoke(main, ["lock", *arguments], env=variables)
