"""scripts/pull_request.py: what the action says where, with a stand-in for GitHub."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import util

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build import ROOT

SCRIPT = ROOT / "scripts/pull_request.py"
_SPEC = util.spec_from_file_location("pull_request", SCRIPT)
pull_request = util.module_from_spec(_SPEC)
sys.modules["pull_request"] = pull_request  # dataclasses look their module up
_SPEC.loader.exec_module(pull_request)

MARK = "<!-- mlopsgen: platform.yaml -->"
SHA = "0123456789abcdef0123456789abcdef01234567"


class _GitHub(BaseHTTPRequestHandler):
    """Keeps comments as GitHub does, or refuses them as it refuses a fork."""

    def _answer(self):
        server = self.server
        size = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(size))["body"] if size else None
        server.asked.append((self.command, self.path))
        assert self.headers["Authorization"] == "Bearer the-token"
        status, answer = 200, {}
        if self.command == "GET":
            page = int(self.path.rpartition("=")[2])
            answer = server.comments[(page - 1) * 100 : page * 100]
        elif server.refuses or len(body) > 65_536:
            status = server.refuses or 422
        elif self.command == "POST":
            status = 201
            server.comments.append({"id": 7, "body": body, "user": {"type": "Bot"}})
        else:
            [found] = [each for each in server.comments if self.path.endswith(f"/{each['id']}")]
            found["body"] = body
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PATCH = _answer  # noqa: N815 - named by the library

    def log_message(self, *_):
        """Keep still."""


@pytest.fixture
def github():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _GitHub)
    server.comments, server.asked, server.refuses = [], [], 0
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def project(tmp_path, monkeypatch, github):
    """Return a folder with a platform, and the variables of a run for pull request 5."""
    folder = tmp_path / "project"
    folder.mkdir()
    for name in ("platform.yaml", "platform.lock"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "generated", folder / "generated")
    monkeypatch.chdir(folder)
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 5}}), encoding="utf-8")
    for name in list(os.environ):
        if name.startswith(("GITHUB_", "MLOPSGEN_")):
            monkeypatch.delenv(name)
    for name, value in {
        "GITHUB_API_URL": f"http://127.0.0.1:{github.server_port}",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_REPOSITORY": "acme/mlops-platform",
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "GITHUB_TOKEN": "the-token",
    }.items():
        monkeypatch.setenv(name, value)
    _program(tmp_path, monkeypatch, f'exec "{sys.executable}" -m mlopsgen "$@"')
    return folder


def _program(tmp_path, monkeypatch, does):
    folder = tmp_path / "path"
    folder.mkdir(exist_ok=True)
    (folder / "mlopsgen").write_text(f"#!/bin/sh\n{does}\n", encoding="utf-8")
    (folder / "mlopsgen").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


def _run(**more):
    done = subprocess.run(
        [sys.executable, SCRIPT],
        env={**os.environ, **more},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done


def _summary(project):
    return (project.parent / "summary.md").read_text(encoding="utf-8")


def test_a_platform_that_is_right_is_said_so_once(project, github):
    first, second = _run(), _run()

    assert (first.returncode, second.returncode) == (0, 0), first.stdout + first.stderr
    [comment] = github.comments
    assert comment["body"].startswith(f"{MARK}\n\n## ✅ mlopsgen\n")
    assert "up to date (" in comment["body"]
    assert github.asked[-1] == ("PATCH", "/repos/acme/mlops-platform/issues/comments/7")
    assert comment["body"] in _summary(project)


def test_errors_are_annotations_and_in_the_comment(project, github):
    with (project / "platform.yaml").open("a", encoding="utf-8") as file:
        file.write("modles: {}\n")

    done = _run()

    assert done.returncode == 1
    assert "::error file=platform.yaml,line=" in done.stdout
    [comment] = github.comments
    assert "## ❌ mlopsgen" in comment["body"]
    assert "`modles`" in comment["body"]


def test_output_that_is_behind_is_named(project, github):
    (project / "generated/dev/helm/mlflow.yaml").unlink()

    done = _run()

    assert done.returncode == 1
    assert "missing: generated/dev/helm/mlflow.yaml" in github.comments[0]["body"]
    assert "Run `mlopsgen build` and commit it" in github.comments[0]["body"]


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_in_a_fork_the_summary_says_it_and_the_step_passes(project, github, status):
    github.refuses = status

    done = _run()

    assert done.returncode == 0
    assert github.comments == []
    assert f"::notice::no comment (GitHub answers {status} to POST)" in done.stdout
    assert "## ✅ mlopsgen" in _summary(project)


def test_without_github_it_is_no_matter_either(project, github):
    github.shutdown()
    github.server_close()

    assert _run().returncode == 0
    assert "## ✅ mlopsgen" in _summary(project)


@pytest.mark.parametrize("event", ["{}", "[]", "{", '{"pull_request": {"number": "5"}}'])
def test_a_push_has_no_comment(project, github, event):
    (project.parent / "event.json").write_text(event, encoding="utf-8")

    done = _run()

    assert done.returncode == 0
    assert github.asked == []


@pytest.mark.usefixtures("project")
def test_a_comment_of_a_person_that_looks_like_ours_is_left_alone(github):
    github.comments += [
        {"id": number, "body": f"{MARK} mine", "user": {"type": "User"}} for number in range(8, 158)
    ]

    _run()

    assert len(github.comments) == 151
    assert [method for method, _ in github.asked] == ["GET", "GET", "POST"]


def test_each_platform_has_its_own_comment(project, github):
    shutil.copytree(project, project / "other", ignore=lambda *_: ["other"])

    _run()
    _run(MLOPSGEN_PLATFORM="other/platform.yaml", MLOPSGEN_OUT="other/generated")

    assert [each["body"].splitlines()[0] for each in github.comments] == [
        MARK,
        "<!-- mlopsgen: other/platform.yaml -->",
    ]


@pytest.mark.parametrize("name", ["--format=json", "$(touch here)", "a\n::error::b", "--> *x*"])
def test_a_hostile_name_of_a_platform_is_only_a_name(project, github, name):
    done = _run(MLOPSGEN_PLATFORM=name, MLOPSGEN_ENVIRONMENTS="--help")

    assert done.returncode != 0
    assert not (project / "here").exists()
    assert "\n::error::b" not in done.stdout.partition("::stop-commands::")[0]
    assert "-->" not in github.comments[0]["body"].splitlines()[0].removesuffix("-->")


@pytest.mark.usefixtures("project")
def test_nothing_that_is_only_shown_commands_github(monkeypatch, tmp_path):
    _program(tmp_path, monkeypatch, 'printf "::set-env name=A::b\\n" >&2')

    done = _run(MLOPSGEN_COMMENT="false")

    before, _, after = done.stdout.partition("::set-env")
    token = before.rpartition("::stop-commands::")[2].split("\n")[0]
    assert len(token) == 32
    assert f"::{token}::" in after


@pytest.mark.usefixtures("project")
def test_findings_for_code_scanning_are_written(tmp_path):
    _run(MLOPSGEN_SARIF=str(tmp_path / "findings.sarif"))

    assert json.loads((tmp_path / "findings.sarif").read_text("utf-8"))["version"] == "2.1.0"


LARGE = """\
case "$1" in
  diff) printf '%s\\n' "$*" > "{asked}"
        echo '<details><summary>x</summary>'; echo; echo '```diff'
        i=0; while [ $i -lt {lines} ]; do
          echo "+ line $i of many that GitHub has no room for ü"; i=$((i+1)); done
        echo '```'; echo '</details>';;
  *) echo fine;;
