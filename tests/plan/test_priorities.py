"""Priorities: classes that models ask for, and no others."""

from mlopsgen.plan.priorities import priorities, priority_class
from tests.build import a_plan

MODEL = {"runtime": "sklearn", "source": "s3://acme-models/iris/1"}


def _plan(**levels):
    models = {
        name: {**MODEL, **({"priority": level} if level else {})} for name, level in levels.items()
    }
    return a_plan(models=models)


def test_models_that_say_nothing_have_no_class():
    plan = _plan(iris=None, rose="normal")

    assert priorities(plan) == ()
    assert {priority_class(plan, served) for served in plan.served} == {""}


def test_a_class_is_there_once_and_comes_from_the_first_model_that_asks_for_it():
    plan = _plan(iris="low", rose="low")

    [low] = priorities(plan)
    assert low.origin == ("models", "iris", "priority")
    assert {priority_class(plan, served) for served in plan.served} == {low.name}


def test_only_pods_of_high_priority_take_the_place_of_others():
    high, low = priorities(_plan(iris="low", rose="high"))

    assert (high.value, high.preemption) == (100_000, "PreemptLowerPriority")
    assert (low.value, low.preemption) == (-100, "Never")
    assert high.value < 1_000_000_000, "above it is Kubernetes' own"


def test_classes_are_named_after_the_platform_since_the_cluster_may_have_others():
    plan = _plan(iris="high")

    [high] = priorities(plan)
    assert high.name == f"{plan.platform.name}-high"
