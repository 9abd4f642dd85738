import pytest

from mlopsgen.lock.registry import web
from tests.lock.projects import CHAMPION, OLD, locked, platform

VARIABLES = ("URI", "USERNAME", "PASSWORD", "TOKEN", "SERVER_CERT_PATH")


@pytest.fixture(autouse=True)
def no_variables(monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(f"MLFLOW_TRACKING_{name}", raising=False)


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A platform whose one model is locked to version 1."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(web, "WAITS", (0.01, 0.02))
    platform(iris=CHAMPION)
    locked(default={CHAMPION: OLD})
    return tmp_path
