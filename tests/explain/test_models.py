"""What an entry becomes: files, grants, nodes, and the arithmetic of a GPU."""

import pytest

from mlopsgen.explain.models import accounts
from mlopsgen.explain.project import project
from mlopsgen.facts import hardware, prices
from mlopsgen.prove.gpu_fit import arithmetic
from tests.build import ROOT, reference_plan

FAMILY = ROOT / "tests" / "golden" / "family" / "platform.yaml"


@pytest.fixture(scope="module")
def reference():
    return project(ROOT / "platform.yaml", ["dev", "prod"])


def test_a_language_model_shows_the_arithmetic_of_each_kind_of_gpu(reference):
    [account] = accounts(reference, ("models", "mistral-7b"))
    [version] = account.versions
    [served] = [one for one in reference_plan().served if one.model == "mistral-7b"]
    spelled = {each.type: each.arithmetic for each in version.candidates if each.arithmetic}

    assert account.environments == ("dev", "prod")
    assert {each.pool for each in version.candidates} == {"gpu-workloads"}
    assert spelled == {
        name: arithmetic(served, hardware.instance(name)) for name in ("g5.xlarge", "g6.xlarge")
    }


def test_a_model_that_differs_between_environments_is_told_for_each(reference):
    dev, prod = accounts(reference, ("models", "iris"))

    assert (dev.environments, prod.environments) == (("dev",), ("prod",))
    files = [{each.path.rpartition("/")[2] for each in one.files} for one in (dev, prod)]
    assert {name for name in files[1] - files[0] if "poddisruptionbudget" in name}
    assert [(one.name, one.weight) for one in dev.versions] == [("iris", 90), ("iris-canary", 10)]


def test_the_grants_are_those_of_the_role(reference):
    dev, _ = accounts(reference, ("models", "iris"))
    [identity] = [
        each for each in reference_plan().identities if each.service_account == "model-iris"
    ]

    assert dev.grant.role == identity.role_arn
    assert len(dev.grant.statements) == len(identity.statements) + 1
    assert "kms:Decrypt" in dev.grant.statements[-1]


def test_secrets_are_named_and_a_model_without_grants_has_no_role(reference):
    [account] = accounts(reference, ("models", "mistral-7b"))

    assert account.grant.role == ""
    assert account.grant.secrets == ("HF_TOKEN from aws-sm:mlops/huggingface#token",)


def test_files_are_those_whose_origin_is_the_entry(reference):
    [account] = accounts(reference, ("models", "tinyllama"))
    own = {each.path for each in account.files if not each.shared}

    assert own == {
        "apps/models-mlops/inferenceservice-tinyllama.yaml",
        "apps/models-mlops/serviceaccount-model-tinyllama.yaml",
    }


def test_a_family_becomes_what_its_models_become():
    found = project(FAMILY, [])
    [account] = accounts(found, ("families", "tabular"))
    names = {each.path.rpartition("/")[2] for each in account.files}

    assert {"inferenceservice-churn.yaml", "inferenceservice-fraud.yaml"} <= names


def test_an_entry_that_is_not_there_becomes_nothing(reference):
    assert accounts(reference, ("components", "keda")) == []


def test_an_instance_is_told_with_the_replicas_that_it_holds_and_its_price(reference):
    [account] = accounts(reference, ("models", "mistral-7b"))
    [version] = account.versions
    found = {each.type: (each.replicas, each.usd_per_hour) for each in version.candidates}

    assert found["g5.xlarge"][0] == 1
    assert found["g5.12xlarge"][0] == 4
    assert found["g5.xlarge"][1] == prices.on_demand("g5.xlarge", "eu-west-1").usd
