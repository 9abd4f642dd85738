"""Steps of pipelines as processes: what they get, how they fail, and what is left of them."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

PLATFORM = {
    "apiVersion": "mlopsgen/v1beta1",
    "name": "acme",
    "aws": {"region": "eu-west-1", "accountId": "111122223333"},
    "storage": {"artifacts": {"bucket": "acme-artifacts"}},
    "components": {"argo-workflows": {}, "cert-manager": {}, "external-secrets": {}},
    "nodePools": {
        "general": {"kind": "managed", "instanceTypes": ["m5.large"], "min": 3, "max": 5}
    },
    "namespaces": {"mlops": {}},
}
IMAGE = "ghcr.io/acme/train:1.0.0"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Return what runs a pipeline of shell scripts, given by the names of their steps."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "image" / "bin").mkdir(parents=True)

    def running(steps, *options, **pipeline):
        _write(steps, **pipeline)
        stand = ("--image", "train=image") if "--image" not in options else ()
        return subprocess.run(
            [*PROGRAM, "churn", *stand, *options],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return running


PROGRAM = [sys.executable, "-m", "mlopsgen", "run-local"]


def _write(steps, environments=None, **pipeline):
    full = {
        name: {
            "image": IMAGE,
            "command": ["sh", "-c", step["script"], *step.get("words", ())],
            **{key: value for key, value in step.items() if key not in {"script", "words"}},
        }
        for name, step in steps.items()
    }
    platform = {**PLATFORM, "pipelines": {"churn": {"steps": full, **pipeline}}}
    if environments:
        platform["environments"] = environments
    Path("platform.yaml").write_text(yaml.safe_dump(platform, sort_keys=False), encoding="utf-8")


def _chain():
    return {
        "make": {"script": "echo 1 > /out/raw.csv", "outputs": {"raw": "/out/raw.csv"}},
        "take": {
            "script": "cat /in/raw; cp /in/raw /out/done",
            "after": ["make"],
            "inputs": {"raw": "make.raw"},
            "outputs": {"done": "/out/done"},
        },
    }


def test_outputs_of_a_step_are_the_inputs_of_the_next(run):
    done = run(_chain(), "--work", "work")

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "make: started",
        "make: done",
        "take: started",
        "1",
        "take: done",
        "churn: 2 steps done",
    ]
    assert Path("work/artifacts/take/done").read_text(encoding="utf-8") == "1\n"


def test_an_output_may_be_a_folder(run):
    steps = _chain()
    steps["make"] |= {"script": "mkdir -p /out/set/a; echo 2 > /out/set/a/b"}
    steps["make"]["outputs"] = {"raw": "/out/set"}
    steps["take"]["script"] = "cat /in/raw/a/b > /out/done"

    assert run(steps, "--work", "work").returncode == 0
    assert Path("work/artifacts/take/done").read_text(encoding="utf-8") == "2\n"


def test_the_environment_is_what_was_emitted_and_nothing_of_this_machine(run, monkeypatch):
    monkeypatch.setenv("OURS", "secret")
    script = "env > /out/env"
    steps = {"show": {"script": script, "outputs": {"env": "/out/env"}, "env": {"MINE": "a b"}}}

    assert run(steps, "--work", "work", parameters={"rows": "5"}).returncode == 0
    lines = Path("work/artifacts/show/env").read_text(encoding="utf-8").splitlines()
    env = dict(line.split("=", 1) for line in lines)
    assert {"MINE", "PARAM_ROWS", "HOME", "TMPDIR", "USER"} <= env.keys()
    assert "OURS" not in env
    assert env["PATH"].split(":")[0] == str(Path("image/bin").absolute())
    assert env["HOME"] == env["TMPDIR"] == str(Path("work/steps/show/1/tmp").absolute())


def test_hostile_values_reach_a_program_unchanged_and_inert(run):
    hostile = "$(touch canary) `touch canary`; touch canary #'\"{{workflow.name}}"
    script = 'printf %s "$PARAM_ROWS" > /out/a; printf %s "$1" > /out/b'
    steps = {
        "show": {
            "script": script,
            "words": ["sh", "$(touch canary)"],
            "outputs": {"a": "/out/a", "b": "/out/b"},
        }
    }

    done = run(steps, "--work", "work", "--parameter", f"rows={hostile}", parameters={"rows": "5"})

    assert done.returncode == 0, done.stderr
    assert Path("work/artifacts/show/a").read_text(encoding="utf-8") == hostile
    assert Path("work/artifacts/show/b").read_text(encoding="utf-8") == "$(touch canary)"
    assert list(Path().rglob("canary")) == []


def test_a_failure_ends_the_run_and_names_what_did_not_run(run):
    steps = _chain()
    steps["make"]["script"] = "exit 3"

    done = run(steps, "--work", "work")

    assert done.returncode == 1
    assert "error: `make` ended with 3\n  = not run: take\n" in done.stderr
    assert not Path("work/steps/take").exists()


def test_an_output_that_is_not_there_is_a_failure(run):
    steps = _chain()
    steps["make"]["script"] = "true"

    done = run(steps)

    assert done.returncode == 1
    assert "`make` left no output `raw` at /out/raw.csv" in done.stderr


def test_a_step_is_tried_again_in_a_file_system_of_its_own(run):
    counting = (
        "test ! -e /out/mark; echo . >> /out/mark; echo x >> $COUNT; test $(wc -l < $COUNT) = 3"
    )
    steps = {"flaky": {"script": counting, "outputs": {"mark": "/out/mark"}, "retries": 3}}

    done = run(steps, "--work", "work", "--variable", f"COUNT={Path('count').absolute()}")

    assert done.returncode == 0, done.stderr
    assert "flaky: started (try 3 of 4)" in done.stdout
    assert "(try 4" not in done.stdout
    assert Path("work/artifacts/flaky/mark").read_text(encoding="utf-8") == ".\n"


def test_after_the_last_try_the_run_has_failed(run):
    done = run({"flaky": {"script": "exit 4", "retries": 1}})

    assert done.returncode == 1
    assert "flaky: ended with 4" in done.stderr
    assert "error: `flaky` ended with 4" in done.stderr


def test_a_try_that_takes_too_long_is_ended_with_what_it_started(run):
    script = "sleep 60 & echo $! > $CHILD; wait"
    steps = {"slow": {"script": script, "timeout": "1s"}}

    done = run(steps, "--variable", f"CHILD={Path('child').absolute()}")

    assert done.returncode == 1
    assert "`slow` not done within 1 s" in done.stderr
    assert _gone(int(Path("child").read_text(encoding="utf-8")))


def test_the_deadline_of_the_pipeline_ends_a_step_too(run):
    done = run({"slow": {"script": "sleep 60"}}, deadline="1s")

    assert done.returncode == 1
    assert "the pipeline's deadline of 1 s" in done.stderr


def test_what_a_step_leaves_running_ends_with_it(run):
    steps = {"leaving": {"script": "sleep 60 >/dev/null 2>&1 & echo $! > $CHILD"}}

    done = run(steps, "--variable", f"CHILD={Path('child').absolute()}")

    assert done.returncode == 0
    assert _gone(int(Path("child").read_text(encoding="utf-8")))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.usefixtures("run")
def test_an_interrupted_run_ends_its_step_and_starts_no_other(number):
    child = Path("child").absolute()
    _write(
        {
            "slow": {"script": "echo $$$$ > $CHILD.new; mv $CHILD.new $CHILD; sleep 60"},
            "promote": {"script": "echo > $CHILD.promoted", "after": ["slow"]},
        }
    )
    stand = ["--image", "train=image", "--variable", f"CHILD={child}"]
    # A shell starts what it leaves in the background deaf to Ctrl-C, and so would we the program.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with subprocess.Popen([*PROGRAM, "churn", *stand], stderr=subprocess.DEVNULL) as process:
            _until(child.exists)
            process.send_signal(number)
            assert process.wait(30) == 130
    finally:
        signal.signal(signal.SIGINT, before)

    assert _gone(int(child.read_text(encoding="utf-8")))
    assert not Path("child.promoted").exists()


@pytest.mark.usefixtures("run")
def test_a_killed_run_starts_no_other_step():
    child = Path("child").absolute()
    _write(
        {
            "slow": {"script": "echo $$$$ > $CHILD.new; mv $CHILD.new $CHILD; sleep 1"},
            "promote": {"script": "echo > $CHILD.promoted", "after": ["slow"]},
        }
    )
    stand = ["--image", "train=image", "--variable", f"CHILD={child}"]
    with subprocess.Popen([*PROGRAM, "churn", *stand]) as process:
        _until(child.exists)
        process.kill()

    assert _gone(int(child.read_text(encoding="utf-8")))
    assert not Path("child.promoted").exists()


def _until(true):
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def _gone(number):
    """Whether process *number* has ended; one that init hasn't fetched yet has."""
    for _ in range(600):
        try:
            os.kill(number, 0)
            state = Path(f"/proc/{number}/stat").read_text(encoding="utf-8").rpartition(")")[2]
        except (ProcessLookupError, FileNotFoundError):
            return True
        if state.split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


