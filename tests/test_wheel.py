"""The wheel carries everything: installed alone it compiles what the checkout compiles."""

import shutil
import subprocess
import sys
import venv

import pytest

from tests.build import ROOT
from tests.golden import GOLDEN

EXAMPLE = ROOT / "examples" / "minimal" / "platform.yaml"


def run(*command, cwd):
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Return the folder of an environment that holds the wheel and what it depends on."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    [wheel] = folder.glob("*.whl")
    venv.create(folder / "env", with_pip=True)
    constraints = folder / "constraints.txt"
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pins = [line.partition(" ")[0] for line in lines if "==" in line]
    constraints.write_text("\n".join(pins), encoding="utf-8")
    pip = folder / "env/bin/pip"
    run(pip, "install", "-q", "--disable-pip-version-check", "-c", constraints, wheel, cwd=folder)
    return folder / "env"


def test_the_wheel_compiles_a_golden_platform(installed, tmp_path):
    shutil.copy(EXAMPLE, tmp_path)

    run(installed / "bin/mlopsgen", "build", cwd=tmp_path)

    wanted = GOLDEN / "examples" / "minimal"
    files = sorted(path.relative_to(wanted) for path in wanted.rglob("*") if path.is_file())
    made = tmp_path / "generated"
    assert sorted(path.relative_to(made) for path in made.rglob("*") if path.is_file()) == files
    for path in files:
        assert (made / path).read_bytes() == (wanted / path).read_bytes()


def test_the_wheel_explains_and_prints_the_schema(installed, tmp_path):
    command = installed / "bin/mlopsgen"

    page = run(command, "explain", "LOAD001", cwd=tmp_path)
    schema = run(command, "schema", cwd=tmp_path)

    assert page == (ROOT / "docs/rules/LOAD001.md").read_text(encoding="utf-8")
    assert schema == (ROOT / "schemas/platform.schema.json").read_text(encoding="utf-8")
