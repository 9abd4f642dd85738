import pytest

from mlopsgen.check.checked import Checked
from mlopsgen.check.naming import Made, made_names
from mlopsgen.lock import Lock
from mlopsgen.spec import Platform
from tests.check.platforms import (
    a_balancer,
    a_model,
    a_platform,
    a_public_balancer,
    a_step,
    codes,
    found,
    only,
    running,
    serving,
)

SECRETS = {"TOKEN": "aws-sm:acme/token#token"}
CANARY = {"source": "hf://acme/iris-2", "weight": 10}
CRON = {"cron": "0 4 * * *"}


def _model(**keys):
    """Return a model that needs no IAM role, so that only KServe's limits hold."""
    return a_model(source="hf://acme/iris", **keys)


def _named(name, **keys):
    return a_platform(models={name: _model(**keys)})


def _canary(**keys):
    return _model(canary=CANARY, exposure=a_balancer(), **keys)


def test_the_suffix_of_the_predictor_is_counted():
    short = {"namespaces": {"ml": {}}}
    assert found(_named("m" * 48, namespace="ml") | short) == []
    finding = only(_named("m" * 49, namespace="ml") | short)

    assert finding.at == ("models", "m" * 49)
    assert finding.on_key
    assert f"becomes the label value `isvc.{'m' * 49}-predictor`" in finding.message
    assert "with 64 characters; 63 are allowed" in finding.message
    assert finding.fix == f"shorten `{'m' * 49}` by 1 character"


def test_the_suffix_of_the_canary_is_counted_as_well():
    assert found(a_platform(models={"m" * 40: _canary()})) == []
    assert only(a_platform(models={"m" * 41: _canary()})).fix.endswith("by 1 character")


def test_the_host_label_has_the_deployment_and_the_namespace_in_it():
    """<model>-predictor-<namespace>, of 63 characters."""
    space = "n" * 30
    document = {"namespaces": {space: {}}}

    assert found(_named("m" * 22, namespace=space) | document) == []
    finding = only(_named("m" * 24, namespace=space) | document)
    assert f"becomes the host label `{'m' * 24}-predictor-{space}`" in finding.message
    assert finding.fix.endswith("by 2 characters")


def test_only_the_worst_name_is_told():
    space = "n" * 50
    finding = only(_named("m" * 60, namespace=space) | {"namespaces": {space: {}}})

    assert "with 121 characters" in finding.message


def test_the_role_of_a_model_has_platform_and_environment_in_it():
    """acme-production-model- has 22 characters of 64."""
    name = "m" * 42
    document = a_platform(models={name: a_model()})

    assert found(document, "production") == []
    finding = only(a_platform(models={f"{name}m": a_model()}), "production")
    assert f"the IAM role `acme-production-model-{name}m` with 65 characters" in finding.message


def test_the_namespace_of_models_is_part_of_an_application():
    space = "n" * 57
    _, finding = found(_named("m", namespace=space) | {"namespaces": {space: {}}})

    assert finding.at == ("namespaces", space)
    assert f"the Argo CD Application `models-{space}` with 64 characters" in finding.message


def test_the_last_share_of_the_models_is_part_of_an_application():
    space = "n" * 54
    spaces = {space: {"applications": 11}}
    _, finding = found(_named("m", namespace=space) | {"namespaces": spaces})

    assert finding.at == ("namespaces", space)
    assert f"the Argo CD Application `models-{space}.10` with 64 characters" in finding.message


def test_the_name_of_a_managed_pool_begins_the_name_of_a_role():
    pools = {"p" * 23: {"kind": "managed", "instanceTypes": ["m5.large"], "min": 1, "max": 2}}
    finding = only(a_platform(nodePools=pools))

    assert finding.at == ("nodePools", "p" * 23)
    assert "with 39 characters; 38 are allowed" in finding.message


def test_a_model_that_reads_nothing_in_aws_has_no_role():
    assert found(_named("m" * 47), "production") == []


