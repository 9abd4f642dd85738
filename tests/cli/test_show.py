"""`mlopsgen show`: what holds in an environment, and where it is said."""

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from mlopsgen.cli import main
from mlopsgen.load import load, overlaid
from mlopsgen.spec import Platform
from tests.build import ROOT
from tests.diff import REFERENCE, SMALL


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("platform.yaml").write_text(SMALL, "utf-8")
    return tmp_path


def run(*arguments, code=0):
    done = CliRunner().invoke(main, ["show", *arguments])
    assert done.exit_code == code, done.output
    return done


def test_each_value_has_the_line_that_says_it():
    lines = run("--env", "prod", "--origins", "models.*.scale.max").stdout.splitlines()

    assert [line.split(None, 2) for line in lines] == [
        ["models.churn.scale.max", "2", "platform.yaml:10, of `families.tabular.scale.max`"],
        ["models.fraud.scale.max", "3", "platform.yaml:13"],
    ]


def test_defaults_are_written_as_people_write_them():
    done = run("--env", "dev", "--origins", "nodePools.general.disk")

    assert done.stdout.split(None, 2) == ["nodePools.general.disk", "50Gi", "the default\n"]


def test_an_overlay_is_named():
    Path("platform.yaml").write_text(
        SMALL.replace("prod: {}", "prod: {models: {fraud: {scale: {max: 9}}}}"), "utf-8"
    )

    done = run("--env", "prod", "--origins", "models.fraud.scale.max")

    assert done.stdout.split(None, 2)[1:] == ["9", "platform.yaml:16, in `environments.prod`\n"]


@pytest.mark.parametrize("text", [SMALL, REFERENCE], ids=["small", "reference"])
@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_what_is_shown_as_yaml_is_the_same_platform(folder, text, environment):
    """Written out with every default and without families, it comes to the same values."""
    text = text.replace("aws-sm:mlops/huggingface#token", "aws-sm:not/shown#x")
    Path("platform.yaml").write_text(text, "utf-8")
    shown = yaml.safe_load(run("--env", environment, "--format", "yaml").stdout)
    if "mistral-7b" in shown["models"]:
        shown["models"]["mistral-7b"]["secrets"] = {"HF_TOKEN": "aws-sm:not/shown#x"}

    meant = Platform.model_validate(overlaid(load(folder / "platform.yaml"), environment))

    assert Platform.model_validate(shown) == meant


def test_with_origins_yaml_says_them_in_comments():
    done = run("--env", "dev", "--origins", "--format", "yaml", "models.fraud.scale")

    assert "      max: 3  # platform.yaml:13\n" in done.stdout
    assert "      min: 1  # the default\n" in done.stdout
    plain = run("--env", "dev", "--format", "yaml", "models.fraud.scale").stdout
    assert yaml.safe_load(done.stdout) == yaml.safe_load(plain)


def test_secrets_are_not_shown():
    Path("platform.yaml").write_text(REFERENCE, "utf-8")

    for form in ("text", "yaml", "json"):
        assert "huggingface#token" not in run("--format", form).stdout


def test_json_has_the_places():
    told = json.loads(run("--env", "prod", "--format", "json", "models.fraud.scale.max").stdout)

    assert told == {
        "version": 1,
        "environments": [
            {
                "name": "prod",
                "values": [
                    {
                        "path": "models.fraud.scale.max",
                        "value": 3,
                        "because": "",
                        "file": "platform.yaml",
                        "line": 13,
                        "column": 41,
                    }
                ],
            }
        ],
    }


def test_parity_has_what_differs_and_nothing_else():
    Path("platform.yaml").write_text(REFERENCE, "utf-8")
    done = run("--parity")

    assert done.stdout.splitlines()[0].split() == ["dev", "prod"]
    rows = [line.split() for line in done.stdout.splitlines()]
    assert ["models.iris.scale.max", "5", "20"] in rows
    assert "vpcCidr" not in done.stdout
    told = json.loads(run("--parity", "--format", "json").stdout)
    assert {each["path"] for each in told["differences"]} == {row[0] for row in rows[1::2]}


def test_parity_of_equal_environments_is_empty():
    assert run("--parity").stdout == "dev, prod: no differences\n"


def test_an_entry_that_only_some_have_is_one_row():
    Path("platform.yaml").write_text(
        SMALL.replace("prod: {}", "prod: {models: {extra: {family: tabular}}}"), "utf-8"
    )

    rows = [line.split() for line in run("--parity").stdout.splitlines()]

    assert rows == [
        ["dev", "prod"],
        ["models.extra", "(none)", "there"],
        ["platform.yaml:16,", "in", "`environments.prod`"],
    ]


def test_what_cannot_be_shown_is_said():
    assert "did you mean `models.fraud`?" in run("models.frau", code=2).stderr
    assert "no path of keys" in run("a..b", code=2).stderr
    assert "has only one" in run("--parity", "--env", "dev", code=2).stderr
    assert "as text or json" in run("--parity", "--format", "yaml", code=2).stderr
    assert "no part of one environment" in run("environments", code=2).stderr
    assert "isn't an environment" in run("--env", "nowhere", code=1).stderr
    Path("platform.yaml").write_text(SMALL.replace("runtime: sklearn", "runtim: sklearn"), "utf-8")
    assert "runtim" in run(code=1).stderr


@pytest.mark.parametrize("case", sorted((ROOT / "tests/golden").glob("*/platform.yaml")), ids=str)
def test_every_platform_can_be_shown(case):
    for form in ("text", "yaml", "json"):
        assert run("--platform", str(case), "--origins", "--format", form).stdout
