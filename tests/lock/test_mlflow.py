"""The way of a promotion, with a real MLflow server over SQLite."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner

from mlopsgen.cli import main
from tests.build import ROOT

BUCKET = "s3://acme-mlops-artifacts-dev/mlflow"
CHAMPION, CHALLENGER = "models:/iris-classifier@champion", "models:/iris-classifier@challenger"
START = 90
"""Seconds; MLflow makes its tables first, on a machine that runs other tests too."""


def call(url, method, endpoint, **body):
    connection = HTTPConnection(urlsplit(url).netloc, timeout=30)
    connection.request(
        method,
        f"/api/2.0/mlflow/{endpoint}",
        json.dumps(body),
        {"Content-Type": "application/json"},
    )
    response = connection.getresponse()
    text = response.read()
    connection.close()
    assert response.status == 200, text
    return json.loads(text)


def healthy(port):
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A tracking server without artifacts of its own: they lie in S3."""
    folder = tmp_path_factory.mktemp("mlflow")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    database = f"sqlite:///{folder / 'mlflow.db'}"
    arguments = ["--backend-store-uri", database, "--default-artifact-root", BUCKET]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "mlflow", "server", "--no-serve-artifacts", "--workers", "1",
             "--host", "127.0.0.1", "--port", str(port), *arguments],
            cwd=folder, stdout=log, stderr=log, start_new_session=True,
            env={**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true"},
        )  # fmt: skip
        try:
            end = time.monotonic() + START
            while not healthy(port):
                assert process.poll() is None, (folder / "log").read_text("utf-8")
                assert time.monotonic() < end, (folder / "log").read_text("utf-8")
                time.sleep(0.2)
            yield SimpleNamespace(url=f"http://127.0.0.1:{port}", database=database)
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@pytest.fixture(scope="module")
def registry(server):
    """Versions 1 and 3 were logged as MLflow 3 does it, version 2 only names its files."""
    url, name = server.url, "iris-classifier"
    call(url, "POST", "registered-models/create", name=name)
    files = log(url, name, f"{BUCKET}/iris")
    call(url, "POST", "model-versions/create", name=name, source=f"{BUCKET}/imported/iris")
    log(url, name, "mlflow-artifacts:/iris")
    return SimpleNamespace(url=url, database=server.database, logged=files)


def log(url, name, location):
    """Register a model logged in a new experiment; return where MLflow put its files."""
    experiment = call(url, "POST", "experiments/create", name=location, artifact_location=location)
    number = experiment["experiment_id"]
    logged = call(url, "POST", "logged-models", experiment_id=number)["model"]["info"]
    model = logged["model_id"]
    version = {"name": name, "source": f"models:/{model}", "model_id": model}
    call(url, "POST", "model-versions/create", **version)
    return logged["artifact_uri"]


@pytest.fixture
def project(registry, tmp_path, monkeypatch):
    """The reference platform without a lock; champion is version 1, challenger version 2."""
    point(registry, "champion", "1")
    point(registry, "challenger", "2")
    shutil.copy(ROOT / "platform.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def point(registry, alias, version):
    body = {"name": "iris-classifier", "alias": alias, "version": version}
    call(registry.url, "POST", "registered-models/alias", **body)


def run(*arguments):
    return CliRunner().invoke(main, arguments)


def lock(url, *arguments):
    return run("lock", "--env", "dev", "--registry", url, *arguments)


def tree():
    return {path: path.read_bytes() for path in Path("generated").rglob("*") if path.is_file()}


@pytest.mark.usefixtures("project")
def test_a_promotion_is_a_change_of_the_lock_and_of_three_files_at_most(registry):
    assert lock(registry.url).exit_code == 0
    assert run("build", "--env", "dev").exit_code == 0
    first = tree()
    assert "(0 new, 0 changed, 0 deleted)" in run("build", "--env", "dev").stdout

    point(registry, "champion", "2")
    behind = lock(registry.url, "--check")
    assert behind.exit_code == 1
    assert f"moved: {CHAMPION}: 1 -> 2 in dev" in behind.stderr
    assert run("build", "--env", "dev", "--check").exit_code == 0

    assert lock(registry.url, "--update", "iris").exit_code == 0
    assert lock(registry.url, "--check").exit_code == 0
    assert run("build", "--env", "dev").exit_code == 0
    second = tree()
    changed = [path for path in second if second[path] != first.get(path)]
    assert second.keys() == first.keys()
    assert 0 < len(changed) <= 3
    assert any(b"/imported/iris" in second[path] for path in changed)


@pytest.mark.usefixtures("project")
def test_the_files_of_a_logged_model_are_where_mlflow_put_them(registry):
    lock(registry.url)

    models = json.loads(Path("platform.lock").read_text("utf-8"))["environments"]["dev"]["models"]
    assert models[CHAMPION]["uri"] == registry.logged
    assert models[CHALLENGER]["uri"] == f"{BUCKET}/imported/iris"
    assert registry.logged.startswith(f"{BUCKET}/")


@pytest.mark.usefixtures("project")
def test_the_database_itself_gives_the_same_lock(registry):
    lock(registry.url)

    done = lock(registry.database, "--check")

    assert done.exit_code == 0, done.output


@pytest.mark.usefixtures("project")
def test_an_alias_that_is_not_there_is_a_finding_from_both(registry):
    text = Path("platform.yaml").read_text("utf-8")
    Path("platform.yaml").write_text(text.replace("@champion", "@champoin"), "utf-8")

    for where in (registry.url, registry.database):
        done = lock(where)

        assert done.exit_code == 1
        assert "has no alias `champoin`" in done.stderr
        assert "write `champion`" in done.stderr
        assert not Path("platform.lock").exists()


@pytest.mark.usefixtures("project")
def test_a_model_that_is_not_there_is_a_finding_from_both(registry):
    text = Path("platform.yaml").read_text("utf-8")
    Path("platform.yaml").write_text(text.replace("iris-classifier@", "iris-clasifier@"), "utf-8")

    for where in (registry.url, registry.database):
        done = lock(where)

        assert done.exit_code == 1
        assert "no model `iris-clasifier`" in done.stderr
        assert "write `iris-classifier`" in done.stderr


@pytest.mark.usefixtures("project")
def test_files_behind_the_server_are_a_finding_from_both(registry):
    point(registry, "champion", "3")

    for where in (registry.url, registry.database):
        done = lock(where)

        assert done.exit_code == 1
        assert "lie behind the tracking server" in done.stderr


def test_a_host_that_mlflow_does_not_know_is_named(registry, project):
    short = registry.url.replace("127.0.0.1", "127.1")  # the same address, written otherwise

    done = lock(short)

    assert done.exit_code == 3
    assert "refuses requests for the host `127.1`" in done.stderr
    assert not (project / "platform.lock").exists()


@pytest.mark.usefixtures("project")
def test_a_path_that_mlflow_does_not_have_is_no_mlflow(registry):
    done = lock(f"{registry.url}/wrong")

    assert done.exit_code == 3
    assert "/wrong has no MLflow below it" in done.stderr


@pytest.mark.usefixtures("project")
def test_a_folder_that_mlflow_no_longer_reads_is_said_in_its_words():
    Path("mlruns").mkdir()

    done = lock(Path("mlruns").absolute().as_uri())

    assert done.exit_code == 3
    assert "MLflow can't read file:///" in done.stderr
