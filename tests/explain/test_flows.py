"""`explain flow`: who is meant, what is said, and how it is said that nobody is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from mlopsgen.cli import main
from tests.build import ROOT

HEAD = """\
apiVersion: mlopsgen/v1beta1
name: acme
aws: {region: eu-west-1, accountId: "111122223333"}
"""


def run(*arguments):
    return CliRunner().invoke(main, ["explain", "flow", *arguments])


def said(*arguments):
    done = run(*arguments)
    assert done.exit_code == 0, done.stderr
    return done.stdout


def refused(*arguments):
    done = run(*arguments)
    assert done.exit_code == 2
    assert done.stdout == ""
    return done.stderr


@pytest.fixture
def reference(monkeypatch):
    monkeypatch.chdir(ROOT)


@pytest.mark.usefixtures("reference")
def test_both_ends_are_named_with_the_line_of_their_rules():
    text = said("iris-training", "mlflow")

    first, why, out, into = text.splitlines()
    assert first == (
        "pipeline `iris-training` to `mlflow` on port 5000 (Service mlflow:80), in dev, prod:"
        " allowed"
    )
    assert why.startswith("  for  runs and models (platform.yaml:")
    for line, key in ((out, "to"), (into, "from")):
        path, number = line.rpartition(" ")[2].rsplit(":", 1)
        lines = Path(path).read_text("utf-8").splitlines()
        # The rule starts on that line, as an element of its list.
        assert lines[int(number) - 1].strip() == f"- {key}:"


@pytest.mark.usefixtures("reference")
def test_what_is_refused_names_every_policy_that_could_have_allowed_it():
    text = said("model", "iris", "component", "mlflow", "--env", "dev")

    assert "on port 5000 (Service mlflow:80), in dev: refused" in text
    assert "for  nothing that the platform knows of" in text
    for name in ("mlops.default-deny", "mlops.all", "mlops.models", "mlflow.mlflow-server"):
        assert f"generated/dev/apps/network/networkpolicy-{name}.yaml\n" in text


@pytest.mark.usefixtures("reference")
@pytest.mark.parametrize(
    ("words", "allowed"),
    [
        (["alb", "mlflow"], True),
        (["internal-alb", "mlflow"], False),
        (["internal-alb", "iris"], True),
        (["alb", "iris", "--port", "8080"], False),
        (["mlflow", "database"], True),
        (["mlflow", "database", "--port", "5433"], False),
        (["iris", "database"], True),  # as is all that has port 443, except of the control plane
        (["iris", "database", "--port", "5432"], False),
        (["iris", "s3"], True),
        (["iris", "s3", "--port", "80"], False),
        (["iris", "instance-metadata", "--port", "80"], False),
        (["iris", "169.254.169.254"], False),
        (["iris", "api-server"], False),
        (["iris-training", "api-server"], True),
        (["control-plane", "kserve", "--port", "9443"], True),
        (["control-plane", "iris"], False),
        (["prometheus/prometheus", "nodes"], True),
        (["prometheus/prometheus", "iris"], True),
        (["grafana", "prometheus/prometheus"], True),
        (["grafana", "iris"], False),
        (["mlops", "iris"], True),
        (["monitoring", "iris"], False),
        (["iris", "dns"], True),
        (["dns", "internet"], True),
    ],
)
def test_ends_are_called_as_people_call_them(words, allowed):
    flows = json.loads(said(*words, "--env", "prod", "--format", "json"))["flows"]

    assert flows
    assert {each["allowed"] for each in flows} == {allowed}


@pytest.mark.usefixtures("reference")
def test_the_port_of_a_service_is_that_of_the_pods_behind_it():
    [flow] = json.loads(said("iris-training", "mlflow", "--port", "80", "--format", "json"))[
        "flows"
    ]

    assert (flow["port"], flow["service"]) == (5000, "mlflow:80")
    assert flow["allowed"]
    assert flow["environments"] == ["dev", "prod"]
    assert flow["declared"][0]["path"] == "pipelines.iris-training"
    assert [half["direction"] for half in flow["halves"]] == ["egress", "ingress"]


@pytest.mark.usefixtures("reference")
def test_of_many_workloads_those_count_that_have_to_do_with_it():
    text = said("prometheus", "iris", "--env", "dev")

    assert "(prometheus) to model `iris`" in text
    assert "alertmanager" not in text
    # Other models of the namespace have their metrics on 8000.
    assert "on port 8082" in text
    assert "on port 8000" not in text


@pytest.mark.usefixtures("reference")
@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["iriss", "mlflow"], "no end of a connection is called `iriss`; did you mean `iris`?"),
        (["model", "irys", "mlflow"], "no model is called `irys`; did you mean `iris`?"),
        (["gateway", "web", "mlflow"], "no gateway is called `web`; platform.yaml has none"),
        (["!?", "mlflow"], "name a model, pipeline, component, gateway or namespace"),
        (["300.1.1.1", "mlflow"], "no end of a connection is called `300.1.1.1`"),
        (["argocd/nope", "mlflow"], "no end of a connection is called `argocd/nope`"),
        (["iris"], "name both ends of the connection"),
        ([], "name both ends of the connection"),
        (["model"], "name both ends of the connection"),
        (["iris", "mlflow", "s3"], "name both ends of the connection"),
        (["iris", "mlflow", "--port", "0"], "0 is not in the range"),
    ],
)
def test_who_is_not_there_is_said_so(words, hint):
    assert hint in refused(*words)


@pytest.mark.usefixtures("reference")
def test_a_port_belongs_to_a_connection():
    done = CliRunner().invoke(main, ["explain", "NET001", "--port", "80"])

    assert done.exit_code == 2
    assert "--port is for connections" in done.stderr


def test_two_of_one_name_are_told_apart(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "tests/golden/features/platform.yaml").read_text("utf-8")
    Path("platform.yaml").write_text(text.replace("  train:\n", "  feast:\n"), "utf-8")

    wrong = refused("feast", "s3")
    assert "`feast` is a pipeline and a component; say which, as in `pipeline feast`" in wrong
    assert "pipeline `feast` to S3 on port 443" in said("pipeline", "feast", "s3")


def test_a_platform_that_cannot_be_planned_is_explained_first(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("platform.yaml").write_text(f"{HEAD}models: {{iris: {{}}}}\n", "utf-8")

    done = run("iris", "internet")

    assert done.exit_code == 1
    assert "SPEC002" in done.stderr


def test_what_a_proof_refuses_is_still_explained(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = (ROOT / "docs/rules/FLOW007.md").read_text("utf-8")
    Path("platform.yaml").write_text(page.split("```yaml\n")[1].split("```")[0], "utf-8")

    assert "model `own` to the internet on port 443, in default: allowed" in said("own", "internet")