def test_scheduled_pipelines_become_cron_workflows_with_their_own_limit():
    """The role of a pipeline is stricter today; neither limit may be forgotten for the other."""
    pipelines = {
        "nightly": {"steps": {"fit": a_step()}, "schedule": CRON},
        "manual": {"steps": {"fit": a_step()}},
    }
    platform = Platform.model_validate(a_platform(pipelines=pipelines))
    made = dict(made_names(Checked(platform, "dev", Lock())))

    assert Made("CronWorkflow", "nightly", 52) in made["pipelines", "nightly"]
    assert [each.kind for each in made["pipelines", "manual"]] == ["IAM role"]


def test_the_role_of_a_pipeline_is_counted():
    finding = only(a_platform(pipelines={"p" * 50: {"steps": {"fit": a_step()}}}), "dev")

    assert "the IAM role `acme-dev-pipeline-" in finding.message


@pytest.mark.parametrize("what", ["models", "pipelines"])
def test_the_role_that_reads_secrets_is_counted(what):
    space = "n" * 50
    inside = {"namespace": space}
    owners = {
        "models": {"iris": _model(secrets=SECRETS, namespace="mlops")},
        "pipelines": {"train": {"steps": {"fit": a_step(secrets=SECRETS)}} | inside},
    }
    if what == "models":
        # Another model, since with this namespace its own host label would be too long.
        owners = {"models": {"i": _model(secrets=SECRETS, namespace=space)}}
    document = a_platform(**owners, namespaces={"mlops": {}, space: {}})
    finding = only(document, "development")

    assert finding.at == ("namespaces", space)
    assert "the IAM role `acme-development-secrets-" in finding.message


def test_a_model_is_not_named_like_the_canary_of_another():
    document = serving(iris=_canary(), iris_canary=_model())
    finding = only(document)

    assert finding.code == "NAME002"
    assert finding.at == ("models", "iris", "canary")
    assert finding.related[0].at == ("models", "iris-canary")
    assert "both become the InferenceService `iris-canary` in `mlops`" in finding.message


def test_in_another_namespace_it_may_be():
    document = serving(iris=_canary(), iris_canary=_model(namespace="other"))

    assert found(document | {"namespaces": {"mlops": {}, "other": {}}}) == []


def test_two_models_may_not_share_a_host_label():
    models = {"a-b": _model(namespace="c"), "a": _model(namespace="b-c")}
    document = a_platform(models=models, namespaces={"c": {}, "b-c": {}})

    assert "both become the host label `a-b-c`" in only(document).message


def test_two_steps_may_not_share_a_secret():
    pipelines = {
        "a": {"steps": {"b-c": a_step(secrets=SECRETS)}},
        "a-b": {"steps": {"c": a_step(secrets=SECRETS)}},
    }

    assert (
        "the Secret `pipeline-a-b-c-secrets` in `mlops`"
        in only(a_platform(pipelines=pipelines)).message
    )
    del pipelines["a"]["steps"]["b-c"]["secrets"]
    assert found(a_platform(pipelines=pipelines)) == []


def test_a_host_leads_to_one_place():
    balancer = a_public_balancer(host="ml.example.com")
    document = a_platform(
        models={"iris": _model(exposure=a_balancer(host="ml.example.com"))},
        exposure={"mlflow": balancer, "argocd": balancer},
    )

    assert codes(document) == ["NAME003", "NAME003"]
    assert found(a_platform(exposure={"mlflow": balancer})) == []


def test_environments_have_at_most_twelve_characters():
    assert found(a_platform(), "twelve-chars") == []
    finding = only(a_platform(), "development-eu")

    assert finding.at == ("environments", "development-eu")
    assert finding.fix == "rename it, for example to `development`"


def test_a_long_environment_is_not_told_again_for_every_role():
    document = a_platform(models={"m" * 45: a_model()})

    assert codes(document, "e" * 30) == ["NAME004"]


@pytest.mark.parametrize("name", ["default", "kube-system", "kube-public"])
def test_namespaces_of_the_cluster_are_not_for_models(name):
    assert codes(a_platform(namespaces={name: {}})) == ["NAME005"]


def test_names_that_only_begin_alike_are_fine():
    assert found(a_platform(namespaces={"kubeflow": {}, "defaults": {}})) == []
    assert found(running({"fit": a_step()})) == []
