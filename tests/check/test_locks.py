import pytest

from tests.check.platforms import a_step, codes, only, running


def _platform(steps, semaphores=None, **pipeline):
    document = running(steps)
    document["namespaces"] = {"mlops": {"semaphores": semaphores or {}}}
    [found] = document["pipelines"].values()
    found |= pipeline
    return document


def test_a_semaphore_that_is_nearly_right_is_named():
    finding = only(_platform({"fit": a_step(semaphore="gpus")}, {"gpu": 1}))

    assert finding.at == ("pipelines", "train", "steps", "fit", "semaphore")
    assert finding.fix.startswith("write `gpu`, or declare it: `semaphores: {gpus: 1}`")


def test_a_semaphore_of_a_pipeline_is_looked_up_too():
    finding = only(_platform({"fit": a_step()}, semaphore="runs"))

    assert finding.at == ("pipelines", "train", "semaphore")
    assert finding.fix == "declare it: `semaphores: {runs: 1}` under `namespaces.mlops`"


@pytest.mark.parametrize("kind", ["mutex", "semaphore"])
def test_a_step_never_gets_what_its_pipeline_holds(kind):
    finding = only(_platform({"fit": a_step(**{kind: "x"})}, {"x": 3}, **{kind: "x"}))

    assert finding.code == "SYNC002"
    assert finding.at[-1] == kind


def test_locks_of_different_names_and_kinds_are_fine():
    steps = {"fit": a_step(mutex="a", semaphore="b"), "check": a_step(mutex="b")}

    assert codes(_platform(steps, {"a": 1, "b": 1}, semaphore="a")) == []


def test_a_step_at_the_end_needs_a_name_of_its_own():
    finding = only(_platform({"fit": a_step()}, onExit={"fit": a_step()}))

    assert finding.code == "NAME002"
    assert "both become the template of `train` `fit`" in finding.message


def test_a_step_at_the_end_is_looked_at_like_any_other():
    ends = {"tell": a_step(pool="nowhere", image="acme/tell")}

    assert sorted(codes(_platform({"fit": a_step()}, onExit=ends))) == ["IMG001", "REF001"]
