"""A line of a generated file leads back to what somebody wrote."""

from pathlib import Path

import pytest
import yaml

from mlopsgen.compiler import compile_platform
from mlopsgen.explain.keys import Unknown
from mlopsgen.explain.lines import explained
from mlopsgen.explain.project import project
from tests.build import ROOT
from tests.golden import platforms

OUT = Path("generated")
IRIS = "dev/apps/models-mlops/inferenceservice-iris.yaml"
MISTRAL = "dev/apps/models-mlops/inferenceservice-mistral-7b.yaml"
TFVARS = "dev/terraform/platform.tfvars.json"
HELM = "dev/helm/mlflow.yaml"


@pytest.fixture(scope="module")
def reference():
    return project(ROOT / "platform.yaml", ["dev"])


def ask(found, file, line=None):
    return explained(found, OUT, ROOT, f"generated/{file}{'' if line is None else f':{line}'}")


def number(file, text, nth=0):
    lines = (ROOT / "generated" / file).read_text("utf-8").splitlines()
    return [index for index, line in enumerate(lines, 1) if line.strip() == text][nth]


def origins(found, file, text, nth=0):
    [line] = ask(found, file, number(file, text, nth)).lines
    assert line.text.strip() == text
    return [(each.how, ".".join(map(str, each.path))) for each in line.origins]


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        (IRIS, "maxReplicas: 5", ("named", "models.iris.scale.max")),
        (IRIS, "scaleMetric: cpu", ("is", "models.iris.scale.metric")),
        (IRIS, "namespace: mlops", ("is", "models.iris.namespace")),
        (IRIS, "memory: 2Gi", ("named", "models.iris.resources.memory")),
        (IRIS, "name: iris", ("name", "models.iris")),
        (MISTRAL, "- --max-model-len=4096", ("named", "models.mistral-7b.vllm.maxModelLen")),
        (MISTRAL, 'nvidia.com/gpu: "1"', ("named", "models.mistral-7b.gpus")),
        (MISTRAL, "- name: HF_TOKEN", ("name", "models.mistral-7b.secrets.HF_TOKEN")),
        (MISTRAL, "operator: Equal", ("part", "nodePools.gpu-workloads")),
        (TFVARS, '"vpc_cidr": "10.0.0.0/16",', ("named", "aws.vpcCidr")),
        (TFVARS, '"min_size": 4,', ("named", "nodePools.general.min")),
        (TFVARS, '"t3.large"', ("value", "nodePools.general.instanceTypes.0")),
        (TFVARS, '"multi_az": false,', ("named", "storage.database.multiAz")),
        (HELM, "replicaCount: 1", ("is", "components.mlflow.replicas")),
    ],
)
def test_a_line_is_traced_to_the_value_it_came_from(reference, file, text, expected):
    assert origins(reference, file, text) == [expected]


def test_the_uri_of_an_alias_is_traced_to_the_alias(reference):
    lines = (ROOT / "generated" / IRIS).read_text("utf-8").splitlines()
    [text] = [line.strip() for line in lines if "storageUri" in line]

    assert origins(reference, IRIS, text) == [("lock", "models.iris.source")]


def test_a_line_that_stands_in_the_shape_says_so(reference):
    [line] = ask(reference, IRIS, number(IRIS, "runAsUser: 1000")).lines

    assert line.fixed
    assert line.hole == ""


def test_a_hole_is_named_with_its_line_in_the_shape(reference):
    [line] = ask(reference, IRIS, number(IRIS, "maxReplicas: 5")).lines
    shape = (ROOT / "templates/kserve/inference-service.yaml").read_text("utf-8").splitlines()

    assert line.hole == "replicas.high"
    assert f"[[ {line.hole} ]]" in shape[line.hole_line - 1]


def test_a_header_leads_to_what_the_whole_file_is_made_from(reference):
    [line] = ask(reference, IRIS, 1).lines

    assert [(each.how, each.path) for each in line.origins] == [("file", ("models", "iris"))]


def test_a_file_lists_the_lines_that_hold_values_of_the_platform(reference):
    found = ask(reference, IRIS)

    assert found.emitter == "mlopsgen.emit.kserve"
    assert found.shapes == ("kserve/inference-service.yaml",)
    assert found.state == ""
    assert {each.hole for each in found.lines} >= {"replicas.low", "served.namespace"}


@pytest.mark.parametrize("file", ["manifest.json", "prometheus/mlflow-down.md"])
def test_a_file_without_values_is_explained_too(reference, file):
    assert ask(reference, f"dev/{file}", 1).lines[0].number == 1
    assert ask(reference, f"dev/{file}").emitter.startswith("mlopsgen.")