esac"""


@pytest.mark.parametrize("lines", [10, 2_000, 40_000])
def test_what_a_change_does_is_said_as_far_as_there_is_room(
    project, github, monkeypatch, tmp_path, lines
):
    asked = tmp_path / "asked"
    _program(tmp_path, monkeypatch, LARGE.format(asked=asked, lines=lines))

    done = _run(MLOPSGEN_AGAINST=SHA, MLOPSGEN_ENVIRONMENTS="dev prod")

    assert done.returncode == 0
    words = asked.read_text("utf-8").split()
    assert words[:2] == ["diff", f"--against={SHA}"]
    assert words[-4:] == ["--env=dev", "--env=prod", "--", "platform.yaml"]
    [comment] = github.comments
    for text, limit, size in (
        (comment["body"], 65_536, len(comment["body"])),
        (_summary(project), 1_048_576, len(_summary(project).encode())),
    ):
        assert size <= limit
        assert text.count("```") % 2 == 0
        assert text.count("<details>") == text.count("</details>")
        assert ("more lines" in text) == (f"line {lines - 1} of" not in text)


@pytest.mark.usefixtures("project")
def test_a_change_that_cannot_be_compared_does_not_fail_the_step(github, monkeypatch, tmp_path):
    does = 'case "$1" in diff) echo "no such revision" >&2; exit 2;; *) echo fine;; esac'
    _program(tmp_path, monkeypatch, does)

    done = _run(MLOPSGEN_AGAINST="main; rm -rf /")

    assert done.returncode == 0
    assert "What this changes couldn't be said:" in github.comments[0]["body"]
    assert "no such revision" in github.comments[0]["body"]


@pytest.mark.usefixtures("project")
def test_a_revision_that_a_shallow_checkout_lacks_is_fetched(monkeypatch, tmp_path):
    _program(tmp_path, monkeypatch, "echo fine")
    git = tmp_path / "path/git"
    git.write_text(f'#!/bin/sh\necho "$*" >> "{tmp_path}/git"\n[ "$1" = fetch ]\n', "utf-8")
    git.chmod(0o755)

    _run(MLOPSGEN_AGAINST=SHA)

    assert (tmp_path / "git").read_text("utf-8").splitlines() == [
        f"cat-file -e {SHA}^{{commit}}",
        f"fetch --quiet --no-tags --depth=1 origin {SHA}",
    ]


@given(st.text(alphabet="`~ax\n ", max_size=200))
def test_nothing_ends_a_block_of_code(text):
    first, *middle, last = pull_request.fenced(text).split("\n")

    assert first == f"{last}text"
    assert all(line.strip() != last for line in middle)


@given(
    st.lists(st.sampled_from(["<details>", "</details>", "```", "````", "~~~", "text ü"])),
    st.integers(pull_request.ROOM + 200, pull_request.ROOM + 400),
)
def test_what_is_shortened_keeps_within_its_limit_and_closes_what_it_opens(lines, limit):
    text = "".join(f"{line}\n" for line in lines * 40)

    short = pull_request.shortened(text, limit)

    assert len(short) <= limit
    assert (short == text) == (len(text) <= limit)
    assert pull_request.closed(short.splitlines(keepends=True)) in {
        "",
        pull_request.closed(text.splitlines(keepends=True)),
    }


def _git(*arguments):
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", *identity, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_the_comment_says_what_the_change_does(project, github):
    if shutil.which("git") is None:
        pytest.skip("git isn't here, and mlopsgen diff needs it")
    _git("init", "--quiet")
    _git("add", ".")
    _git("commit", "--quiet", "--message=before")
    base = _git("rev-parse", "HEAD")
    platform = project / "platform.yaml"
    text = platform.read_text("utf-8")
    assert text.count("max: 20") == 1
    platform.write_text(text.replace("max: 20", "max: 25"), encoding="utf-8")
    subprocess.run([sys.executable, "-m", "mlopsgen", "build"], check=True, capture_output=True)

    done = _run(MLOPSGEN_AGAINST=base)

    assert done.returncode == 0, done.stdout
    [comment] = github.comments
    assert "couldn't be said" not in comment["body"]
    assert "20" in comment["body"]
    assert "25" in comment["body"]
