"""`mlopsgen record` with the real Hera, in a program of its own."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from mlopsgen.cli import main
from tests.build import ROOT

PLATFORM = """\
apiVersion: mlopsgen/v1beta1
name: acme
aws: {region: eu-west-1, accountId: "111122223333"}
gitops: {repository: https://github.com/acme/platform.git}
storage: {artifacts: {bucket: acme-artifacts}}
components: {argo-workflows: {}, argocd: {}}
nodePools:
  general: {kind: managed, instanceTypes: [m5.large], min: 3, max: 6}
namespaces: {mlops: {}}
pipelines:
  churn:
    source: jobs/churn.py:workflow
    trust: true
    steps: {train: {resources: {memory: 4Gi}}}
"""
COMMON = 'IMAGE = "ghcr.io/acme/train:1.0.0"\n'
PYTHON = """\
from common import IMAGE
from hera.workflows import DAG, WorkflowTemplate, script

@script(image=IMAGE)
def train(dataset: str, rounds: int = 3):
    assert rounds, dataset

with WorkflowTemplate(name="churn", entrypoint="main", arguments={"dataset": "all"}) as workflow:
    with DAG(name="main"):
        train(arguments={"dataset": "{{workflow.parameters.dataset}}"})
"""
RECORD = Path("jobs/churn.recorded.yaml")


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("platform.yaml").write_text(PLATFORM, encoding="utf-8")
    Path("jobs").mkdir()
    Path("jobs/common.py").write_text(COMMON, encoding="utf-8")
    Path("jobs/churn.py").write_text(PYTHON, encoding="utf-8")
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(main, arguments)


def wrote(text, name="jobs/churn.py"):
    Path(name).write_text(text, encoding="utf-8")
    return run("record")


def test_a_workflow_in_python_is_recorded_and_built(project):
    done = run("record", "churn")

    assert done.output == "jobs/churn.recorded.yaml: 1 step (written)\n"
    assert run("validate").exit_code == 0
    assert run("build").exit_code == 0
    [template] = project.glob("generated/**/workflowtemplate-churn.yaml")
    text = template.read_text(encoding="utf-8")
    assert "os.environ['PARAM_ROUNDS']" in text
    assert "memory: 4Gi" in text
    assert "workflows.argoproj.io/description: jobs/churn.py:workflow" in text


def test_a_build_runs_no_python():
    run("record")
    Path("jobs/churn.py").write_text("open('ran', 'w')\n" + PYTHON, encoding="utf-8")

    done = run("build")

    assert done.exit_code == 1
    assert "error[REC002]" in done.stderr
    assert not Path("ran").exists()


def test_a_change_of_an_imported_file_makes_the_record_old():
    run("record")
    Path("jobs/common.py").write_text(COMMON.replace("1.0.0", "1.1.0"), encoding="utf-8")

    assert "`jobs/common.py` has changed" in run("validate").stderr
    assert run("record", "--check").exit_code == 1
    assert run("record").exit_code == 0
    assert "1.1.0" in RECORD.read_text(encoding="utf-8")


def test_a_second_record_changes_nothing():
    run("record")
    before = RECORD.read_bytes()

    assert run("record").output == "jobs/churn.recorded.yaml: 1 step (unchanged)\n"
    assert RECORD.read_bytes() == before
    assert run("record", "--check").output == "0 stale records of 1\n"


def test_nothing_runs_that_is_not_trusted():
    platform = Path("platform.yaml")
    platform.write_text(PLATFORM.replace("    trust: true\n", ""), encoding="utf-8")

    done = wrote("open('ran', 'w')\n" + PYTHON)

    assert done.exit_code == 1
    assert "`pipelines.churn` isn't trusted" in done.stderr
    assert "then write `trust: true`" in done.stderr
    assert not Path("ran").exists()
    assert not RECORD.exists()


@pytest.mark.parametrize(
    "attempt",
    [
        "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9/')",
        "import socket; socket.create_connection(('127.0.0.1', 9))",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.system('true')",
    ],
)
def test_there_is_no_network_and_no_other_program(attempt):
    done = wrote(attempt + "\n" + PYTHON)

    assert done.exit_code == 1
    assert "without network and other programs" in done.stderr
    assert not RECORD.exists()


def test_the_environment_of_the_caller_stays_outside(monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hidden")

    done = wrote("import os\nassert 'AWS_SECRET_ACCESS_KEY' not in os.environ\n" + PYTHON)

    assert done.exit_code == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import nosuch\n", "there is no module `nosuch`"),
        ("workflow = 5\n", "is a int, not a Workflow of Hera"),
        ("other = 5\n", "`jobs/churn.py` has no `workflow`"),
        ("def broken(:\n", "SyntaxError"),
        ("raise SystemExit(3)\n", "failed:"),
        (PYTHON + "train_more = workflow.templates.append(5)\n", "failed:"),
        (PYTHON.replace("image=IMAGE", "image=IMAGE, node_selector={'a': 'b'}"), "`nodeSelector`"),
    ],
)
def test_what_is_wrong_with_the_python_is_told(text, said):
    done = wrote(text)

    assert done.exit_code == 1
    assert said in done.stderr
    assert not RECORD.exists()


def test_a_function_may_make_the_workflow():
    inner = "".join(f"    {line}\n" for line in PYTHON.splitlines()[7:])
    head = "\n".join(PYTHON.splitlines()[:7])
    done = wrote(f"{head}\ndef workflow():\n{inner}    return workflow\n")

    assert done.exit_code == 0, done.output


def test_what_waits_is_ended():
    Path("jobs/churn.py").write_text("import time\ntime.sleep(60)\n", encoding="utf-8")

    done = run("record", "--deadline", "0.5")

    assert done.exit_code == 1
    assert "ran for 0.5 seconds" in done.stderr


def test_a_name_that_is_no_such_pipeline_is_wrong_usage():
    done = run("record", "chrun")

    assert done.exit_code == 2
    assert "did you mean `churn`?" in done.stderr


def test_a_platform_without_python_has_nothing_to_record():
    Path("platform.yaml").write_text("pipelines: {}\n", encoding="utf-8")

    assert run("record").exit_code == 2


def test_a_platform_that_cannot_be_read_is_shown():
    Path("platform.yaml").write_text("pipelines: [\n", encoding="utf-8")

    done = run("record")

    assert done.exit_code == 1
    assert "error[LOAD" in done.stderr


def test_nothing_but_the_record_is_written(project):
    run("record")

    assert sorted(path.name for path in project.rglob("*") if path.is_file()) == [
        "churn.py",
        "churn.recorded.yaml",
        "common.py",
        "platform.yaml",
    ]
    assert not list(project.rglob("__pycache__"))


def test_the_example_of_the_how_to_does_what_it_says():
    page = (ROOT / "docs/how-to/python-pipelines.md").read_text(encoding="utf-8")
    blocks = dict(re.findall(r"^```(\w+)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL))
    platform = PLATFORM.partition("pipelines:")[0].replace(
        "namespaces:",
        "  training: {kind: managed, instanceTypes: [m5.xlarge], min: 1, max: 2}\nnamespaces:",
    )
    Path("platform.yaml").write_text(platform + blocks["yaml"], encoding="utf-8")

    done = wrote(blocks["python"])

    assert done.exit_code == 0
    assert run("validate").stderr == ""
