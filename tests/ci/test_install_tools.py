"""scripts/install-tools keeps what has the pinned checksum, and nothing else."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import subprocess
import tarfile
import zipfile

import pytest

from mlopsgen.tools import TOOLS
from tests.build import ROOT

SCRIPT = ROOT / "scripts/install-tools"
ROW = re.compile(r"^(\w+) ([\d.]+) (https://\S+) ([0-9a-f]{64}) (\S+)$", re.MULTILINE)
ROWS = ROW.findall(SCRIPT.read_text("utf-8"))
pytestmark = pytest.mark.skipif(
    (platform.system(), platform.machine()) != ("Linux", "x86_64"),
    reason="the tools are pinned for Linux on x86-64",
)


@pytest.fixture
def fetching(tmp_path):
    """Return what runs a copy of the script that pins archives made here, with our own curl."""
    served = tmp_path / "served"
    served.mkdir()
    (served / "member").write_text("#!/bin/sh\necho it runs\n", encoding="utf-8")
    text = SCRIPT.read_text("utf-8")
    for _, _, url, sum_, member in ROWS:
        archive = served / url.rpartition("/")[2]
        if archive.suffix == ".zip":
            with zipfile.ZipFile(archive, "w") as file:
                file.write(served / "member", member)
        else:
            with tarfile.open(archive, "w:gz") as file:
                file.add(served / "member", member)
        text = text.replace(sum_, hashlib.sha256(archive.read_bytes()).hexdigest())
    script, bin_ = tmp_path / "install-tools", tmp_path / "bin"
    script.write_text(text, encoding="utf-8")
    bin_.mkdir()
    curl = bin_ / "curl"
    curl.write_text(
        f"#!/bin/bash\nfor last; do :; done\n"
        f'while [ "$1" != --output ]; do shift; done\ncp "{served}/${{last##*/}}" "$2"\n',
        encoding="utf-8",
    )
    curl.chmod(0o755)

    def run(*arguments):
        return subprocess.run(
            ["bash", script, *arguments],
            env={**os.environ, "PATH": f"{bin_}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
        )

    return run, served


def test_every_tool_is_pinned_over_tls_and_new_enough_for_doctor():
    minimum = {tool.name: tool.minimum for tool in TOOLS}

    assert len(ROWS) == 4
    for name, version, url, _, _ in ROWS:
        assert version in url
        assert tuple(map(int, version.split("."))) >= minimum[name]


def test_all_of_them_are_put_into_the_folder(fetching, tmp_path):
    run, _ = fetching
    names = [row[0] for row in ROWS]

    done = run(tmp_path / "tools", *names)

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [f"{name} {version}" for name, version, *_ in ROWS]
    for name in names:
        said = subprocess.run(
            [tmp_path / "tools" / name], capture_output=True, text=True, check=True
        )
        assert said.stdout == "it runs\n"


def test_what_has_another_checksum_is_not_kept(fetching, tmp_path):
    run, served = fetching
    [archive] = served.glob("helm-*")
    archive.write_bytes(archive.read_bytes() + b"\0")

    done = run(tmp_path / "tools", "helm")

    assert done.returncode == 2
    assert "isn't what it was when it was pinned" in done.stderr
    assert [path for path in (tmp_path / "tools").rglob("*") if path.is_file()] == []


def test_a_cached_archive_is_held_against_its_checksum_too(fetching, tmp_path):
    run, served = fetching
    run(tmp_path / "tools", "helm")
    [cached] = (tmp_path / "tools/downloads").iterdir()
    good = cached.read_bytes()
    cached.write_bytes(b"poisoned")

    run(tmp_path / "tools", "helm")
    assert cached.read_bytes() == good

    shutil.rmtree(served)  # nothing is fetched again
    assert run(tmp_path / "tools", "helm").returncode == 0


@pytest.mark.parametrize("arguments", [(), ("folder",), ("folder", "nonsense"), ("folder", ".*")])
def test_wrong_usage_is_told(fetching, tmp_path, arguments):
    run, _ = fetching
    words = [tmp_path / each if each == "folder" else each for each in arguments]

    done = run(*words)

    assert done.returncode == 2
    assert done.stderr.startswith("install-tools: ")
