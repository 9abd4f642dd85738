#!/usr/bin/env python3
"""From data to the change that releases a model, on this machine: `make demo`.

A real MLflow on SQLite and an object store that speaks S3 run on the loopback for as long as this
does. Virtual environments stand for the two images. Nothing here needs a cluster or an account, and
the pipeline is the one that the platform emits for Argo Workflows.
"""

from __future__ import annotations

import argparse
import difflib
import fcntl
import hashlib
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory

import boto3
import click
from moto.server import ThreadedMotoServer

from mlopsgen.facts import runtime

HERE = Path(__file__).resolve().parent
IMAGES = {"iris-training": "training", "iris-load-test": "load-test"}
BUCKET, REGION, LOOPBACK = "acme-iris-dev", "eu-west-1", "127.0.0.1"
NOBODY = {"AWS_ACCESS_KEY_ID": "demo", "AWS_SECRET_ACCESS_KEY": "demo", "AWS_REGION": REGION}
"""The object store takes any login, and no other is in the environment of what is started."""

ALONE = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
"""MLflow asks nobody, and starts none of the eight workers that judge language models."""

START, TRIES = 300, 3
"""Seconds that MLflow may take to start on a busy machine, and ports that are tried."""


@dataclass(frozen=True, slots=True)
class Services:
    """Where MLflow and the object store are."""

    mlflow: str
    store: str

    @property
    def variables(self) -> dict[str, str]:
        """What a program needs to reach them, as an image and a service account would give it."""
        return {
            **NOBODY,
            "MLFLOW_TRACKING_URI": self.mlflow,
            "MLFLOW_S3_ENDPOINT_URL": self.store,
            "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "PYTHONPATH": str(HERE),
            "PYTHONDONTWRITEBYTECODE": "1",
        }


def image(name: str, folder: Path) -> Path:
    """Return a virtual environment in *folder* with what the image has, made where it isn't there.

    Its name has the hash of the requirements, so that others make another one.
    """
    file = HERE / "requirements" / f"{name}.txt"
    found = folder / f"{name}-{hashlib.sha256(file.read_bytes()).hexdigest()[:12]}"
    contract = runtime("sklearn").contract
    python = contract.python if contract else ""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (found / "ready").exists():
            uv = [str(Path(sys.executable).with_name("uv")), "--quiet"]
            _run([*uv, "venv", "--clear", "--python", python, "--no-python-downloads", str(found)])
            target = ["--python", str(found / "bin" / "python"), "--compile-bytecode"]
            packages = ["--require-hashes", "-r", str(file)]
            _run([*uv, "pip", "install", *target, *packages], {**_registry(), **os.environ})
            (found / "ready").touch()
    return found


def _registry() -> dict[str, str]:
    """Return where uv finds packages when nobody has told it: where pip was told to."""
    told = {
        "UV_DEFAULT_INDEX": "PIP_INDEX_URL",
        "UV_INDEX": "PIP_EXTRA_INDEX_URL",
        "SSL_CERT_FILE": "PIP_CERT",
    }
    return {uv: os.environ[pip] for uv, pip in told.items() if pip in os.environ}


@contextmanager
def services(folder: Path) -> Iterator[Services]:
    """Give MLflow, its database in *folder*, and a store with an empty bucket for the block."""
    os.environ.update(NOBODY)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # or it tells of every request
    store = ThreadedMotoServer(ip_address=LOOPBACK, port=0, verbose=False)
    store.start()
    try:
        url = "http://{}:{}".format(*store.get_host_and_port())
        _forget(store)
        place = {"LocationConstraint": REGION}
        boto3.client("s3", endpoint_url=url, region_name=REGION).create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration=place
        )
        with mlflow(folder, url) as address:
            yield Services(address, url)
    finally:
        store.stop()


def _forget(store: ThreadedMotoServer) -> None:
    """Empty *store*: another one in this process may have left its buckets."""
    connection = HTTPConnection(*store.get_host_and_port(), timeout=30)
    connection.request("POST", "/moto-api/reset")
    connection.getresponse().read()
    connection.close()


@contextmanager
def mlflow(folder: Path, store: str) -> Iterator[str]:
    """Give the address of a running MLflow for the block."""
    for _ in range(TRIES):
        port = free_port()
        with (folder / "mlflow.log").open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter
                [sys.executable, "-m", "mlflow", "server", "--host", LOOPBACK, "--port", str(port),
                 "--workers", "1", "--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}",
                 "--default-artifact-root", f"s3://{BUCKET}/mlflow", "--no-serve-artifacts"],
                env={**os.environ, **ALONE, "MLFLOW_S3_ENDPOINT_URL": store},
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        try:
            if _answers(process, port):
                yield f"http://{LOOPBACK}:{port}"
                return
        finally:
            _end(process)
    sys.exit(f"MLflow didn't start; its log is {folder / 'mlflow.log'}")


