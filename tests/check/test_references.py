import pytest

from mlopsgen.diagnostics import Related
from mlopsgen.lock import Lock, LockedModel
from tests.check.platforms import (
    a_balancer,
    a_model,
    a_platform,
    a_step,
    codes,
    found,
    only,
    running,
    serving,
)


def _locked(*sources, environment="default"):
    entry = LockedModel(version="1", uri="s3://acme-artifacts/mlflow/1")
    return Lock({environment: dict.fromkeys(sources, entry)})


def test_a_pool_that_is_nearly_right_is_named():
    finding = only(serving(iris=a_model(pool="generl")))

    assert finding.at == ("models", "iris", "pool")
    assert finding.fix == "write `general`, or declare `generl` under `nodePools`"
    assert finding.related == (Related(("nodePools", "general"), "`general` is declared here"),)


def test_a_pool_like_no_other_gets_the_list():
    finding = only(serving(iris=a_model(pool="tpu-slices")))

    assert "write one of `general`, `gpu`" in finding.fix
    assert finding.related == (Related(("nodePools",), "they are declared here"),)


def test_a_pool_of_a_step_is_looked_up_too():
    finding = only(running({"fit": a_step(pool="trainig")}))

    assert finding.at == ("pipelines", "train", "steps", "fit", "pool")


def test_with_no_pools_at_all_the_fix_is_to_declare_one():
    document = serving(iris=a_model(pool="general"))
    finding = only(document | {"nodePools": {}})

    assert finding.fix == "declare `general` under `nodePools`"
    assert finding.related == ()


def test_many_namespaces_are_not_all_listed():
    spaces = {f"team-{number}": {} for number in range(30)}
    finding = only(serving(iris=a_model(namespace="zzz")) | {"namespaces": spaces})

    assert "or another of the 30" in finding.fix


def test_a_pipeline_without_its_namespace_is_found_where_it_is_left_out():
    document = running({"fit": a_step()}) | {"namespaces": {"search": {}}}

    assert only(document).at == ("pipelines", "train", "namespace")


def test_an_unknown_step_in_after_is_not_proposed_to_itself():
    finding = only(running({"fit": a_step(after=["fti"])}))

    assert finding.code == "REF003"
    assert finding.fix == "take `fti` away"


def test_an_input_may_come_from_far_before():
    steps = {
        "a": a_step(outputs={"raw": "/out/raw"}),
        "b": a_step(after=["a"]),
        "c": a_step(after=["b"], inputs={"raw": "a.raw"}),
    }

    assert found(running(steps)) == []


@pytest.mark.parametrize(
    ("reference", "message", "fix"),
    [
        ("a1.raw", "names the step `a1`", "write `a.raw`"),
        ("a.rwa", "`a` has no output `rwa`", "write `a.raw`, or add `rwa` to the outputs of `a`"),
        ("c.out", "doesn't come after `c`", "add `c` to `after` of `b`"),
        ("b.out", "doesn't come after `b`", ""),
    ],
)
def test_an_input_that_nothing_earlier_leaves_is_found(reference, message, fix):
    steps = {
        "a": a_step(outputs={"raw": "/out/raw"}),
        "b": a_step(after=["a"], inputs={"in": reference}, outputs={"out": "/out/out"}),
        "c": a_step(outputs={"out": "/out/out"}),
    }
    [finding] = [each for each in found(running(steps)) if each.code == "REF004"]

    assert finding.code == "REF004"
    assert finding.at == ("pipelines", "train", "steps", "b", "inputs", "in")
    assert message in finding.message
    assert fix in finding.fix


def test_a_step_without_outputs_is_asked_to_have_one():
    steps = {"a": a_step(), "b": a_step(after=["a"], inputs={"in": "a.raw"})}

    assert only(running(steps)).fix == "add `raw` to the outputs of `a`"


def test_a_memoize_key_is_a_parameter():
    left = {"outputParameters": {"rows": "/out/rows.txt"}}
    step = a_step(memoize={"key": ["dataset", "date"], "ttl": "1h"}, **left)

    assert found(running({"fit": step}, parameters={"dataset": "a", "date": "b"})) == []
    finding = only(running({"fit": step}, parameters={"dataset": "a"}))
    assert finding.at[-2:] == ("key", 1)
    assert only(running({"fit": a_step(memoize={"key": ["x"], "ttl": "1h"}, **left)})).fix == (
        "add `x` to `parameters` of `train`"
    )


def test_every_alias_is_locked_in_its_own_environment():
    champion, challenger = "models:/iris@champion", "models:/iris@challenger"
    model = a_model(
        source=champion, canary={"source": challenger, "weight": 10}, exposure=a_balancer()
    )
    document = serving(iris=model)

    assert found(document, lock=_locked(champion, challenger)) == []
    assert codes(document, "prod", _locked(champion, challenger)) == ["LOCK002", "LOCK002"]
    finding = only(document, lock=_locked(champion))
    assert finding.at == ("models", "iris", "canary", "source")
    assert f'add `"{challenger}": {{"version": "1"' in finding.fix
    assert "`environments.default.models`" in finding.fix


def test_a_version_in_the_registry_is_locked_too():
    assert codes(serving(iris=a_model(source="models:/iris/7"))) == ["LOCK002"]


def test_files_elsewhere_need_no_lock():
    assert found(a_platform(models={"iris": a_model(source="hf://acme/iris")})) == []