def test_a_program_that_is_not_there_is_named(run):
    steps = {"odd": {"script": "", "command": ["no-such-program"]}}

    done = run(steps)

    assert done.returncode == 1
    said = f"needs `no-such-program`, which what stands for `{IMAGE}` doesn't start: No such file"
    assert said in done.stderr


def test_without_work_nothing_is_left_after_success(run, monkeypatch):
    Path("temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(Path("temporary").absolute()))

    assert run(_chain()).returncode == 0
    assert list(Path("temporary").iterdir()) == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--image", "other=image"), "--image names `other`"),
        (("--image", "train=nowhere"), "`nowhere` has no bin/"),
        (("--image", "train"), "--image takes NAME=VALUE, not `train`"),
        (("--parameter", "rows=1"), "has no parameter `rows`"),
        (("--parameter", "rows"), "--parameter takes NAME=VALUE"),
        (("--variable", "=x"), "--variable takes NAME or NAME=VALUE, not `=x`"),
        (("--variable", "A\nB=x"), "--variable takes NAME or NAME=VALUE"),
        (("--variable", "NOT_SET"), "the environment has no NOT_SET"),
        (("--work", "."), "has something in it"),
        (("--env", "prod"), "`prod` isn't an environment"),
    ],
)
def test_wrong_options_are_told_before_anything_runs(run, options, said):
    done = run(_chain(), *options)

    assert done.returncode in {1, 2}
    assert said in done.stderr
    assert done.stdout == ""


