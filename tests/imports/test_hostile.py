"""Whatever is in a file: findings, and never our stack."""

import time

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from mlopsgen.cli import main
from mlopsgen.imports.ground import PLATFORM, Ground
from mlopsgen.imports.imported import Imported, imported
from mlopsgen.serialize import to_yaml
from tests.imports.cases import CASES

KINDS = (
    "CronWorkflow", "EC2NodeClass", "HorizontalPodAutoscaler", "InferenceService", "LimitRange",
    "Namespace", "NetworkPolicy", "NodePool", "PrometheusRule", "ResourceQuota", "ScaledObject",
    "Workflow", "WorkflowTemplate",
)  # fmt: skip
GROUND = Ground(PLATFORM)


def read(folder, text):
    (folder / "manifests.yaml").write_text(text, encoding="utf-8")
    found = imported([folder / "manifests.yaml"], GROUND)
    assert isinstance(found, Imported)
    return found


def objects():
    """Return the objects of every case as plain data."""
    found = []
    for case in CASES:
        made = imported([case / "manifests"], GROUND)
        assert isinstance(made, Imported)
        found += [one.body for one in made.manifests]
    return found


WHOLE = objects()
JUNK = st.sampled_from(
    [None, [], {}, "", "text", 0, -1, True, 1.5, [None], [[]], [{}], {"a": None}, "{{x}}", 10**15]
)


def paths(node, path=()):
    """Yield every path in *node*."""
    yield path
    if isinstance(node, dict):
        for key, value in node.items():
            yield from paths(value, (*path, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from paths(value, (*path, index))


def replaced(node, path, value):
    if not path:
        return value
    if isinstance(node, dict):
        return {key: replaced(one, path[1:], value) if key == path[0] else one
                for key, one in node.items()}  # fmt: skip
    return [replaced(one, path[1:], value) if index == path[0] else one
            for index, one in enumerate(node)]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_value_may_be_anything(data, tmp_path_factory):
    body = data.draw(st.sampled_from(WHOLE))
    path = data.draw(st.sampled_from([one for one in paths(body) if one]))
    broken = replaced(body, path, data.draw(JUNK))

    read(tmp_path_factory.mktemp("m"), to_yaml([broken]))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("spec", ["null", "[]", "text", "{}", "[null]", "{template: [1]}"])
def test_a_spec_of_any_form_is_read(kind, spec, tmp_path):
    found = read(tmp_path, f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: a}}\nspec: {spec}\n")

    assert len(found.manifests) == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[1, 2]\n", "LOAD"),
        ("just text\n", "LOAD"),
        ("a: &x 1\nb: *x\n", "LOAD"),
        ("a: !!python/object:os.system {}\n", "LOAD"),
        ("a: {b: [\n", "LOAD"),
        ("apiVersion: v1\nkind: Pod\nkind: Pod\n", ("LOAD", "IMPORT002")),
        ("kind: Pod\n", "IMPORT002"),
        ("kind: {a: b}\nmetadata: []\n", "IMPORT002"),
        ("name: {{ .Values.name }}\n", "IMPORT001"),
        ("{{- if .Values.on }}\na: 1\n{{- end }}\n", "IMPORT001"),
    ],
)
def test_what_is_no_manifest_is_told(text, code, tmp_path):
    found = read(tmp_path, text)

    assert found.manifests == ()
    assert found.findings
    assert all(one.code.startswith(code) for one in found.findings)


def test_binary_and_deep_and_missing_files_are_told(tmp_path):
    (tmp_path / "binary.yaml").write_bytes(b"\x00\xff\xfe\x01")
    (tmp_path / "deep.yaml").write_text("[" * 5000, encoding="utf-8")
    found = imported([tmp_path, tmp_path / "none.yaml"], GROUND)

    assert isinstance(found, Imported)
    assert found.manifests == ()
    assert len(found.findings) >= len({"binary", "deep", "none"})


def test_findings_point_into_the_file_not_into_the_document(tmp_path):
    text = "# first\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n---\na: 1\na: 2\n"
    found = read(tmp_path, text)

    assert [one.at.line for one in found.findings] == [8, 7]


def test_ten_thousand_objects_take_less_than_five_seconds(tmp_path):
    one = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c{n}, namespace: mlops}}\n"
        "data: {{a: b, c: d}}\n"
    )
    rule = "apiVersion: v1\nkind: ResourceQuota\nmetadata: {{name: q, namespace: n{n}}}\n"
    for part in range(4):
        names = range(part * 2500, part * 2500 + 2500)
        text = "---\n".join((rule if n % 100 == 0 else one).format(n=n) for n in names)
        (tmp_path / f"{part}.yaml").write_text(text, encoding="utf-8")
    before = time.process_time()

    found = imported([tmp_path], GROUND)

    assert isinstance(found, Imported)
    assert len(found.manifests) == 10_000
    assert len({loss.manifest for loss in found.losses}) == 10_000
    assert time.process_time() - before < 5


def test_a_program_reads_the_same_as_a_person(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text("kind: [\n", encoding="utf-8")

    done = CliRunner().invoke(main, ["import", "a.yaml", "--format", "json"])

    assert done.exit_code == 1
    assert '"findings"' in done.stdout


def mappings(node):
    """Yield the paths of the mappings in *node* that have something in them."""
    for path in paths(node):
        here = node
        for step in path:
            here = here[step]
        if isinstance(here, dict) and here:
            yield path, here


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_field_is_dropped_unseen(data, tmp_path_factory):
    body = data.draw(st.sampled_from(WHOLE))
    path, here = data.draw(st.sampled_from(list(mappings(body))))
    folder = tmp_path_factory.mktemp("m")

    found = read(folder, to_yaml([replaced(body, path, {**here, "strange": "7f3a"})]))

    where = (*path, "strange")
    whole = any(loss.path == ("kind",) for loss in found.losses)
    told = any(where[: len(loss.path)] == loss.path for loss in found.losses)
    assert whole or told or "7f3a" in str((found.data, [one.value for one in found.refusals]))
