"""The table of other tools' keys stays true while the spec changes."""

import pytest

from mlopsgen.spec.route import fields
from mlopsgen.spec.synonyms import SYNONYMS


@pytest.mark.parametrize("synonym", SYNONYMS, ids=lambda one: f"{one.owner.__name__}-{one.word}")
def test_a_synonym_leads_to_a_key_and_is_none_itself(synonym):
    owner = synonym.owner
    assert synonym.word not in fields(owner)
    for step in synonym.here.split("."):
        asked = fields(owner).get(step)
        assert asked is not None
        owner = asked.model


def test_no_synonym_is_told_twice():
    pairs = [(one.owner, one.word) for one in SYNONYMS]

    assert len(pairs) == len(set(pairs))
