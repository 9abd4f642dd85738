import re
import sqlite3
import sys
from pathlib import Path

import pytest

from tests.build import ROOT
from tests.lock.conftest import no_variables, project  # noqa: F401 - fixtures
from tests.lock.projects import CHAMPION, HEAD, OLD, entries, locked, platform, run, versions
from tests.lock.servers import RUN, Mlflow, serving

CHALLENGER = "models:/iris-classifier@challenger"


@pytest.fixture
def mlflow():
    """A registry where champion is still what the project has locked."""
    registry = Mlflow()
    for version in ("1", "2", "3"):
        registry.register("iris-classifier", version)
    registry.point("iris-classifier", "champion", "1")
    registry.point("iris-classifier", "challenger", "2")
    return registry


@pytest.fixture
def served(mlflow, project):  # noqa: ARG001, F811 - the project is where commands run
    with serving(mlflow) as running:
        yield running


def test_a_new_lock_says_version_files_run_registry_and_time(served):
    Path("platform.lock").unlink()

    done = run("--registry", f"{served.url}/")

    assert done.exit_code == 0
    assert done.stdout == (
        f"added: {CHAMPION}: 1 in default\nplatform.lock: 1 source (1 added, 0 moved, 0 removed)\n"
    )
    entry = entries()["default", CHAMPION]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", entry.pop("at"))
    assert entry == {**OLD, "runId": RUN, "from": served.url}


def test_the_registry_may_come_from_the_variable_of_mlflow(served):
    Path("platform.lock").unlink()

    assert run(MLFLOW_TRACKING_URI=served.url).exit_code == 0
    assert versions() == {("default", CHAMPION): "1"}


def test_what_is_locked_is_not_asked_again(served, mlflow):
    mlflow.point("iris-classifier", "champion", "3")
    before = Path("platform.lock").read_bytes()

    done = run("--registry", served.url)

    assert done.exit_code == 0
    assert served.requests == []
    assert Path("platform.lock").read_bytes() == before


@pytest.mark.usefixtures("project")
def test_without_anything_to_ask_no_registry_is_needed():
    assert run().exit_code == 0


def test_what_is_missing_is_added_and_the_rest_stays(served, mlflow):
    mlflow.point("iris-classifier", "champion", "3")
    platform(iris=CHAMPION, other=CHALLENGER)

    assert run("--registry", served.url).exit_code == 0
    assert versions() == {("default", CHAMPION): "1", ("default", CHALLENGER): "2"}


def test_the_source_of_a_canary_is_locked(served):
    text = Path("platform.yaml").read_text(encoding="utf-8")
    canary = f"{{source: '{CHALLENGER}', weight: 10}}"
    Path("platform.yaml").write_text(
        text.replace(f"'{CHAMPION}'}}", f"'{CHAMPION}', canary: {canary}}}"), encoding="utf-8"
    )

    assert run("--registry", served.url).exit_code == 0
    assert versions()["default", CHALLENGER] == "2"


def test_a_version_is_locked_too(served):
    platform(iris="models:/iris-classifier/3")

    assert run("--registry", served.url).exit_code == 0
    assert versions() == {("default", "models:/iris-classifier/3"): "3"}


@pytest.mark.usefixtures("project")
def test_what_is_no_longer_used_is_removed():
    locked(default={CHAMPION: OLD, CHALLENGER: OLD}, gone={CHAMPION: OLD})

    done = run()

    assert done.exit_code == 0
    assert f"removed: {CHALLENGER}: 1 in default" in done.stdout
    assert f"removed: {CHAMPION}: 1 in gone" in done.stdout
    assert versions() == {("default", CHAMPION): "1"}


def test_update_asks_again_for_the_models_that_are_named(served, mlflow):
    platform(iris=CHAMPION, other=CHALLENGER)
    locked(default={CHAMPION: OLD, CHALLENGER: OLD})
    mlflow.point("iris-classifier", "champion", "3")

    done = run("--update", "iris", "--registry", served.url)

    assert done.exit_code == 0
    assert f"moved: {CHAMPION}: 1 -> 3 in default" in done.stdout
    assert versions() == {("default", CHAMPION): "3", ("default", CHALLENGER): "1"}


def test_update_all_asks_again_for_everything(served, mlflow):
    platform(iris=CHAMPION, other=CHALLENGER)
    locked(default={CHAMPION: OLD, CHALLENGER: OLD})
    mlflow.point("iris-classifier", "champion", "3")

    assert run("--update-all", "--registry", served.url).exit_code == 0
    assert versions() == {("default", CHAMPION): "3", ("default", CHALLENGER): "2"}


def test_an_update_that_finds_the_same_changes_no_byte(served):
    before = Path("platform.lock").read_bytes()

    assert run("--update", "iris", "--registry", served.url).exit_code == 0
    assert served.requests != []
    assert Path("platform.lock").read_bytes() == before


def test_one_environment_leaves_the_others_alone(served):
    platform("dev", "prod", iris=CHAMPION)
    locked(prod={CHAMPION: {**OLD, "version": "2"}})

    assert run("--env", "dev", "--registry", served.url).exit_code == 0
    assert versions() == {("dev", CHAMPION): "1", ("prod", CHAMPION): "2"}


