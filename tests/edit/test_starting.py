import itertools
import json
import os
import re
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from mlopsgen.cli import main
from mlopsgen.compiler import compile_platform
from mlopsgen.edit.starting import PARTS
from mlopsgen.resources import SCHEMAS
from tests.build import ROOT

COMBINATIONS = [parts for count in (1, 2, 3) for parts in itertools.combinations(PARTS, count)]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    here = tmp_path / "Acme ML"
    here.mkdir()
    monkeypatch.chdir(here)
    return here


def run(*arguments, **more):
    return CliRunner().invoke(main, arguments, **more)


@pytest.mark.parametrize("parts", COMBINATIONS, ids="-".join)
def test_what_is_written_builds_at_once_without_a_finding(parts):
    started = run("init", *(word for part in parts for word in ("--with", part)))

    validated, built = run("validate"), run("build")

    assert started.exit_code == 0
    assert re.fullmatch(r"\d+ files: no findings\n", validated.stdout)
    assert (built.exit_code, built.stderr) == (0, "")
    hooks = yaml.safe_load(Path(".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    for hook in hooks:
        assert run(*hook["entry"].split()[1:]).exit_code == 0
    assert len(hooks) == 2
    data = yaml.safe_load(Path("platform.yaml").read_text())
    assert ("models" in data, "pipelines" in data) == (parts != ("training",), "training" in parts)


def test_hooks_are_those_of_the_project_with_what_is_installed():
    run("init")

    ours = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    known = {each.pop("id"): each for each in ours}
    for hook in yaml.safe_load(Path(".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]:
        mine = known[hook.pop("id")]
        assert hook == {
            **{key: value for key, value in mine.items() if key != "description"},
            "language": "system",
        }


def test_the_schema_that_the_first_line_names_is_there_and_ours():
    run("init")

    first = Path("platform.yaml").read_text().partition("\n")[0]
    named = first.removeprefix("# yaml-language-server: $schema=")
    assert json.loads(Path(named).read_text()) == json.loads(
        (SCHEMAS / "platform.schema.json").read_text()
    )
    assert run("schema", "--out", named, "--check").exit_code == 0


def test_the_options_are_what_stands_there():
    done = run(
        "init", "there/new", "--name", "ml", "--account", "012345678901", "--region", "us-east-1",
        "--repository", "git@github.com:acme/ml.git",
    )  # fmt: skip

    data = yaml.safe_load(Path("there/new/platform.yaml").read_text())
    assert done.exit_code == 0
    assert data["name"] == "ml"
    assert data["aws"] == {"region": "us-east-1", "accountId": "012345678901"}
    assert data["gitops"] == {"repository": "git@github.com:acme/ml.git"}
    assert "an example for" not in done.stdout
    assert done.stdout.endswith("next:\n  cd there/new\n  mlopsgen validate\n  mlopsgen build\n")
    assert compile_platform(Path("there/new/platform.yaml")).findings == ()


def test_a_folder_with_a_space_can_be_gone_to_as_it_is_said():
    done = run("init", "my platform")

    assert "next:\n  cd 'my platform'\n" in done.stdout


def test_the_platform_is_called_like_its_folder_as_far_as_that_can_be():
    assert run("init").exit_code == 0
    assert yaml.safe_load(Path("platform.yaml").read_text())["name"] == "acme-ml"
    assert run("init", "42").exit_code == 0
    assert yaml.safe_load(Path("42/platform.yaml").read_text())["name"] == "platform"


def test_it_says_what_is_only_an_example():
    assert (
        "platform.yaml has an example for: account, repository; write yours" in run("init").stdout
    )


def test_a_platform_is_never_replaced():
    Path("platform.yaml").write_text("mine")

    done = run("init")

    assert done.exit_code == 1
    assert done.stderr == "platform.yaml is there already; nothing was written\n"
    assert os.listdir() == ["platform.yaml"]  # noqa: PTH208 - hidden files count


def test_other_files_that_are_there_are_kept():
    Path(".gitignore").write_text("mine")

    done = run("init")

    assert "kept, it is there already: .gitignore\n" in done.stdout
    assert Path(".gitignore").read_text() == "mine"


@pytest.mark.parametrize(
    ("option", "value"),
    [("--name", "Not OK"), ("--account", "1234"), ("--region", "nowhere"),
     ("--repository", "no url"), ("--name", "a: {b"), ("--account", "\x1b[31m")],
)  # fmt: skip
def test_a_choice_that_the_spec_refuses_is_refused_and_nothing_is_written(folder, option, value):
    done = run("init", option, value)

    assert done.exit_code == 2
    assert option in done.stderr
    assert "\x1b" not in done.stderr
    assert list(folder.iterdir()) == []


def test_answers_are_asked_for_until_the_spec_takes_them(monkeypatch):
    monkeypatch.setattr(import_module("mlopsgen.cli.init"), "interactive", lambda: True)

    done = run(
        "init", "--guided", "--region", "us-east-1", input="Big\nbig\n12\n012345678901\n\nn\ny\nn\n"
    )

    assert done.exit_code == 0, done.output
    data = yaml.safe_load(Path("platform.yaml").read_text())
    assert (data["name"], data["aws"]["accountId"]) == ("big", "012345678901")
    assert data["gitops"]["repository"] == "https://github.com/acme/big.git"
    assert list(data["models"]) == ["tinyllama"]
    assert done.output.count("Error: ") == 2


def test_nobody_is_asked_where_nobody_can_answer(folder):
    done = run("init", "--guided")

    assert done.exit_code == 2
    assert "--guided asks on a terminal" in done.stderr
    assert list(folder.iterdir()) == []