def test_a_file_on_disk_that_is_another_is_called_stale(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("platform.yaml").write_bytes((ROOT / "tests/golden/family/platform.yaml").read_bytes())
    found = project(Path("platform.yaml"), [])
    name = "generated/prod/apps/models-mlops/inferenceservice-churn.yaml"
    file = Path(name)

    assert explained(found, OUT, tmp_path, name).state == "not built yet"
    file.parent.mkdir(parents=True)
    file.write_text("edited\n", "utf-8")
    assert explained(found, OUT, tmp_path, name).state == "stale"
    assert explained(found, OUT, tmp_path, f"{name}:18").lines[0].origins


def test_what_a_user_lays_over_a_chart_is_traced_to_it(tmp_path):
    text = (ROOT / "tests/golden/family/platform.yaml").read_text("utf-8")
    data = yaml.safe_load(text)
    data["components"]["kserve"] = {
        "values": {"kserve": {"controller": {"annotations": {"mine": "abc-123"}}}}
    }
    file = tmp_path / "platform.yaml"
    file.write_text(yaml.safe_dump(data), "utf-8")
    found = project(file, [])
    lines = explained(found, OUT, tmp_path, "generated/prod/helm/kserve.yaml").lines

    [line] = [each for each in lines if "abc-123" in each.text]
    assert line.origins[0].path == (
        "components",
        "kserve",
        "values",
        "kserve",
        "controller",
        "annotations",
        "mine",
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "generated/dev/apps/models-mlops/inferenceservice-irs.yaml",
            "did you mean `generated/dev",
        ),
        ("generated/nope/manifest.json", "they are `dev`"),
        ("generated/dev/apps", "is a folder"),
        ("elsewhere/dev/manifest.json", "isn't below `generated`"),
        (f"generated/{IRIS}:0", "0 is none of them"),
        (f"generated/{IRIS}:100000", "100000 is none of them"),
    ],
)
def test_what_is_not_there_is_said(reference, text, said):
    found = explained(reference, OUT, ROOT, text)

    assert isinstance(found, Unknown)
    assert said in found.said


@pytest.mark.parametrize("case", sorted(platforms()))
def test_every_file_of_every_golden_platform_is_explained(case):
    platform, _ = platforms()[case]
    found = project(platform, [])

    for name, (draft, _shapes) in found.drafts.items():
        for artifact in draft.artifacts:
            answer = explained(found, OUT, ROOT, f"generated/{name}/{artifact.path}")
            assert not isinstance(answer, Unknown), answer.said
            assert answer.origins == artifact.origin
            for line in answer.lines:
                assert line.origins


CHANGES = [
    ("max: 5, metric: cpu", "max: 6, metric: cpu", "models.iris.scale.max"),
    ("maxModelLen: 4096, gpu", "maxModelLen: 4095, gpu", "models.mistral-7b.vllm.maxModelLen"),
    ("resources: {cpu: 1, memory: 2Gi}", "resources: {cpu: 1, memory: 3Gi}", "resources.memory"),
    ("instanceTypes: [c5.2xlarge]", "instanceTypes: [c5.4xlarge]", "training.instanceTypes.0"),
]


@pytest.mark.parametrize(("old", "new", "path"), CHANGES)
def test_the_value_that_is_named_is_the_one_to_change(reference, tmp_path, old, new, path):
    """Every line that a change of the value changes, and that is traced exactly, leads to it."""
    text = (ROOT / "platform.yaml").read_text("utf-8")
    assert text.count(old) == 1
    file = tmp_path / "platform.yaml"
    file.write_text(text.replace(old, new), "utf-8")
    file.with_name("platform.lock").write_bytes((ROOT / "platform.lock").read_bytes())
    before = {each.path: each for each in compile_platform(ROOT / "platform.yaml").trees["dev"]}
    after = {each.path: each for each in compile_platform(file).trees["dev"]}
    traced = 0
    for name, made in before.items():
        if name.startswith("prometheus") or after[name].data == made.data:
            continue
        pairs = zip(made.data.splitlines(), after[name].data.splitlines(), strict=True)
        for line, (one, other) in enumerate(pairs, 1):
            if one != other:
                found = ask(reference, f"dev/{name}", line).lines[0].origins
                exact = [each for each in found if each.how in {"is", "named", "value"}]
                assert all(".".join(map(str, each.path)).endswith(path) for each in exact)
                traced += len(exact)

    assert traced > 0


@pytest.fixture(scope="module")
def patched():
    return project(platforms()["patches"][0], ["prod"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('cost-center: "4711"', ("is", "patches.cost-models.merge.metadata.labels.cost-center")),
        ("hostAliases:", ("is", "patches.mainframe.merge.spec.predictor.hostAliases")),
        ('ip: "10.0.200.7"', ("is", "patches.mainframe.merge.spec.predictor.hostAliases.0.ip")),
        ("maxReplicas: 4", ("named", "models.fraud.scale.max")),
        ("app.kubernetes.io/name: fraud", ("name", "models.fraud")),
        ("terminationGracePeriodSeconds: 120", ("file", "models.fraud")),
    ],
)
def test_a_line_of_a_patch_leads_to_the_patch_and_others_where_they_did(patched, text, expected):
    out = platforms()["patches"][1]
    file = out / "prod" / "apps" / "models-risk" / "inferenceservice-fraud.yaml"
    lines = [line.strip() for line in file.read_text("utf-8").splitlines()]

    found = explained(patched, out, out, f"{file}:{lines.index(text) + 1}")

    [line] = found.lines
    assert expected in [(each.how, ".".join(map(str, each.path))) for each in line.origins]
    assert ("patches", "mainframe") in found.origins