def test_environments_with_one_registry_ask_it_once(served):
    platform("dev", "prod", iris=CHAMPION)

    run("--registry", served.url)

    assert versions() == {("dev", CHAMPION): "1", ("prod", CHAMPION): "1"}
    assert served.paths == ["/registered-models/alias", "/model-versions/get-download-uri"]


def test_each_environment_may_have_its_own_registry(served):
    platform("dev", "prod", iris=CHAMPION)
    other = Mlflow()
    other.register("iris-classifier", "9")
    other.point("iris-classifier", "champion", "9")

    with serving(other) as production:
        done = run("--registry", served.url, "--registry", f"prod={production.url}")

    assert done.exit_code == 0
    assert versions() == {("dev", CHAMPION): "1", ("prod", CHAMPION): "9"}
    assert entries()["prod", CHAMPION]["from"] == production.url


def test_check_of_a_fresh_lock_exits_with_0(served):
    done = run("--check", "--registry", served.url)

    assert done.exit_code == 0
    assert done.stdout == "platform.lock: up to date (1 source)\n"


def test_check_says_what_moved_and_writes_nothing(served, mlflow):
    mlflow.point("iris-classifier", "champion", "3")
    before = Path("platform.lock").read_bytes()

    done = run("--check", "--registry", served.url)

    assert done.exit_code == 1
    assert done.stderr == (
        f"moved: {CHAMPION}: 1 -> 3 in default\n  = help: run `mlopsgen lock --update iris`\n"
    )
    assert Path("platform.lock").read_bytes() == before


def test_check_says_what_is_missing_and_what_is_unused(served):
    platform(iris=CHALLENGER)

    done = run("--check", "--registry", served.url)

    assert done.exit_code == 1
    assert f"missing: {CHALLENGER}: 2 in default\n" in done.stderr
    assert f"unused: {CHAMPION}: 1 in default\n" in done.stderr
    assert "run `mlopsgen lock`\n" in done.stderr
    assert versions() == {("default", CHAMPION): "1"}


@pytest.mark.parametrize(
    ("source", "message", "fix"),
    [
        ("models:/iris-classifier@champoin", "has no alias `champoin`", "write `champion`"),
        ("models:/iris-clasifier@champion", "no model `iris-clasifier`", "write `iris-classifier`"),
        ("models:/iris-classifier/9", "has no version 9", "write a version"),
        ("models:/iris-classifier/0", "has no version 0", "write a version"),
        ("models:/iris-classifier@zzz", "`zzz`", "write one of `challenger`, `champion`"),
    ],
)
def test_a_source_that_the_registry_does_not_have_is_a_finding(served, source, message, fix):
    platform(iris=CHAMPION, other=source)

    done = run("--registry", served.url)

    assert done.exit_code == 1
    assert "error[LOCK003]" in done.stderr
    assert "platform.yaml:7:36" in done.stderr
    assert message in done.stderr
    assert fix in done.stderr
    assert versions() == {("default", CHAMPION): "1"}


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("mlflow-artifacts:/1/models/m-1/artifacts", "lie behind the tracking server"),
        ("/mlruns/1/models/m-1/artifacts", "lie at `/mlruns/1"),
        ("gs://acme/m-1", "lie at `gs://acme/m-1`"),
    ],
)
def test_files_that_are_not_in_s3_are_a_finding(served, mlflow, uri, message):
    mlflow.register("iris-classifier", "1", uri=uri)

    done = run("--update-all", "--registry", served.url)

    assert done.exit_code == 1
    assert "error[LOCK004]" in done.stderr
    assert message in done.stderr


def test_a_version_that_is_not_ready_is_a_finding(served, mlflow):
    mlflow.register("iris-classifier", "1", status="FAILED_REGISTRATION")

    done = run("--update-all", "--registry", served.url)

    assert done.exit_code == 1
    assert "error[LOCK004]" in done.stderr
    assert "FAILED_REGISTRATION" in done.stderr


def test_a_finding_names_its_environment_unless_it_is_in_all(served):
    platform("dev", "prod", iris="models:/iris-classifier@nope")
    other = Mlflow()
    other.register("iris-classifier", "1")
    other.point("iris-classifier", "nope", "1")

    everywhere = run("--registry", served.url)
    with serving(other) as production:
        only = run("--registry", served.url, "--registry", f"prod={production.url}")

    assert "in the registry\n" in everywhere.stderr
    assert "in the registry (in dev)\n" in only.stderr


def test_all_that_is_wrong_is_said_at_once(served):
    platform(one="models:/nope@a", two="models:/iris-classifier@nope")

    done = run("--registry", served.url)

    assert done.stderr.count("error[LOCK003]") == 2


def test_a_version_without_a_run_is_locked_without_one(served, mlflow):
    mlflow.register("iris-classifier", "3", run_id="")
    mlflow.point("iris-classifier", "champion", "3")

    assert run("--update-all", "--registry", served.url).exit_code == 0
    assert "runId" not in entries()["default", CHAMPION]


