import pytest

from mlopsgen.diagnostics import Severity
from tests.check.platforms import a_balancer, a_model, found, only, serving


def test_a_family_without_models_is_worth_a_warning():
    finding = only({**serving(iris=a_model()), "families": {"tabular": {}}})

    assert (finding.code, finding.at) == ("FAM002", ("families", "tabular"))
    assert finding.severity is Severity.WARNING


def test_a_family_with_a_model_is_fine():
    document = serving(iris=a_model(family="tabular"))

    assert found({**document, "families": {"tabular": {}}}) == []


@pytest.mark.parametrize(
    ("source", "left", "fix"),
    [
        ("s3://m/{name}/1", "{name}", "write `{model}` in a family, or what `{name}` stands for"),
        ("s3://m/{model}/1", "{model}", "write `s3://m/iris/1`, or move the line to a family"),
        ("models:/{}@x", "{}", "write `{model}` in a family, or what `{}` stands for"),
    ],
)
def test_a_placeholder_that_nothing_fills_in_is_found(source, left, fix):
    findings = found(serving(iris=a_model(source=f"{source}".replace("m/", "acme-models/"))))
    finding = findings[0] if findings[0].code == "FAM003" else findings[1]

    assert finding.message == f"`models.iris.source` has `{left}`, which nothing fills in"
    assert finding.fix == fix.replace("m/", "acme-models/")


def test_the_source_of_a_canary_is_looked_at_too():
    canary = {"source": "s3://acme-models/{version}", "weight": 5}
    finding = only(serving(iris=a_model(canary=canary, exposure=a_balancer())))

    assert finding.at == ("models", "iris", "canary", "source")