def test_every_image_needs_something_that_stands_for_it(run):
    steps = _chain()
    steps["take"]["image"] = "ghcr.io/acme/other@sha256:" + "0" * 64

    done = run(steps)

    assert done.returncode == 2
    assert "write --image other=FOLDER" in done.stderr


def test_a_link_in_an_output_stays_a_link(run):
    steps = _chain()
    steps["make"] |= {
        "script": "mkdir /out/set; ln -s . /out/set/loop",
        "outputs": {"raw": "/out/set"},
    }
    steps["take"]["script"] = "readlink /in/raw/loop > /out/done"

    assert run(steps, "--work", "work").returncode == 0
    assert Path("work/artifacts/take/done").read_text(encoding="utf-8") == ".\n"


def test_no_output_lies_outside_the_work_folder(run):
    steps = {"out": {"script": "true", "outputs": {"up": "/out/../../../../up"}}}

    done = run(steps, "--work", "work")

    assert done.returncode == 1
    assert "error[DAG003]" in done.stderr
    assert not Path("work").exists()


def test_a_secret_has_to_be_given(run, monkeypatch):
    monkeypatch.setenv("TOKEN", "hush")
    steps = {
        "ask": {
            "script": 'printf %s "$TOKEN" > /out/a',
            "outputs": {"a": "/out/a"},
            "secrets": {"TOKEN": "aws-sm:acme/hub#token"},
        }
    }

    missing, given = run(steps), run(steps, "--variable", "TOKEN", "--work", "work")

    assert missing.returncode == 2
    assert "`ask` takes TOKEN from a Secret; write --variable TOKEN" in missing.stderr
    assert given.returncode == 0, given.stderr
    assert "hush" not in given.stdout + given.stderr
    assert Path("work/artifacts/ask/a").read_text(encoding="utf-8") == "hush"


def test_with_several_environments_one_has_to_be_named(run):
    both = {"dev": {}, "prod": {}}

    several, one = (
        run(_chain(), environments=both),
        run(_chain(), "--env", "prod", environments=both),
    )

    assert several.returncode == 2
    assert "write --env with one of `dev`, `prod`" in several.stderr
    assert one.returncode == 0, one.stderr