def free_port() -> int:
    """Return a port that nothing has; somebody may take it before we do."""
    with socket.socket() as free:
        free.bind((LOOPBACK, 0))
        port: int = free.getsockname()[1]
        return port


def _answers(process: subprocess.Popen[bytes], port: int) -> bool:
    """Wait until MLflow answers; return False when it ends instead, as where the port is taken."""
    until = time.monotonic() + START
    while process.poll() is None and time.monotonic() < until:
        connection = HTTPConnection(LOOPBACK, port, timeout=5)
        try:
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:  # noqa: PLR2004 - the number says it
                return True
        except OSError:
            time.sleep(0.2)
        finally:
            connection.close()
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    """End MLflow, and its workers with it."""
    try:
        os.killpg(process.pid, 15)
        process.wait(10)
    except ProcessLookupError:
        process.wait()
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        process.wait()


def trained(project: Path, found: Services, images: Mapping[str, Path], *options: str) -> None:
    """Run the pipeline that the platform in *project* emits."""
    stand = [text for name, folder in images.items() for text in ("--image", f"{name}={folder}")]
    given = [text for pair in found.variables.items() for text in ("--variable", "=".join(pair))]
    mlopsgen(project, "run-local", "iris-training", *stand, *given, *options)


def released(project: Path, found: Services, images: Mapping[str, Path]) -> dict[str, str]:
    """Make the challenger the champion, lock and build; return the generated files before it."""
    before = files(project / "generated")
    python = str(images["iris-training"] / "bin" / "python")
    _say("python -m iris.release iris-classifier")
    _run([python, "-m", "iris.release", "iris-classifier"], {**os.environ, **found.variables})
    mlopsgen(project, "lock", "--update", "iris", "--registry", found.mlflow)
    mlopsgen(project, "build")
    return before


def mlopsgen(project: Path, *arguments: str) -> None:
    """Run mlopsgen in *project*."""
    _say(
        " ".join(["mlopsgen", *(each for each in arguments if each[:1] != "-" and "=" not in each)])
    )
    _run([sys.executable, "-m", "mlopsgen", *arguments], folder=project)


def files(folder: Path) -> dict[str, str]:
    """Return the texts under *folder*, but for the manifest, which lists their hashes."""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "manifest.json"
    }


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    """Return how the files differ, by path."""
    found = {}
    for path in sorted({*before, *after}):
        texts = (each.get(path, "").splitlines() for each in (before, after))
        lines = list(difflib.unified_diff(*texts, path, path, n=0, lineterm=""))
        if lines:
            found[path] = "\n".join(lines)
    return found


def _run(argv: Sequence[str], env: Mapping[str, str] | None = None, folder: Path = HERE) -> None:
    done = subprocess.run(argv, env=env, cwd=folder, check=False)  # noqa: S603 - our own programs
    if done.returncode:
        sys.exit(f"{' '.join(argv[:4])} ... ended with {done.returncode}")


def _say(line: str) -> None:
    click.secho(f"\n$ {line}", bold=True)


def main() -> None:
    """Train twice, release twice, and show what the second release changes."""
    parser = argparse.ArgumentParser(description=__doc__)
    images_folder = Path(sys.prefix) / "images"
    parser.add_argument("--images", type=Path, default=images_folder, help="environments")
    parser.add_argument("--project", type=Path, help="an empty folder to work in, which is kept")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that MLflow ends with us
    with TemporaryDirectory() as temporary:
        project = (options.project or Path(temporary, "iris")).resolve()
        project.mkdir(parents=True, exist_ok=True)
        for name in ("platform.yaml", "platform.lock"):
            shutil.copyfile(HERE / name, project / name)
        images = {name: image(kind, options.images) for name, kind in IMAGES.items()}
        with services(Path(temporary)) as found:
            trained(project, found, images)
            released(project, found, images)
            trained(project, found, images, "--parameter", "seed=2")
            before = released(project, found, images)
        different = changes(before, files(project / "generated"))
        click.secho(f"\nThe release is a change of {len(different)} generated files:", bold=True)
        click.echo("\n".join(different.values()))


if __name__ == "__main__":
    main()
