from graphlib import CycleError, TopologicalSorter

from hypothesis import given, settings
from hypothesis import strategies as st

from mlopsgen.check.graph import earlier
from mlopsgen.spec import Pipeline
from tests.check.platforms import a_step, found, only, running

NAMES = "abcdef"
GRAPHS = st.dictionaries(
    st.sampled_from(NAMES), st.lists(st.sampled_from(NAMES), max_size=3), min_size=1
)


def _steps(graph):
    return {
        name: a_step(after=[one for one in after if one in graph]) for name, after in graph.items()
    }


def test_a_diamond_is_no_cycle():
    graph = {"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c"]}

    assert found(running(_steps(graph))) == []


def test_a_step_that_waits_for_itself_is_told_so():
    finding = only(running({"fit": a_step(after=["fit"])}))

    assert finding.message == "`pipelines.train.steps.fit.after[0]` is `fit` itself"
    assert finding.fix == "take `fit` out of `after` of `fit`"
    assert finding.related == ()


def test_a_cycle_is_shown_all_the_way_round():
    finding = only(running(_steps({"a": ["b"], "b": ["c"], "c": ["a"]})))

    assert "a -> b -> c -> a" in finding.message
    assert finding.at == ("pipelines", "train", "steps", "c", "after", 0)
    assert [related.message for related in finding.related] == [
        "`a` waits for `b`",
        "`b` waits for `c`",
    ]


def test_two_cycles_are_two_findings():
    graph = {"a": ["b"], "b": ["a"], "c": ["d"], "d": ["c"]}

    assert len(found(running(_steps(graph)))) == 2


def test_a_chain_longer_than_the_stack_of_python_is_walked():
    length = 3000
    graph = {f"s{number}": [f"s{number - 1}"] if number else [] for number in range(length)}

    assert found(running(_steps(graph))) == []


@settings(max_examples=60, deadline=None)
@given(GRAPHS)
def test_cycles_are_found_where_there_are_some_and_nowhere_else(graph):
    steps = _steps(graph)
    try:
        TopologicalSorter({name: step["after"] for name, step in steps.items()}).prepare()
    except CycleError:
        cyclic = True
    else:
        cyclic = False

    assert bool(found(running(steps))) == cyclic


@settings(max_examples=60, deadline=None)
@given(GRAPHS)
def test_what_is_earlier_is_what_after_leads_to(graph):
    pipeline = Pipeline.model_validate({"steps": _steps(graph)})
    for name in graph:
        known = earlier(pipeline, name)
        near = {one for one in pipeline.steps[name].after if one != name}
        further = set().union(*(pipeline.steps[one].after for one in known), near) - {name}
        assert known == further
