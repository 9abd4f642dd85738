"""The same input gives the same bytes, wherever, whenever and by whomever it is built."""

import os
import shutil
import subprocess
import sys

import pytest
import yaml

from mlopsgen.compiler import compile_platform
from tests.build import ROOT

SURROUNDINGS = [
    {"PYTHONHASHSEED": "1", "TZ": "UTC", "LC_ALL": "C"},
    {"PYTHONHASHSEED": "2", "TZ": "Asia/Tokyo", "LC_ALL": "C.UTF-8", "PYTHONUTF8": "0"},
]


def snapshot(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def project(tmp_path):
    for name in ("platform.yaml", "platform.lock"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def test_surroundings_leave_no_trace(project):
    trees = []
    for number, surroundings in enumerate(SURROUNDINGS):
        out = project / f"out-{number}"
        subprocess.run(
            [sys.executable, "-m", "mlopsgen", "build", project / "platform.yaml", "--out", out],
            env={**os.environ, **surroundings},
            cwd="/" if number else project,
            umask=0o077 if number else 0o022,
            check=True,
            capture_output=True,
        )
        trees.append(snapshot(out))
        assert {path.stat().st_mode & 0o777 for path in out.rglob("*") if path.is_file()} == {0o644}

    assert trees[0] == trees[1]


def test_the_order_of_keys_does_not_matter_where_order_means_nothing(project):
    file = project / "platform.yaml"
    before = compile_platform(file).trees
    data = yaml.safe_load(file.read_text(encoding="utf-8"))
    for section in ("components", "nodePools", "namespaces"):
        data[section] = dict(reversed(data[section].items()))
    file.write_text(yaml.safe_dump(dict(reversed(data.items())), sort_keys=False), encoding="utf-8")

    after = compile_platform(file).trees

    assert set(after) == set(before)
    for environment, files in after.items():
        old = {each.path: each.data for each in before[environment]}
        assert {each.path: each.data for each in files} == old


def test_nothing_names_the_version_or_the_time(project):
    trees = compile_platform(project / "platform.yaml").trees

    for files in trees.values():
        for file in files:
            assert b"mlopsgen 0." not in file.data, file.path
