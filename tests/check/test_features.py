import pytest

from mlopsgen.diagnostics import Severity
from tests.check.platforms import (
    EVERYTHING,
    a_balancer,
    a_model,
    a_platform,
    a_step,
    codes,
    found,
    only,
)

FEAST = {name: {} for name in EVERYTHING} | {"feast": {}}
DEFINED = {"features": "apply", "steps": {"define": a_step()}}


def _stored(pipelines=None, **sections):
    """Return a platform with a feature store, which one pipeline defines."""
    defined = {"define": DEFINED, **(pipelines or {})}
    return a_platform(components=FEAST, pipelines=defined, **sections)


def test_a_store_that_somebody_defines_and_others_read_is_right():
    reads = {"features": "read", "steps": {"fit": a_step()}}

    assert found(_stored({"train": reads, "score": reads})) == []


@pytest.mark.parametrize("access", ["read", "materialize", "apply"])
def test_a_pipeline_that_works_with_features_needs_the_store(access):
    pipelines = {"train": {"features": access, "steps": {"fit": a_step()}}}

    finding = only(a_platform(pipelines=pipelines))

    assert finding.code == "NEED001"
    assert finding.at == ("pipelines", "train", "features")
    assert finding.fix == "add `feast: {}` under `components`"


def test_a_transformer_that_asks_for_features_needs_the_store():
    front = {"image": "ghcr.io/acme/front:1.0.0", "features": True}
    models = {"iris": a_model(transformer=front, exposure=a_balancer())}

    finding = only(a_platform(models=models))

    assert finding.code == "NEED001"
    assert finding.at == ("models", "iris", "transformer", "features")
    assert found(_stored(models=models)) == []


def test_a_store_needs_a_bucket():
    document = a_platform(components={"feast": {}, "karpenter": {}})
    del document["storage"]

    assert codes(document) == ["NEED002", "FEAT003"]


def test_a_version_without_facts_is_refused():
    document = _stored() | {"components": FEAST | {"feast": {"version": "0.65.0"}}}

    finding = only(document)

    assert finding.code == "NEED003"
    assert finding.fix == "write `0.66.0`"


def test_a_server_that_no_instance_holds_is_refused():
    huge = {"feast": {"resources": {"cpu": 64, "memory": "1Gi"}}}

    finding = only(_stored() | {"components": FEAST | huge})

    assert finding.code == "FIT002"
    assert finding.at == ("components", "feast", "resources", "cpu")


BESIDE = ["/etc/feast", "/etc/feast/x", "/etc/feast/x/y", "/etc/./feast/x", "/etc/a/../feast"]
"""Paths in the folder of Feast's configuration."""


@pytest.mark.parametrize("path", BESIDE)
@pytest.mark.parametrize("keys", [{"outputParameters": "report"}, {"volumes": None}])
def test_what_lies_beside_the_configuration_is_refused(keys, path):
    [(key, name)] = keys.items()
    value = {path: {"size": "1Gi"}} if name is None else {name: path}
    step = a_step(**{key: value})

    codes = [
        each.code
        for each in found(
            a_platform(components=FEAST, pipelines={"define": DEFINED | {"steps": {"a": step}}})
        )
    ]
    assert "FEAT001" in codes


@pytest.mark.parametrize("path", ["/srv/feasts/x", "/out/x", "/out/etc/feast/x"])
def test_an_output_elsewhere_is_not(path):
    step = a_step(outputParameters={"report": path})

    assert found(_stored({"b": {"features": "read", "steps": {"a": step}}})) == []


def test_a_pipeline_without_features_may_write_there():
    step = a_step(outputParameters={"report": "/etc/feast/x"})

    assert found(_stored({"other": {"steps": {"a": step}}})) == []


def test_writers_that_wait_for_each_other_are_as_good_as_one():
    fills = {"features": "materialize", "mutex": "registry", "steps": {"fill": a_step()}}
    both = {"define": DEFINED | {"mutex": "registry"}, "fill": fills}

    assert found(a_platform(components=FEAST, pipelines=both)) == []


def test_two_writers_of_the_registry_are_a_warning():
    fills = {"features": "materialize", "steps": {"fill": a_step()}}

    finding = only(_stored({"fill": fills}))

    assert (finding.code, finding.severity) == ("FEAT002", Severity.WARNING)
    assert finding.at == ("pipelines", "fill", "features")
    assert [each.at for each in finding.related] == [("pipelines", "define", "features")]


@pytest.mark.parametrize(("concurrency", "expected"), [("Allow", ["FEAT002"]), ("Replace", [])])
def test_runs_of_a_writer_may_not_overlap(concurrency, expected):
    schedule = {"cron": "0 4 * * *", "concurrency": concurrency}

    assert (
        codes(a_platform(components=FEAST, pipelines={"a": DEFINED | {"schedule": schedule}}))
        == expected
    )


def test_features_that_nobody_defines_are_a_warning():
    finding = only(a_platform(components=FEAST))

    assert (finding.code, finding.severity) == ("FEAT003", Severity.WARNING)
    assert finding.fix == "write `features: apply` in the pipeline that runs `feast apply`"


def test_the_pipeline_that_writes_already_is_named():
    pipelines = {"fill": {"features": "materialize", "steps": {"fill": a_step()}}}

    finding = only(a_platform(components=FEAST, pipelines=pipelines))

    assert finding.fix == "write `features: apply` in `pipelines.fill`"


@pytest.mark.parametrize(
    ("threshold", "expected"), [("3h", []), ("90m", []), (7200, []), ("5%", ["ALERT003"])]
)
def test_the_age_of_features_is_a_duration(threshold, expected):
    tuned = {"builtin": ["FeaturesStale"], "tune": {"FeaturesStale": {"threshold": threshold}}}

    assert codes(_stored(alerts=tuned)) == expected


@pytest.mark.parametrize("alert", ["FeatureServerDown", "FeaturesStale"])
def test_alerts_on_features_need_the_store(alert):
    assert only(a_platform(alerts={"builtin": [alert]})).code == "NEED001"


def test_nobody_else_is_in_the_namespace_of_the_server():
    namespaces = {"mlops": {}, "feast": {"quota": {"pods": 1}}}

    finding = only(_stored(namespaces=namespaces))

    assert finding.code == "FEAT004"
    assert finding.at == ("namespaces", "feast")
    assert found(a_platform(namespaces=namespaces)) == []
