from mlopsgen.emit import docs
from mlopsgen.resources import TEMPLATES
from mlopsgen.shapes import Shapes
from tests.build import a_plan, reference_plan
from tests.prove.emitting import golden

MODEL = {"runtime": "sklearn", "source": "s3://acme-models/iris", "namespace": "mlops"}


def _text(planned):
    [artifact] = docs.emit(planned, Shapes(TEMPLATES))
    assert artifact.path == "docs/access.md"
    return artifact.body


def _rows(text, title):
    """Return the rows of a section, without its heads."""
    section = text.partition(f"## {title}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def _named(planned, resource):
    """Return *resource* with the folder of a version by the name that platform.yaml has for it."""
    for one in planned.served:
        sources = planned.platform.models[one.model].sources()
        written = sources[("canary", "source") if one.canary else ("source",)]
        if written.startswith("models:/"):
            folder = one.source.partition("://")[2].partition("/")[2]
            resource = resource.replace(folder, f"({written})")
    return resource


def test_every_right_of_every_role_is_a_row():
    planned = reference_plan()
    text = _text(planned)

    told = {
        (row[0].strip(" `"), row[1].strip("`"), row[3].strip("`"))
        for title in ("Models", "Pipelines", "Components", "Readers of secrets")
        for row in _rows(text, title)
    }
    for each in planned.identities:
        for statement in each.statements:
            for resource in statement.resources:
                account = f"{each.namespace}/{each.service_account}"
                named = _named(planned, resource)
                assert (account, each.role, named) in told


def test_a_condition_and_the_key_stand_beside_what_they_are_for():
    text = _text(reference_plan())

    listing = [row for row in _rows(text, "Pipelines") if row[2] == "s3:ListBucket"]
    assert listing[0][4].startswith("s3:prefix is `pipelines/iris-training` or")
    assert "key of `acme-mlops-artifacts-dev`, through S3 only" in text


def test_who_may_write_to_one_place_is_read_from_one_table():
    rows = _rows(_text(reference_plan()), "By resource")

    place = "`arn:aws:s3:::acme-mlops-artifacts-dev/mlflow/*`"
    assert [row[1] for row in rows if row[0].strip() == place] == [
        "`mlflow/mlflow`",
        "`mlops/pipeline-iris-training`",
    ]


def test_models_without_a_role_are_named():
    hub = {**MODEL, "runtime": "huggingface", "source": "hf://acme/iris"}

    text = _text(a_plan(models={"iris": MODEL, "hub": hub}))

    assert "Models that reach nothing in AWS: `hub`.\n" in text


def test_triggers_and_tables_are_there_too():
    assert "sqs:ReceiveMessage" in _rows(_text(golden("events")[0]), "Triggers")[0][2]
    assert "dynamodb:BatchGetItem" in _text(golden("features")[0])


def test_owners_and_accounts_of_the_cluster_are_named():
    rows = _rows(_text(golden("events")[0]), "In the cluster")

    assert ["`training`", "account `argo-events/trigger-report`", "start workflows"] in [
        [cell.strip() for cell in row] for row in rows
    ]


def test_a_platform_without_roles_says_so_by_having_no_tables():
    text = _text(a_plan())

    assert "| --- |" not in text
    assert "## Nodes" in text


def test_a_source_breaks_no_table():
    text = _text(a_plan(models={"iris": {**MODEL, "source": "s3://acme-models/a|b`c"}}))

    [row, *_] = [line for line in text.splitlines() if "s3:GetObject" in line]
    assert r"`` arn:aws:s3:::acme-models/a\|b`c/* ``" in row


def test_what_iam_takes_no_resource_for_says_so():
    zones = {"zones": ["Z0123456789EXAMPLE"]}

    text = _text(a_plan(components={"external-dns": zones}))

    assert [row[2:] for row in _rows(text, "Components")] == [
        [
            "route53:ChangeResourceRecordSets, route53:ListResourceRecordSets",
            "`arn:aws:route53:::hostedzone/Z0123456789EXAMPLE`",
            "",
        ],
        ["route53:ListHostedZones", "`*`", "IAM takes no resource for it"],
    ]
