import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from mlopsgen.cli import main
from mlopsgen.compiler import compile_platform
from mlopsgen.edit.placing import PlacingError, with_value, without
from mlopsgen.load import load, overlaid
from tests.build import ROOT

HEAD = """\
apiVersion: mlopsgen/v1beta1
name: acme
aws: {region: eu-west-1, accountId: "111122223333"}
components: {kserve: {}, cert-manager: {}}
nodePools:
  general: {kind: managed, instanceTypes: [m5.xlarge], min: 2, max: 8}
storage: {artifacts: {bucket: acme-artifacts}}
namespaces: {mlops: {}}
families:
  tabular: {runtime: sklearn, source: "s3://acme-models/{model}/1"}
models:
  iris:
    runtime: sklearn
    source: s3://acme-models/iris/1
  churn: {family: tabular}
  plain: {runtime: sklearn, source: s3://acme-models/plain/1}
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(overlays, head=HEAD):
    Path("platform.yaml").write_text(f"{head}environments:\n{overlays}", encoding="utf-8")
    assert compile_platform(Path("platform.yaml")).ok


def run(*arguments):
    return CliRunner().invoke(main, ["promote", *arguments, "--from", "dev", "--to", "prod"])


def models(environment):
    return overlaid(load(Path("platform.yaml")), environment)["models"]


NEW = "s3://acme-models/iris/2"
OVERLAYS = [
    # what prod says, and what becomes of it
    ("  prod: {}\n", f"  prod: {{models: {{iris: {{source: {NEW}}}}}}}\n"),
    ("  prod:\n", f"  prod: {{models: {{iris: {{source: {NEW}}}}}}}\n"),
    (
        "  prod:\n    models:\n      iris: {scale: {max: 3}}  # why\n",
        f"  prod:\n    models:\n      iris: {{scale: {{max: 3}}, source: {NEW}}}  # why\n",
    ),
    (
        "  prod:\n    models:\n      iris:\n        scale: {max: 3}  # why\n    # last\n",
        (
            "  prod:\n    models:\n      iris:\n        scale: {max: 3}  # why\n"
            f"        source: {NEW}\n    # last\n"
        ),
    ),
    (
        "  prod: {models: {iris: {source: 's3://acme-models/iris/0'}}}  # pinned\n",
        f"  prod: {{models: {{iris: {{source: '{NEW}'}}}}}}  # pinned\n",
    ),
    (
        "  prod:\n    nodePools: {general: {max: 9}}\n",
        (
            "  prod:\n    nodePools: {general: {max: 9}}\n"
            f"    models: {{iris: {{source: {NEW}}}}}\n"
        ),
    ),
]


@pytest.mark.parametrize(("before", "after"), OVERLAYS, ids=range(len(OVERLAYS)))
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_only_the_value_in_the_overlay_changes(project, before, after, ending):
    dev = f"  dev: {{models: {{iris: {{source: {NEW}}}}}}}\n"
    write(dev + before)
    file = project / "platform.yaml"
    file.write_bytes(file.read_bytes().replace(b"\n", ending.encode()))

    done = run("iris")

    assert done.exit_code == 0, done.stderr
    expected = f"{HEAD}environments:\n{dev}{after}".replace("\n", ending)
    assert file.read_bytes().decode() == expected
    assert models("prod")["iris"]["source"] == NEW


def test_a_check_says_the_same_and_writes_nothing(project):
    write(f"  dev: {{models: {{iris: {{source: {NEW}}}}}}}\n  prod: {{}}\n")
    before = (project / "platform.yaml").read_bytes()

    dry = run("iris", "--check")

    assert dry.exit_code == 1
    assert (project / "platform.yaml").read_bytes() == before
    assert dry.stdout.splitlines()[:2] == [
        "iris: dev -> prod",
        f"  models.iris.source: s3://acme-models/iris/1 -> {NEW}",
    ]
    assert dry.stdout.endswith("platform.yaml: would change\n")
    real = run("iris").stdout
    assert real.splitlines()[:-1] == dry.stdout.splitlines()[:-1]
    equal = run("iris", "--check")
    assert (equal.exit_code, equal.output) == (0, "`prod` runs of `iris` what `dev` runs\n")


def test_what_only_prod_has_goes_and_what_dev_deletes_is_deleted(project):
    head = HEAD.replace("  churn: {family: tabular}", "  churn: {family: tabular, env: {A: b}}")
    prod = (
        "  dev: {models: {churn: {env: null}}}\n  prod: {models: {iris: {env: {X: z}, gpus: 0}}}\n"
    )
    write(prod, head)

    assert run("iris", "--only", "env").exit_code == 0
    assert run("churn", "--only", "env").exit_code == 0
    assert "env" not in models("prod")["iris"]
    assert "env" not in models("prod")["churn"]
    text = (project / "platform.yaml").read_text()
    assert "prod: {models: {iris: {gpus: 0}, churn: {env: null}}}" in text


def test_what_families_say_in_an_environment_is_carried_too(project):
    write("  dev: {families: {tabular: {source: 's3://acme-models/{model}/9'}}}\n  prod: {}\n")

    assert run("churn").exit_code == 0
    assert models("prod")["churn"] == models("dev")["churn"]
    assert (
        "prod: {models: {churn: {source: s3://acme-models/churn/9}}}"
        in (project / "platform.yaml").read_text()
    )


def test_the_overlay_of_a_team_is_changed_in_its_own_file(project):
    team = (
        "models: {mine: {runtime: sklearn, source: s3://acme-models/mine/1}}\n"
        "environments:\n  dev: {models: {mine: {source: s3://acme-models/mine/2}}}\n"
        "  prod: {models: {mine: {scale: {max: 2}}}}  # ours\n"
    )
    Path("team.yaml").write_text(team)
    write("  dev: {}\n  prod: {}\n", HEAD + "include: [team.yaml]\n")
    root = (project / "platform.yaml").read_bytes()

    assert run("mine").exit_code == 0
    assert (project / "platform.yaml").read_bytes() == root
    new = team.replace("{scale: {max: 2}}", "{scale: {max: 2}, source: s3://acme-models/mine/2}")
    assert Path("team.yaml").read_text() == new


@pytest.mark.usefixtures("project")
def test_scale_and_hosts_stay_unless_they_are_asked_for():
    write(
        "  dev: {models: {iris: {scale: {max: 4}}}}\n  prod: {models: {iris: {scale: {max: 2}}}}\n"
    )

    refused = run("iris")
    asked = run("iris", "--only", "scale")

    assert refused.exit_code == 1
    assert "PROM002" in refused.stderr
    assert "`--only scale`" in refused.stderr
    assert asked.exit_code == 0
    assert models("prod")["iris"]["scale"] == {"max": 4}


def test_what_is_equal_or_not_there_is_refused(project):
    write(
        "  dev: {models: {new: {runtime: sklearn, source: s3://acme-models/new/1}}}\n  prod: {}\n"
    )
    before = (project / "platform.yaml").read_bytes()

    equal, unknown, missing = run("iris"), run("irs"), run("new")

    assert [each.exit_code for each in (equal, unknown, missing)] == [1, 1, 1]
    assert "PROM002" in equal.stderr
    assert "`mlopsgen promote iris`" in unknown.stderr
    assert "`new` is no model of `prod`" in missing.stderr
    assert (project / "platform.yaml").read_bytes() == before


def test_environments_and_keys_are_known(project):
    write("  dev: {}\n  prod: {}\n")
    invoke = CliRunner().invoke

    same = invoke(main, ["promote", "iris", "--from", "dev", "--to", "dev"])
    unknown = invoke(main, ["promote", "iris", "--from", "dev", "--to", "prd"])
    key = invoke(main, ["promote", "iris", "--from", "dev", "--to", "prod", "--only", "scal"])

    assert (same.exit_code, unknown.exit_code, key.exit_code) == (2, 1, 2)
    assert "ENV001" in unknown.stderr
    assert "did you mean scale?" in key.stderr
    assert (project / "platform.yaml").is_file()


def test_what_would_not_build_is_not_written(project):
    write(
        "  dev: {models: {iris: {resources: {cpu: 3}}}}\n"
        "  prod: {nodePools: {general: {instanceTypes: [t3.medium], min: 6, max: 9}}}\n"
    )
    before = (project / "platform.yaml").read_bytes()

    done = run("iris", "--only", "resources")

    assert done.exit_code == 1
    assert "error[" in done.stderr
    assert done.stderr.endswith("prod would not build with it; nothing was written\n")
    assert (project / "platform.yaml").read_bytes() == before


def test_versions_go_along_in_the_lock(project):
    for name in ("platform.yaml", "platform.lock"):
        (project / name).write_bytes((ROOT / name).read_bytes())
    old = json.loads(Path("platform.lock").read_text())["environments"]

    done = run("iris", "--only", "source")

    new = json.loads(Path("platform.lock").read_text())["environments"]
    champion, challenger = (
        f"models:/iris-classifier@{each}" for each in ("champion", "challenger")
    )
    assert done.exit_code == 0
    assert f"  platform.lock: {champion}: 2 -> 3 in prod\n" in done.stdout
    assert new["prod"]["models"][champion] == old["dev"]["models"][champion]
    assert new["prod"]["models"][challenger] == old["prod"]["models"][challenger]
    assert new["dev"] == old["dev"]
    assert (project / "platform.yaml").read_bytes() == (ROOT / "platform.yaml").read_bytes()
    again = run("iris", "--only", "source")
    assert "PROM002" in again.stderr
    assert run("iris").exit_code == 0  # the canary is left
    assert compile_platform(Path("platform.yaml")).ok


def test_a_model_with_the_same_source_is_named(project):
    text = (ROOT / "platform.yaml").read_text()
    twin = "  twin: {runtime: mlflow, source: models:/iris-classifier@champion}\nmodels:"
    head, _, tail = text.partition("models:\n")
    (project / "platform.yaml").write_text(f"{head}models:\n{twin.removesuffix('models:')}{tail}")
    (project / "platform.lock").write_bytes((ROOT / "platform.lock").read_bytes())

    done = run("iris", "--only", "source", "--check")

    assert "    twin has the same source and moves too\n" in done.stdout


@pytest.mark.parametrize(
    ("text", "path", "value", "expected"),
    [
        ("a:\n  b: 1 # c\n", ("a", "b"), [1, "x y"], 'a:\n  b: [1, "x y"] # c\n'),
        ("a: {}\n", ("a", "b"), True, "a: {b: true}\n"),
        ("a:\nc: 1", ("a", "b", "d"), None, "a: {b: {d: null}}\nc: 1"),
        ("a:\n  b: 1", ("a", "c"), "no", 'a:\n  b: 1\n  c: "no"'),
        ("a:\n  b: |\n    x\n# e\n", ("a", "c"), 2, "a:\n  b: |\n    x\n  c: 2\n# e\n"),
        ("a:\n  - x\n  - y\nb: 1\n", ("a",), ["z"], "a: [z]\nb: 1\n"),
        ("a: {b: 1,}\n", ("a", "c"), 2, "a: {b: 1, c: 2,}\n"),
    ],
)
def test_a_value_is_placed_and_everything_else_stays(text, path, value, expected):
    new = with_value(text, path, value)

    assert new == expected
    found = yaml.safe_load(new)
    for step in path:
        found = found[step]
    assert found == value


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("a: {b: 1, c: 2}\n", ("a", "b"), "a: {c: 2}\n"),
        ("a: {b: 1, c: 2}\n", ("a", "c"), "a: {b: 1}\n"),
        ("a: {b: 1}\n", ("a", "b"), "a: {}\n"),
        ("a:\n  b: 1\n  c: 2\n", ("a", "b"), "a:\n  c: 2\n"),
        ("a:\n  b:\n    d: 1\n  c: 2", ("a", "c"), "a:\n  b:\n    d: 1\n"),
        ("a:\n  b: 1\nc: 2\n", ("a", "b"), "a: {}\nc: 2\n"),
    ],
)
def test_an_entry_is_taken_away_and_everything_else_stays(text, path, expected):
    assert without(text, path) == expected


def test_comments_inside_of_what_would_be_replaced_are_not_lost():
    with pytest.raises(PlacingError):
        with_value("a:\n  - x # why\n  - y\n", ("a",), ["z"])
