"""`mlopsgen explain`: what it takes, what it prints, how it ends."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from mlopsgen.cli import main
from tests.build import ROOT

PLATFORM = (ROOT / "tests/golden/family/platform.yaml").read_text("utf-8")
CHURN = "generated/prod/apps/models-mlops/inferenceservice-churn.yaml"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def project(folder):
    Path("platform.yaml").write_text(PLATFORM, "utf-8")
    return folder


def run(*arguments):
    return CliRunner().invoke(main, ["explain", *arguments])


@pytest.mark.usefixtures("folder")
def test_without_a_platform_a_key_has_its_meaning():
    done = run("models.*.scale.max")

    assert done.exit_code == 0
    assert "Replicas at the most" in done.stdout
    assert "platform.yaml" not in done.stdout
    assert done.stderr == ""


@pytest.mark.usefixtures("project")
def test_a_key_has_the_line_that_sets_it():
    done = run("models.churn.scale.max")

    assert done.exit_code == 0
    assert "in prod  3 (platform.yaml:13:26, of `families.tabular.scale.max`)" in done.stdout


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("words", [["model", "churn"], ["models.churn"], ['models."churn"']])
def test_an_entry_has_what_it_becomes(words):
    done = run(*words)

    assert done.exit_code == 0
    assert "apps/models-mlops/inferenceservice-churn.yaml" in done.stdout
    assert "service account model-churn" in done.stdout


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("prefix", ["", "./", "generated/../"])
def test_a_line_leads_to_its_value_however_the_path_is_written(prefix):
    CliRunner().invoke(main, ["build"])
    lines = Path(CHURN).read_text("utf-8").splitlines()
    number = next(index for index, line in enumerate(lines, 1) if "maxReplicas" in line)

    done = run(f"{prefix}{CHURN}:{number}")

    assert done.exit_code == 0
    assert "models.churn.scale.max  (platform.yaml:13:26: the same name and value)" in done.stdout
    assert "stale" not in done.stdout
    Path(CHURN).write_text("edited\n", "utf-8")
    assert "stale: " in run(CHURN).stdout


@pytest.mark.usefixtures("project")
def test_from_another_folder_places_are_named_from_there(project, monkeypatch):
    CliRunner().invoke(main, ["build"])
    (project / "sub").mkdir()
    monkeypatch.chdir(project / "sub")

    key = run("models.churn.scale.max", "--platform", "../platform.yaml")
    line = run(f"../{CHURN}:1", "--platform", "../platform.yaml", "--out", "../generated")

    assert "../platform.yaml:13:26" in key.stdout
    assert "models.churn  (../platform.yaml:" in line.stdout


@pytest.mark.usefixtures("project")
def test_programs_get_one_object():
    key = json.loads(run("models.churn", "--format", "json").stdout)
    line = json.loads(run(f"{CHURN}:1", "--format", "json").stdout)
    page = json.loads(run("GPU001", "--format", "json").stdout)
    rules = json.loads(run("--format", "json").stdout)

    assert key["key"]["path"] == "models.churn"
    assert key["becomes"][0]["grant"]["account"] == "model-churn"
    assert key["settings"][0]["file"] == "platform.yaml"
    assert line["lines"][0]["origins"][0]["path"] == "models.churn"
    assert line["state"] == "not built yet"
    assert page["rules"][0]["page"].startswith("# GPU001: ")
    assert len(rules["rules"]) > 100


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["churn"], "did you mean `models.churn`?"),
        (["models.chrun.scale"], "did you mean `models.churn`?"),
        (["models.churn.scal"], "did you mean `models.churn.scale`?"),
        (["models..x"], "is no path of keys"),
        (["shape", "x"], "is no kind of entry"),
        (["a", "b", "c"], "as in `model iris`"),
        (["GPU01"], "did you mean GPU001?"),
        (["NOPE"], "no rule has the code NOPE"),
        ([f"{CHURN}x"], "did you mean"),
        (["elsewhere/x.yaml"], "isn't below `generated`"),
        (["models.\x1b[31m"], "is no path of keys"),
    ],
)
def test_what_is_not_there_is_wrong_usage(words, said):
    done = run(*words)

    assert done.exit_code == 2
    assert said in done.stderr
    assert "\x1b" not in done.stderr
    assert done.stdout == ""


@pytest.mark.usefixtures("project")
def test_an_environment_that_is_not_declared_is_a_finding():
    done = run("models.churn.scale.max", "--env", "nope")

    assert done.exit_code == 1
    assert "error[ENV001]" in done.stderr


@pytest.mark.usefixtures("project")
def test_a_platform_with_errors_shows_them_and_still_explains_the_key():
    Path("platform.yaml").write_text(PLATFORM + "modles: {}\n", "utf-8")

    key, line = run("models.churn.scale.max"), run(CHURN)

    assert (key.exit_code, line.exit_code) == (1, 1)
    assert "Replicas at the most" in key.stdout
    assert line.stdout == ""
    assert "error[SPEC" in key.stderr
    assert "error[SPEC" in line.stderr


@pytest.mark.usefixtures("folder")
def test_a_platform_that_was_named_has_to_be_there():
    done = run("models.x.scale.max", "--platform", "absent.yaml")

    assert done.exit_code == 1
    assert "there is no file `absent.yaml`" in done.stderr


@pytest.mark.usefixtures("project")
def test_nothing_is_written():
    run("model", "churn")
    run(CHURN)

    assert [path.name for path in Path().iterdir()] == ["platform.yaml"]


HEAD = PLATFORM.partition("components:")[0].partition("gitops:")[0]
BROKEN = [
    b"",
    b"\xff\xfe\x00",
    b"a: [",
    b"models: 5\n",
    f"{HEAD}models: [1]\n".encode(),
    f"{HEAD}models: {{m: null}}\n".encode(),
    f"{HEAD}models: {{m: {{family: f}}}}\nfamilies: {{f: 3}}\n".encode(),
    f"{HEAD}environments: 3\n".encode(),
    f"{HEAD}environments: {{dev: {{models: {{m: null}}}}}}\n".encode(),
    f"{HEAD}nodePools: {{g: {{kind: [1]}}}}\n".encode(),
]
ASKED = ["models.m", "models.*.scale.*", "families.f.scale", "nodePools.*.kind", f"{CHURN}:3"]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("platform", BROKEN)
def test_whatever_is_written_is_answered_with_findings(platform, form):
    Path("platform.yaml").write_bytes(platform)

    for subject in ASKED:
        done = run(subject, "--format", form)

        assert isinstance(done.exception, SystemExit | None), subject
        assert done.exit_code in {1, 2}, subject
        assert done.stderr != ""
