"""Fields of the reference platform, and of goldens, changed at random are found by a proof."""

import random

import pytest

from benchmarks import mutation_fields, mutations
from tests.build import ROOT

FLOOR = 0.975
"""Of 400 mutations drawn with the seed below; benchmarks/mutations.py draws others."""

COUNT = 400
GOLDENS = {"pipelines": 0.95, "events": 0.96, "runtimes": 0.96}
"""The least of 200 mutations of each: where there is more that users alone know, more survives."""


@pytest.fixture(scope="module")
def draft():
    return mutations.compiled(ROOT / "platform.yaml", "dev")


def test_changed_fields_are_found(draft):
    done = list(mutations.run(draft, COUNT, seed=6))
    survivors = [str(each) for each in done if not each.codes]

    assert len(done) == COUNT
    assert 1 - len(survivors) / COUNT >= FLOOR, "\n".join(survivors)


@pytest.mark.parametrize(("case", "floor"), GOLDENS.items())
def test_changed_fields_of_goldens_are_found(case, floor):
    file = ROOT / "tests" / "golden" / case / "platform.yaml"
    done = list(mutations.run(mutations.compiled(file, "default"), COUNT // 2, seed=6))
    survivors = [str(each) for each in done if not each.codes]

    assert 1 - len(survivors) / len(done) >= floor, "\n".join(survivors)


def test_most_fields_are_tried(draft):
    """What is left out has a reason each, and is less than half but for dashboards and tests."""
    fields = {site.field for site in mutations.sites(draft.artifacts)}
    fields = {each for each in fields if "json/{}" not in each and "prometheus/" not in each}
    tried = {site.field for site, _, _ in mutations.candidates(draft)}

    assert len(tried & fields) / len(fields) > 0.7
    assert all(len(reason) > 20 for _, _, reason in mutation_fields.EXCLUDED)


def test_a_mutation_changes_one_field_and_nothing_else(draft):
    chance = random.Random(6)
    for site, how, value in chance.sample(mutations.candidates(draft), 50):
        changed = mutations.mutated(draft.artifacts, site, value)
        different = [
            number
            for number, (old, new) in enumerate(zip(draft.artifacts, changed, strict=True))
            if old != new
        ]
        assert different == [site.artifact], (site, how)
