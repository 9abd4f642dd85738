from mlopsgen.emit import flows
from tests.build import a_plan, reference_plan


def _table(plan):
    [artifact] = flows.emit(plan, None)
    assert artifact.path == "docs/flows.md"
    rows = [line for line in artifact.body.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def test_each_flow_is_a_row_with_what_it_is_for():
    rows = _table(reference_plan())

    assert [
        "`mlops/pipeline-iris-training`",
        "`mlflow/mlflow-server`",
        "5000 (Service 80)",
        "runs and models",
        "`pipelines.iris-training`",
    ] in rows
    assert ["all of `mlops`", "`kube-system/kube-dns`", "53/UDP, 53", "DNS",
            "`namespaces.mlops`"] in rows  # fmt: skip


def test_every_name_of_addresses_has_its_networks_once():
    plan = reference_plan()
    rows = _table(plan)

    named = [row[0] for row in rows if len(row) == 3][2:]
    assert len(named) == len(set(named))
    ends = {row[index] for row in rows if len(row) == 5 for index in (0, 1)} - {"from", "to"}
    assert {end for end in ends if "`" not in end and "-" * 3 not in end} == set(named)


def test_a_platform_without_namespaces_has_nothing_to_review():
    assert list(flows.emit(a_plan(namespaces={}), None)) == []
