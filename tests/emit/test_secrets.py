from __future__ import annotations

from mlopsgen.emit import secrets
from mlopsgen.resources import TEMPLATES
from mlopsgen.shapes import Shapes
from tests.build import a_plan, reference_plan
from tests.conformance.schemas import faults

SHAPES = Shapes(TEMPLATES)
MODEL = {
    "runtime": "sklearn",
    "source": "s3://acme-models/iris",
    "secrets": {"API_KEY": "aws-sm:acme/iris#key", "API_USER": "aws-sm:acme/iris#user"},
}


def _objects(plan):
    return {
        (one["kind"], one["metadata"]["namespace"], one["metadata"]["name"]): one
        for artifact in secrets.emit(plan, SHAPES)
        for one in artifact.objects
    }


def test_the_reference_secrets_pass_the_schemas_of_the_cluster():
    emitted = _objects(reference_plan())

    assert {key: found for key, one in emitted.items() if (found := faults(one))} == {}
    assert ("ExternalSecret", "mlflow", "mlflow-database") in emitted


def test_a_platform_without_secrets_reads_none():
    assert _objects(a_plan()) == {}


def test_each_key_is_read_from_its_place():
    emitted = _objects(a_plan(models={"iris": MODEL}))

    data = emitted["ExternalSecret", "mlops", "model-iris-secrets"]["spec"]["data"]
    found = [(e["secretKey"], e["remoteRef"]["key"], e["remoteRef"]["property"]) for e in data]
    assert found == [("API_KEY", "acme/iris", "key"), ("API_USER", "acme/iris", "user")]


def test_defaults_in_lists_are_written_out_so_that_argo_cd_sees_no_difference():
    emitted = _objects(a_plan(models={"iris": MODEL}))

    for entry in emitted["ExternalSecret", "mlops", "model-iris-secrets"]["spec"]["data"]:
        defaults = ("conversionStrategy", "decodingStrategy", "metadataPolicy")
        assert [entry["remoteRef"][key] for key in defaults] == ["Default", "None", "None"]


def test_the_store_reads_as_an_account_that_may_read_this_namespace_only():
    plan = a_plan(
        namespaces={"mlops": {}, "search": {}},
        models={"iris": MODEL, "rank": {**MODEL, "namespace": "search"}},
    )

    emitted = _objects(plan)

    for namespace in ("mlops", "search"):
        aws = emitted["SecretStore", namespace, "aws-secrets-manager"]["spec"]["provider"]["aws"]
        account = aws["auth"]["jwt"]["serviceAccountRef"]["name"]
        metadata = emitted["ServiceAccount", namespace, account]["metadata"]
        role = f"arn:aws:iam::111122223333:role/acme-dev-secrets-{namespace}"
        assert aws["region"] == "eu-west-1"
        assert metadata["annotations"] == {"eks.amazonaws.com/role-arn": role}


def test_a_secret_that_nobody_has_filled_yet_keeps_back_only_those_who_use_it():
    paths = {str(artifact.path) for artifact in secrets.emit(reference_plan(), SHAPES)}

    found = {path for path in paths if "/externalsecret-" in path}
    assert found == {
        "apps/models-mlops/externalsecret-model-mistral-7b-secrets.yaml",
        "apps/secrets/externalsecret-mlflow.mlflow-database.yaml",
    }


def test_every_secret_names_a_store_of_its_own_namespace():
    emitted = _objects(reference_plan())

    asked = {
        (one["spec"]["secretStoreRef"]["kind"], namespace, one["spec"]["secretStoreRef"]["name"])
        for (kind, namespace, _), one in emitted.items()
        if kind == "ExternalSecret"
    }
    assert len(asked) == 2
    assert asked <= emitted.keys()


def test_secrets_are_read_as_often_as_the_platform_says():
    emitted = _objects(a_plan(models={"iris": MODEL}, secrets={"refresh": "15m"}))

    secret = emitted["ExternalSecret", "mlops", "model-iris-secrets"]
    assert secret["spec"]["refreshInterval"] == "15m"


def test_files_of_several_namespaces_do_not_meet():
    paths = [artifact.path for artifact in secrets.emit(reference_plan(), SHAPES)]

    assert len(paths) == len(set(paths)) == 6
    assert "apps/secrets/secretstore-mlops.aws-secrets-manager.yaml" in paths