@pytest.mark.usefixtures("project")
def test_mistakes_of_the_platform_come_first():
    Path("platform.yaml").write_text("name: acme\n", encoding="utf-8")

    done = run("--update-all", "--registry", "http://127.0.0.1:1")

    assert done.exit_code == 1
    assert "platform.yaml:1" in done.stderr


@pytest.mark.usefixtures("project")
def test_a_lock_that_cannot_be_read_is_not_overwritten():
    Path("platform.lock").write_text("{", encoding="utf-8")

    done = run("--update-all", "--registry", "http://127.0.0.1:1")

    assert done.exit_code == 1
    assert "LOCK001" in done.stderr
    assert Path("platform.lock").read_text(encoding="utf-8") == "{"


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--update-all"], "no registry is given for `default`"),
        (["--update-all", "--registry", "databricks"], "write https://HOST"),
        (["--update-all", "--registry", "prdo=http://h"], "the environments are `default`"),
        (["--update", "irsi"], "did you mean `iris`?"),
        (["--check", "--update", "iris"], "take --update away"),
        (["--update-all", "--registry", "http://a:hunter2@h"], "MLFLOW_TRACKING_PASSWORD"),
    ],
)
def test_wrong_usage_exits_with_2(arguments, message):
    done = run(*arguments)

    assert done.exit_code == 2
    assert message in done.stderr
    assert "hunter2" not in done.output


@pytest.mark.usefixtures("project")
def test_an_unknown_environment_is_a_finding():
    done = run("--env", "prdo")

    assert done.exit_code == 1
    assert "ENV001" in done.stderr


@pytest.mark.usefixtures("project")
def test_a_family_that_is_not_there_is_told_in_the_words_of_a_build():
    text = HEAD + "models:\n  iris: {family: trees}\nfamilies:\n  tree: {runtime: sklearn}\n"
    Path("platform.yaml").write_text(text, encoding="utf-8")

    done = run()

    assert done.exit_code == 1
    assert "error[FAM001]" in done.stderr
    assert done.stderr.count("error[") == 1


@pytest.mark.usefixtures("project")
def test_a_token_with_a_line_break_is_refused_and_not_repeated():
    done = run("--update-all", "--registry", "http://h", MLFLOW_TRACKING_TOKEN="hunter2\nX: y")

    assert done.exit_code == 2
    assert "MLFLOW_TRACKING_TOKEN has" in done.stderr
    assert "hunter2" not in done.output


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("file", "message"), [("platform.yaml", "holds no certificates"), ("absent", "names no file")]
)
def test_a_file_of_certificates_that_has_none_is_wrong_usage(file, message):
    variables = {"MLFLOW_TRACKING_SERVER_CERT_PATH": file}

    done = run("--update-all", "--registry", "https://127.0.0.1:1", **variables)

    assert done.exit_code == 2
    assert f"MLFLOW_TRACKING_SERVER_CERT_PATH {message}" in done.stderr


@pytest.mark.usefixtures("project")
def test_a_local_registry_needs_mlflow_and_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "mlflow", None)
    Path("mlruns").mkdir()

    done = run("--update-all", "--registry", f"file://{Path('mlruns').absolute()}")

    assert done.exit_code == 2
    assert "pip install 'mlopsgen[mlflow]'" in done.stderr


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("content", [None, b"", b"not a database, whatever its name says" * 9])
def test_a_local_registry_that_is_not_there_is_not_made(content):
    database = Path("mlflow.db")
    if content is not None:
        database.write_bytes(content)

    done = run("--update-all", "--registry", "sqlite:///mlflow.db")

    assert done.exit_code == 3
    assert "sqlite:///mlflow.db" in done.stderr
    assert (database.read_bytes() if database.exists() else None) == content


@pytest.mark.usefixtures("project")
def test_a_local_registry_that_is_locked_ends_with_the_deadline():
    with sqlite3.connect("mlflow.db", isolation_level=None) as database:
        database.execute("CREATE TABLE model_versions (name)")
        database.execute("BEGIN EXCLUSIVE")
        done = run("--update-all", "--registry", "sqlite:///mlflow.db", "--deadline", "0.2")
    database.close()

    assert done.exit_code == 3
    assert "database is locked" in done.stderr


@pytest.mark.parametrize(
    ("code", "source"),
    [
        ("LOCK003", "models:/iris-classifier@champoin"),
        ("LOCK004", "models:/iris-classifier@champion"),
    ],
)
def test_the_page_of_a_rule_shows_what_is_printed(served, mlflow, code, source):
    mlflow.register("iris-classifier", "3", uri="mlflow-artifacts:/1/models/m-3/artifacts")
    mlflow.point("iris-classifier", "champion", "3")
    model = f"  iris:\n    runtime: mlflow\n    source: {source}\n"
    Path("platform.yaml").write_text(f"{HEAD}models:\n{model}", encoding="utf-8")

    done = run("--update-all", "--registry", served.url)

    page = (ROOT / f"docs/rules/{code}.md").read_text(encoding="utf-8")
    assert f"$ mlopsgen lock --registry https://mlflow.example.com\n{done.stderr}```" in page


def test_help_has_examples():
    assert "mlopsgen lock --check" in run("--help").stdout
