"""Alerts that mlopsgen has under the same name."""

import json
from typing import get_args

import pytest
import yaml
from click.testing import CliRunner

from mlopsgen.cli import main
from mlopsgen.imports.ground import PLATFORM
from mlopsgen.spec import Platform
from mlopsgen.spec.components import Addon
from mlopsgen.spec.observability import BuiltinAlert


def told(folder, *names, into=PLATFORM):
    """Import a PrometheusRule with alerts of these *names* into a platform."""
    rules = [
        {"alert": name, "expr": "up == 0", "for": "7m", "labels": {"severity": "critical"}}
        for name in names
    ]
    body = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "platform", "namespace": "monitoring"},
        "spec": {"groups": [{"name": "platform", "rules": rules}]},
    }
    manifest, platform = folder / "rules.yaml", folder / "platform.yaml"
    manifest.write_text(yaml.safe_dump(body), encoding="utf-8")
    platform.write_text(yaml.safe_dump(dict(into)), encoding="utf-8")
    asked = ["import", str(manifest), "--into", str(platform), "--format", "json"]
    done = CliRunner().invoke(main, asked)
    assert done.exit_code in {0, 1}, done.output
    return json.loads(done.stdout), manifest.read_text(encoding="utf-8").splitlines()


def test_the_platform_that_stands_in_has_every_component():
    components = Platform.model_validate(PLATFORM).components
    fields = type(components).model_fields.items()
    every = {field.alias or name for name, field in fields if field.annotation is not Addon}

    assert every == set(PLATFORM["components"]) - {"vpc-cni"}


@pytest.mark.parametrize("name", get_args(BuiltinAlert))
def test_each_is_asked_for_by_its_name(name, tmp_path):
    found, _ = told(tmp_path, name)

    assert found["fragment"]["alerts"]["builtin"] == [name]
    assert [one for one in found["findings"] if one["severity"] == "error"] == []


def test_one_that_the_platform_can_not_have_takes_no_other_along(tmp_path):
    without = dict(PLATFORM["components"])
    del without["mlflow"], without["feast"]
    names = ["GPUBroken", "MLflowDown", "KyvernoDown", "FeaturesStale", "InferenceServiceRestarts"]

    found, lines = told(tmp_path, *names, into={**PLATFORM, "components": without})

    kept = ["GPUBroken", "KyvernoDown", "InferenceServiceRestarts"]
    assert found["fragment"]["alerts"]["builtin"] == kept
    assert set(found["fragment"]["alerts"]["tune"]) == set(kept)
    errors = [one for one in found["findings"] if one["severity"] == "error"]
    assert [lines[one["line"] - 1].split()[-1] for one in errors] == ["MLflowDown", "FeaturesStale"]
    assert {one["code"] for one in errors} == {"NEED001"}
