"""The demo of the example iris, run for real: MLflow, an object store, both environments."""

import json
import os
import shutil
import socket
import socketserver
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from tests.examples.iris import FOLDER, demo

pytest.importorskip("moto", reason="`make test` installs it")
DEMO = demo()
IMAGES_FOLDER = Path(sys.prefix) / "images"
MODEL = "iris-classifier"


@pytest.fixture(scope="module")
def images():
    """The environments that stand for the images."""
    try:
        return {name: DEMO.image(kind, IMAGES_FOLDER) for name, kind in DEMO.IMAGES.items()}
    except SystemExit as error:
        pytest.skip(f"no package registry, or no Python as in the serving image: {error}")


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """MLflow and an object store, for all tests here."""
    with DEMO.services(tmp_path_factory.mktemp("services")) as found:
        yield found


@pytest.fixture
def project(tmp_path):
    """A copy of the example's platform."""
    for name in ("platform.yaml", "platform.lock"):
        shutil.copyfile(FOLDER / name, tmp_path / name)
    return tmp_path


def _command(found, images, *options):
    variables = {**found.variables, "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0"}
    stand = [text for pair in images.items() for text in ("--image", "=".join(map(str, pair)))]
    given = [text for pair in variables.items() for text in ("--variable", "=".join(pair))]
    program = [sys.executable, "-m", "mlopsgen", "run-local", "iris-training"]
    return [*program, *stand, *given, *options]


def _aliases(found):
    """Return the versions that MLflow has for the aliases of the model, none without a model."""
    url = f"{found.mlflow}/api/2.0/mlflow/registered-models/get?name={MODEL}"
    try:
        with urlopen(url) as answer:
            model = json.load(answer)["registered_model"]
    except HTTPError as error:
        error.close()
        return {}
    return {each["alias"]: each["version"] for each in model.get("aliases", ())}


def _released(found, images):
    python = images["iris-training"] / "bin" / "python"
    return subprocess.run(
        [python, "-m", "iris.release", MODEL],
        env={**os.environ, **found.variables, "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.usefixtures("images")
def test_the_demo_ends_with_a_small_change_that_releases_the_second_version(tmp_path):
    done = subprocess.run(
        [sys.executable, FOLDER / "demo.py", "--images", IMAGES_FOLDER, "--project", tmp_path],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    lock = json.loads((tmp_path / "platform.lock").read_text(encoding="utf-8"))
    locked = lock["environments"]["dev"]["models"][f"models:/{MODEL}@champion"]
    service = tmp_path / "generated/dev/apps/models-mlops/inferenceservice-iris.yaml"
    assert locked["version"] == "2"
    assert locked["uri"].startswith(f"s3://{DEMO.BUCKET}/mlflow/")
    assert f"storageUri: {locked['uri']}/\n" in service.read_text(encoding="utf-8")
    assert f"moved: models:/{MODEL}@champion: 1 -> 2 in dev" in done.stdout
    shown = done.stdout.partition("The release is a change of 2 generated files:")[2]
    assert [line for line in shown.splitlines() if line.startswith("+++ ")] == [
        "+++ dev/apps/models-mlops/inferenceservice-iris.yaml",
        "+++ dev/terraform/platform.tfvars.json",
    ]


def test_what_is_not_good_enough_is_never_registered(found, images, project):
    before = _aliases(found)

    done = _run(_command(found, images, "--parameter", "minimum-accuracy=1.01"), project)

    assert done.returncode == 1
    assert ", under minimum-accuracy 1.01" in done.stderr
    assert "= not run: model-registration, load-test, model-promotion" in done.stderr
    assert _aliases(found) == before


def test_a_model_that_the_server_cannot_load_gets_no_alias(found, images, project):
    """The load test runs with the libraries of these tests, which are later ones."""
    before = _aliases(found)

    done = _run(_command(found, {**images, "iris-load-test": sys.prefix}), project)

    assert done.returncode == 1
    assert "the model was made with other versions:" in done.stderr
    assert "scikit-learn is " in done.stderr
    assert "= not run: model-promotion" in done.stderr
    assert _aliases(found) == before
    assert _released(found, images).returncode != 0


def test_a_registry_that_goes_away_midway_leaves_the_aliases_alone(found, images, project):
    before = _aliases(found)
    with _forwarding(found.mlflow) as (address, close):
        command = _command(replace(found, mlflow=address), images)
        process = subprocess.Popen(
            command, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        _read_until(process, "load-test: started")
        close()
        said, _ = process.communicate(timeout=600)

    assert process.returncode == 1
    assert "error: `model-promotion` ended with 1" in said
    assert _aliases(found) == before


@contextmanager
def _forwarding(url):
    """Give an address that leads to *url*, and what closes it."""
    target = urlsplit(url)

    class Forward(socketserver.StreamRequestHandler):
        def handle(self):
            with socket.create_connection((target.hostname, target.port)) as there:
                ends = [(self.connection, there), (there, self.connection)]
                threads = [threading.Thread(target=_pump, args=pair, daemon=True) for pair in ends]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

    server = Server((DEMO.LOOPBACK, 0), Forward)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()

    def close():
        server.shutdown()
        server.server_close()

    try:
        yield f"http://{DEMO.LOOPBACK}:{server.server_address[1]}", close
    finally:
        server.server_close()


def _pump(source, sink):
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


def test_an_address_that_is_taken_is_given_up_for_another(project, monkeypatch):
    with socket.socket() as taken:
        taken.bind((DEMO.LOOPBACK, 0))
        taken.listen()
        first = taken.getsockname()[1]
        monkeypatch.setattr(DEMO, "free_port", iter([first, DEMO.free_port()]).__next__)
        with DEMO.mlflow(project, "http://127.0.0.1:9") as address:
            assert not address.endswith(f":{first}")


def _run(command, project):
    return subprocess.run(
        command, cwd=project, capture_output=True, text=True, timeout=600, check=False
    )


def _read_until(process, line):
    for said in process.stdout:
        if said.strip() == line:
            return
    pytest.fail(f"the run ended before `{line}`")
