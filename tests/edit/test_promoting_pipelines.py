"""`mlopsgen promote` of a pipeline: what it does is carried, what its environment decides stays."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from mlopsgen.cli import main
from mlopsgen.compiler import compile_platform
from mlopsgen.edit.placing import with_value
from mlopsgen.edit.released import OF_STEPS, PIPELINES, keys_of
from mlopsgen.load import load, overlaid

HEAD = """\
apiVersion: mlopsgen/v1beta1
name: acme
aws: {region: eu-west-1, accountId: "111122223333"}
storage: {artifacts: {bucket: acme-artifacts}}
components: {argo-workflows: {}, kserve: {}, cert-manager: {}, external-secrets: {}, mlflow: {}}
nodePools:
  general: {kind: managed, instanceTypes: [m5.xlarge], min: 3, max: 8}
namespaces: {mlops: {}}
models:
  iris: {runtime: sklearn, source: s3://acme-models/iris/1}
pipelines:
  churn:
    parameters: {dataset: all, rounds: "100"}
    steps:
      train:
        image: ghcr.io/acme/churn:1.0.0
        command: [python, -m, churn.train]
        volumes: {/scratch: {size: 1Gi}}
  iris:
    steps: {train: {image: ghcr.io/acme/iris:1.0.0, command: [train]}}
"""
STAY = {
    "env", "gpus", "mutex", "pool", "priority", "registers", "resources", "retries", "secrets",
    "semaphore", "timeout",
}  # fmt: skip
"""Keys of a step that its environment decides."""


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(dev, prod, head=HEAD):
    overlays = "environments:\n  dev:" + dev + "\n  prod:" + prod + "\n"
    Path("platform.yaml").write_text(head + overlays, encoding="utf-8")
    compiled = compile_platform(Path("platform.yaml"))
    assert compiled.ok, compiled.findings


def churn(environment):
    return overlaid(load(Path("platform.yaml")), environment)["pipelines"]["churn"]


def run(*arguments):
    return CliRunner().invoke(main, ["promote", *arguments, "--from", "dev", "--to", "prod"])


def of(text):
    return f"\n    pipelines:\n      churn: {text}"


def test_each_key_of_a_step_is_carried_or_stays():
    steps = {key.partition(".")[2] for key in keys_of(PIPELINES) if key.startswith("steps.")}

    assert steps - {*OF_STEPS} == STAY
    assert {*OF_STEPS} <= steps


NEW = "ghcr.io/acme/churn:1.1.0"
CARRIED = [
    # what dev says, what prod says, and what becomes of that
    (
        f"{{steps: {{train: {{image: {NEW}}}}}}}",
        " {}",
        f" {{pipelines: {{churn: {{steps: {{train: {{image: {NEW}}}}}}}}}}}",
    ),
    (
        f"{{steps: {{train: {{image: {NEW}, args: [fast], resources: {{memory: 4Gi}}}}}}}}",
        of("{steps: {train: {resources: {memory: 8Gi}}}}  # decided in May"),
        of(
            f"{{steps: {{train: {{resources: {{memory: 8Gi}}, image: {NEW}, args: [fast]}}}}}}"
            "  # decided in May"
        ),
    ),
    (
        "{parameters: {dataset: sample, limit: {type: integer, default: 5}}}",
        of("{schedule: {cron: 0 4 * * 1}}"),
        of("{schedule: {cron: 0 4 * * 1}, parameters: {limit: {type: integer, default: 5}}}"),
    ),
    (
        "{steps: {train: {volumes: {/scratch: {size: 2Gi}, /cache: {size: 1Gi}}}}}",
        of("{}"),
        of("{steps: {train: {volumes: {/cache: {size: 1Gi}}}}}"),
    ),
]


@pytest.mark.parametrize(("dev", "before", "after"), CARRIED, ids=range(len(CARRIED)))
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_what_it_does_is_carried_and_nothing_else_changes(project, dev, before, after, ending):
    write(of(dev), before)
    file = project / "platform.yaml"
    file.write_bytes(file.read_bytes().replace(b"\n", ending.encode()))

    done = run("churn")

    assert done.exit_code == 0, done.stderr
    overlays = f"environments:\n  dev:{of(dev)}\n  prod:{after}\n"
    assert file.read_bytes().decode() == (HEAD + overlays).replace("\n", ending)


def test_a_step_that_only_one_has_comes_or_goes_whole_on_lines_of_its_own(project):
    added = (
        "{steps: {check: {after: [train], image: ghcr.io/acme/churn:1.1.0, command: [python, -m,"
        " churn.check], args: [--minimum, '0.9']}}}"
    )
    write(of(added), of("{steps: {old: {image: ghcr.io/acme/churn:0.9.0, command: [old]}}}"))
    text = (project / "platform.yaml").read_text(encoding="utf-8")
    (project / "platform.yaml").write_text(text.split("  prod:")[0] + "  prod: {}  # ours\n")

    done = run("churn")

    assert done.exit_code == 0, done.stderr
    after = (project / "platform.yaml").read_text(encoding="utf-8").split("  prod:")[1]
    assert after.splitlines() == [
        "  # ours",
        "    pipelines:",
        "      churn:",
        "        steps:",
        "          check:",
        "            after: [train]",
        "            image: ghcr.io/acme/churn:1.1.0",
        '            command: [python, "-m", churn.check]',
        '            args: ["--minimum", "0.9"]',
    ]
    assert churn("prod") == churn("dev")


def test_a_step_that_only_the_target_has_goes():
    old = "{steps: {old: {image: ghcr.io/acme/churn:0.9.0, command: [old]}}}"
    write(" {}", of(old))

    assert run("churn").exit_code == 0
    assert churn("prod") == churn("dev")


@pytest.mark.parametrize(
    ("dev", "key"),
    [
        ("{parameters: {dataset: sample}}", "parameters"),
        ("{schedule: {cron: 0 5 * * *}}", "schedule"),
        ("{deadline: 2h}", "deadline"),
        ("{steps: {train: {resources: {cpu: 2}}}}", "steps.resources"),
        ("{steps: {train: {volumes: {/scratch: {size: 2Gi}}}}}", "steps.volumes"),
        ("{steps: {train: {registers: churn@dev}}}", "steps.registers"),
    ],
)
def test_what_an_environment_decides_stays_unless_it_is_asked_for(dev, key):
    write(of(dev), " {}")

    refused, asked = run("churn"), run("churn", "--only", key)

    assert refused.exit_code == 1
    assert "PROM002" in refused.stderr
    assert f"`--only {key}`" in refused.stderr
    assert asked.exit_code == 0, asked.stderr
    assert churn("prod") == churn("dev")


def test_a_key_of_steps_leaves_the_others_and_the_steps_that_are_missing():
    write(
        of(
            "{steps: {train: {image: ghcr.io/acme/churn:2.0.0, resources: {cpu: 2}},"
            " more: {image: ghcr.io/acme/churn:2.0.0, command: [more], resources: {cpu: 2}}}}"
        ),
        " {}",
    )

    done = run("churn", "--only", "steps.resources")

    assert done.exit_code == 0, done.stderr
    assert "  stays different: steps.train.image, steps.more\n" in done.stdout
    assert churn("prod")["steps"]["train"]["resources"] == {"cpu": 2}


def test_a_name_of_two_says_its_section(project):
    write(
        "\n    models: {iris: {source: s3://acme-models/iris/2}}"
        "\n    pipelines: {iris: {steps: {train: {image: ghcr.io/acme/iris:2.0.0}}}}",
        " {}",
    )

    neither, pipeline = run("iris"), run("pipelines.iris")

    assert neither.exit_code == 2
    assert "write `models.iris` or `pipelines.iris`" in neither.stderr
    assert pipeline.exit_code == 0, pipeline.stderr
    assert "iris: dev -> prod\n  pipelines.iris.steps.train.image:" in pipeline.stdout
    prod = (project / "platform.yaml").read_text(encoding="utf-8").split("  prod:")[1]
    assert "models" not in prod
    assert run("models.iris").exit_code == 0


def test_what_is_not_there_is_refused():
    only = "{steps: {train: {image: ghcr.io/acme/new:1.0.0, command: [new]}}}"
    write(f"\n    pipelines: {{new: {only}}}", " {}")

    unknown, section, missing, key = (
        run("chrn"),
        run("modls.churn"),
        run("new"),
        run("churn", "--only", "steps.resorces"),
    )

    assert [each.exit_code for each in (unknown, section, missing, key)] == [1, 1, 1, 2]
    assert "`chrn` is neither a model nor a pipeline of `dev`" in unknown.stderr
    assert "`mlopsgen promote churn`" in unknown.stderr
    assert "`modls.churn` is neither a model nor a pipeline of `dev`" in section.stderr
    assert "`new` is no pipeline of `prod`" in missing.stderr
    assert "did you mean steps.resources?" in key.stderr


def test_what_would_not_build_is_not_written(project):
    write(
        of("{parameters: {rounds: null}}"),
        of("{schedule: {cron: 0 4 * * 1, arguments: {rounds: '9'}}}"),
    )
    before = (project / "platform.yaml").read_bytes()

    done = run("churn")

    assert done.exit_code == 1
    assert done.stderr.endswith("prod would not build with it; nothing was written\n")
    assert (project / "platform.yaml").read_bytes() == before


def test_digests_of_images_go_along_in_the_lock():
    old, new = (f"ghcr.io/acme/churn:{each}" for each in ("1.0.0", "1.1.0"))
    shared = "ghcr.io/acme/iris:1.0.0"
    twin = HEAD.replace("churn:1.0.0", "iris:1.0.0") + "images: {pin: true}\n"
    digests = {
        name: {"digest": f"sha256:{digit * 64}"}
        for name, digit in ((old, "0"), (new, "1"), (shared, "2"))
    }
    lock = {"version": 1, "environments": {
        "dev": {"images": {each: digests[each] for each in (new, shared)}},
        "prod": {"images": {old: digests[old], shared: {"digest": f"sha256:{'3' * 64}"}}},
    }}  # fmt: skip
    Path("platform.lock").write_text(json.dumps(lock), encoding="utf-8")
    more = "{{steps: {{more: {{image: {0}, command: [more]}}}}}}"
    write(of(more.format(new)), of(more.format(old)), twin)

    done = run("churn")

    images = json.loads(Path("platform.lock").read_text(encoding="utf-8"))["environments"]["prod"]
    assert done.exit_code == 0, done.stderr
    assert images == {"images": {each: digests[each] for each in (new, shared)}}
    assert (
        f"  platform.lock: {old}: sha256:000000000000 in prod\n    nothing names it" in done.stdout
    )
    assert "    iris has the same image and moves too\n" in done.stdout
    assert compile_platform(Path("platform.yaml")).ok


def test_of_a_recorded_pipeline_what_overlays_say_is_carried(project):
    head = HEAD.replace(
        "    steps: {train: {image: ghcr.io/acme/iris:1.0.0, command: [train]}}\n",
        "    source: jobs/iris.py:workflow\n",
    )
    (project / "jobs").mkdir()
    (project / "jobs/iris.py").write_text("")
    record = {"source": "jobs/iris.py:workflow", "files": {"jobs/iris.py": EMPTY}}
    step = {"image": "ghcr.io/acme/iris:1.0.0", "command": ["train"], "args": ["--fast"]}
    (project / "jobs/iris.recorded.yaml").write_text(
        json.dumps({"pipelines": {"iris": {"recorded": record, "steps": {"train": step}}}})
    )
    dev = "{steps: {train: {image: ghcr.io/acme/iris:2.0.0, args: null}}}"
    write(f"\n    pipelines: {{iris: {dev}}}", " {}", head)
    before = (project / "jobs/iris.recorded.yaml").read_bytes()

    done = run("pipelines.iris")

    assert done.exit_code == 0, done.stderr
    text = (project / "platform.yaml").read_text(encoding="utf-8")
    assert text.endswith(f"  prod: {{pipelines: {{iris: {dev}}}}}\n")
    assert (project / "jobs/iris.recorded.yaml").read_bytes() == before


EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_more_differences_than_anybody_reads_are_left_to_people():
    env = ", ".join(f"A{number}: x" for number in range(501))
    write(of(f"{{steps: {{train: {{env: {{{env}}}}}}}}}"), of("{steps: {train: {env: {A: x}}}}"))

    done = run("churn", "--only", "steps.env")

    assert done.exit_code == 1
    assert "more than 500 values of churn differ; change the overlay of prod by hand" in done.stderr


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("a:\n  b:  # c\nd: 1\n", ("a", "b", "long"), "a:\n  b:  # c\n    long:\n{0}d: 1\n"),
        ("a:\n  b: {} # c", ("a", "b", "long"), "a:\n  b: # c\n    long:\n{0}"),
        ("a: {b: {}}\n", ("a", "b", "long"), None),
        ("a:\n  b: 1", ("a", "c"), "a:\n  b: 1\n  c:\n{1}"),
    ],
)
def test_a_long_map_has_lines_of_its_own_where_its_place_has(text, path, expected):
    value = {"one": "x" * 60, "two": {"three": "y" * 60}}

    new = with_value(text, path, value)

    if expected is None:
        assert new == f"a: {{b: {{long: {{one: {'x' * 60}, two: {{three: {'y' * 60}}}}}}}}}\n"
        return
    below = [
        f"{pad}one: {'x' * 60}\n{pad}two: {{three: {'y' * 60}}}\n" for pad in (" " * 6, " " * 4)
    ]
    assert new.rstrip("\n") == expected.format(*below).rstrip("\n")
