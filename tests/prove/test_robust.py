"""Whatever is taken out of what was emitted, proofs find it or leave it; none breaks on it."""

import random
from copy import deepcopy
from dataclasses import replace

import pytest

from mlopsgen.prove import prove
from tests.prove.emitting import TFVARS, golden, reference, taken

PLATFORMS = {"reference": reference(), "events": golden("events"), "features": golden("features")}
TRIES = 120


def _routes(node, route=()):
    children = ()
    if isinstance(node, dict):
        children = node.items()
    elif isinstance(node, list):
        children = enumerate(node)
    for key, child in children:
        yield (*route, key)
        yield from _routes(child, (*route, key))


def _spoilt(artifact, chance):
    body = deepcopy(artifact.body)
    document = chance.choice(body) if isinstance(body, tuple) else body
    route = chance.choice(list(_routes(document)))
    taken(*route)(document)
    return replace(artifact, body=body), route


@pytest.mark.parametrize("name", PLATFORMS)
def test_nothing_that_is_left_out_breaks_a_proof(name):
    planned, artifacts = PLATFORMS[name]
    chance = random.Random(name)
    candidates = [at for at, each in enumerate(artifacts) if each.objects or each.path == TFVARS]
    found = 0
    for _ in range(TRIES):
        at = chance.choice(candidates)
        spoilt, route = _spoilt(artifacts[at], chance)
        try:
            found += any(prove(planned, [*artifacts[:at], spoilt, *artifacts[at + 1 :]]))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            pytest.fail(f"{spoilt.path} without {route}: {error!r}")

    assert found >= TRIES // 3
