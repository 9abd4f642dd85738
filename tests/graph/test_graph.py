"""What is in the graph of a platform, and what is left of it when less is asked for."""

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

from mlopsgen.cli import main
from mlopsgen.graph import PARTS, about, graph, known, only
from tests.build import ROOT, a_plan, reference_plan
from tests.diff import SMALL

SCHEMA = json.loads((ROOT / "schemas" / "graph.schema.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def whole():
    return graph(reference_plan())


def lines(found, part):
    [section] = [one for one in found.sections if one.part == part]
    labels = {node.id: node.label for node in section.nodes}
    return [(labels[edge.source], labels[edge.target], edge.label) for edge in section.edges]


def run(*arguments, code=0):
    done = CliRunner().invoke(main, ["graph", *arguments])
    assert done.exit_code == code, done.output
    return done


def test_a_model_stands_between_its_source_its_way_in_and_its_pool(whole):
    found = lines(whole, "models")

    assert ("MLflow", "models:/iris-classifier@champion", "") in found
    assert ("models:/iris-classifier@champion", "iris", "") in found
    assert ("models:/iris-classifier@challenger", "iris (canary)", "") in found
    assert ("iris", "iris.models.example.com", "90 %") in found
    assert ("iris (canary)", "iris.models.example.com", "10 %") in found
    assert ("tinyllama", "gpu", "") in found


def test_what_a_pipeline_registers_is_the_source_of_a_model(whole):
    registered = "models:/iris-classifier@challenger"

    assert ("model-evaluation", registered, "") in lines(whole, "pipelines")
    ids = [
        {node.id for node in one.nodes if node.label == registered}
        for one in whole.sections
        if one.part in ("models", "pipelines")
    ]
    assert ids[0] == ids[1] != set()


def test_steps_are_in_the_order_in_which_they_run(whole):
    found = lines(whole, "pipelines")

    assert ("0 4 * * 1-5", "iris-training", "") in found
    assert ("iris-training", "data-ingestion", "") in found
    assert ("feature-engineering", "model-training", "") in found
    assert ("feature-engineering", "model-evaluation", "") in found
    assert ("model-training", "training-workloads", "") in found
    assert ("iris-training", "model-training", "") not in found


def test_components_have_an_owner_and_a_namespace(whole):
    found = lines(whole, "components")

    assert ("Argo CD", "mlflow", "") in found
    assert ("mlflow", "mlflow.example.com", "") in found
    assert ("Terraform", "general", "") in found
    assert ("karpenter", "gpu-workloads", "") in found


def test_each_flow_of_the_plan_is_a_line(whole):
    plan = reference_plan()
    ends = {(str(flow.source), str(flow.target)) for flow in plan.flows}

    assert len(lines(whole, "flows")) == len(ends)
    assert ("pipeline-iris-training", "mlflow-server", "5000") in lines(whole, "flows")
    assert ("all of mlops", "kube-dns", "53/UDP, 53") in lines(whole, "flows")


def test_each_role_has_an_account_and_its_resources(whole):
    plan, found = reference_plan(), lines(whole, "identities")
    said = {(role, resource): actions for role, resource, actions in found}

    for each in plan.identities:
        assert (each.service_account, each.role, "") in found
        for statement in each.statements:
            for resource in statement.resources:
                [said] = [
                    actions for role, to, actions in found if (role, to) == (each.role, resource)
                ]
                assert set(statement.actions) <= set(said.split(", "))


def test_parts_without_anything_are_left_out():
    found = graph(a_plan())

    assert [one.part for one in found.sections] == ["components", "flows"]


def test_only_takes_parts(whole):
    assert [one.part for one in only(whole, ["flows"]).sections] == ["flows"]
    assert [one.part for one in only(whole, []).sections] == list(PARTS)


def test_what_has_to_do_with_a_model_leads_to_it_or_from_it(whole):
    found = about(whole, "tinyllama")

    assert {node.label for one in found.sections[:1] for node in one.nodes} == {
        "Hugging Face Hub", "hf://TinyLlama/TinyLlama-1.1B-Chat-v1.0", "tinyllama", "gpu",
    }  # fmt: skip
    assert {one.part for one in found.sections} == {"models", "flows"}


def test_every_name_that_is_known_has_something_to_do_with_something(whole):
    for name in known(whole):
        found = about(whole, name)
        assert found.sections
        for one in found.sections:
            ids = {node.id for node in one.nodes}
            assert {end for edge in one.edges for end in (edge.source, edge.target)} <= ids


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("platform.yaml").write_text(SMALL, "utf-8")
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_json_is_what_its_schema_says_and_has_lines():
    found = json.loads(run("--env", "prod", "--format", "json").stdout)

    jsonschema.validate(found, SCHEMA)
    [fraud] = [node for node in found["nodes"] if node["id"] == "model/fraud"]
    assert (fraud["path"], fraud["file"], fraud["line"]) == ("models.fraud", "platform.yaml", 13)


@pytest.mark.usefixtures("folder")
def test_several_environments_are_asked_for():
    assert "write --env with one of `dev`, `prod`" in run(code=2).stderr


@pytest.mark.usefixtures("folder")
def test_a_name_that_nothing_has_is_wrong_usage():
    done = run("--env", "dev", "frud", code=2)

    assert "nothing in the graph is called `frud`; did you mean `fraud`?" in done.stderr


@pytest.mark.usefixtures("folder")
def test_a_platform_with_errors_has_no_graph():
    Path("platform.yaml").write_text(SMALL.replace("pool: wide", "pool: narrow"), "utf-8")

    done = run("--env", "dev", code=1)

    assert done.stdout == ""
    assert "narrow" in done.stderr


@pytest.mark.parametrize("form", ["mermaid", "dot", "svg", "json"])
def test_the_same_platform_is_the_same_graph(folder, form):
    """Whatever order sets have in a process."""
    code = (
        "import sys; sys.argv = ['mlopsgen', 'graph', '--env', 'prod', '--format', sys.argv[1]];"
        "from mlopsgen.cli import main; main()"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", code, form],
            cwd=folder,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT / "src")},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert len(texts) == 1
    assert len(texts.pop()) > 1000