def test_a_platform_that_does_not_build_is_not_run(run):
    steps = _chain()
    steps["take"]["after"] = ["nothing"]

    done = run(steps)

    assert done.returncode == 1
    assert "error[" in done.stderr
    assert done.stdout == ""


def test_an_unknown_pipeline_is_told_with_those_there_are(run):
    run(_chain())
    done = subprocess.run([*PROGRAM, "chum"], capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "`chum` is no pipeline of platform.yaml; those are `churn`" in done.stderr


def test_a_value_of_one_step_is_a_variable_of_the_next(run):
    hostile = "$(touch canary) {{workflow.name}} $$ `touch canary`"
    steps = {
        "make": {
            "script": 'printf "%s\\n" "$PARAM_TEXT" > /out/text',
            "outputParameters": {
                "text": "/out/text",
                "more": {"path": "/out/more", "default": "-"},
            },
        },
        "take": {
            "script": 'printf "%s|%s" "$PARAM_TEXT_TWO" "$PARAM_MORE" > /out/a',
            "after": ["make"],
            "parameters": {"text-two": "make.text", "more": "make.more"},
            "outputs": {"a": "/out/a"},
        },
    }

    done = run(
        steps, "--work", "work", "--parameter", f"text={hostile}", parameters={"text": "plain"}
    )

    assert done.returncode == 0, done.stderr
    assert Path("work/artifacts/take/a").read_text(encoding="utf-8") == f"{hostile}|-"
    assert list(Path().rglob("canary")) == []


def test_a_value_that_was_not_left_and_has_no_default_is_a_failure(run):
    steps = {"make": {"script": "true", "outputParameters": {"text": "/out/text"}}}

    done = run(steps)

    assert done.returncode == 1
    assert "`make` left no output `text` at /out/text" in done.stderr


def test_what_may_be_missing_is_missing(run):
    steps = _chain()
    steps["make"] |= {"script": "true", "outputs": {"raw": {"path": "/out/raw", "optional": True}}}
    steps["take"] |= {
        "script": "test ! -e /in/raw; echo $? > /out/done",
        "inputs": {"raw": {"from": "make.raw", "optional": True}},
    }

    done = run(steps, "--work", "work")

    assert done.returncode == 0, done.stderr
    assert Path("work/artifacts/take/done").read_text(encoding="utf-8") == "0\n"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((), "the parameter `size` has no value\n  = help: write --parameter size=VALUE"),
        (("--parameter", "size=huge"), "the parameter `size` is `huge`\n  = help: take one of"),
    ],
)
def test_parameters_are_held_to_what_the_pipeline_says(run, given, said):
    size = {"type": "string", "enum": ["small", "large"]}

    done = run(_chain(), *given, parameters={"size": size})

    assert done.returncode == 2
    assert said in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"when": "make.rows == '1'"}, "`when`"),
        ({"withItems": ["a", "b"]}, "`withItems`"),
        ({"depends": "make.Failed", "after": []}, "`depends`"),
        ({"retries": {"limit": 1, "policy": "OnError"}}, "the retry policy `OnError`"),
    ],
)
def test_what_is_not_done_here_as_in_a_cluster_is_refused_before_anything_runs(run, changes, named):
    steps = {
        "make": {"script": "true", "outputParameters": {"rows": "/out/rows"}},
        "take": {"script": "true", "after": ["make"], **changes},
    }

    done = run(steps)

    assert done.returncode == 2, done.stderr
    assert f"has {named}, which isn't done on this machine as the cluster does it" in done.stderr
    assert done.stdout == ""


def test_the_whole_command_is_data_for_programs(run):
    words = ["--json", json.dumps({"a": ["b c", "$HOME"]})]
    steps = {"say": {"script": 'printf "%s" "$2" > /out/a', "words": ["sh", *words]}}
    steps["say"]["outputs"] = {"a": "/out/a"}

    assert run(steps, "--work", "work").returncode == 0
    assert json.loads(Path("work/artifacts/say/a").read_text(encoding="utf-8")) == {
        "a": ["b c", "$HOME"]
    }
