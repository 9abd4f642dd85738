"""Junk in patches: only findings come of it, and nothing gets past the proofs."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlopsgen.blame import blamed
from mlopsgen.diagnostics import Severity
from mlopsgen.patches import patched
from mlopsgen.patches.writable import WRITABLE, allowed
from mlopsgen.prove import prove
from mlopsgen.prove.admission import admitted
from mlopsgen.serialize import to_yaml
from tests.build import a_platform
from tests.golden import FEATURES
from tests.prove.emitting import golden

CASES = sorted({folder.name for folder in FEATURES} - {"family"})
"""Models that take from a family are read by another way; they become nothing else."""

JUNK = (5, -1, 1.5, True, "", "x" * 300, "\x00", None, [], [None], [[]], [{}], {}, {"a": None})
"""What stands in place of a value; as a key of maps too."""

NESTED = {"a": {"b": [{"c": [{"name": {}}, 5, None]}]}}


def a_patch(kind, merge, **target):
    return a_platform(patches={"x": {"target": {"kind": kind, **target}, "merge": merge}}).patches


def at(field, value):
    """Return a patch that says *value* in *field*; items of lists have the names of ours."""
    for step in reversed(field.split(".")):
        name = step.removesuffix("[]")
        own = {"name": NAMES[name]} if name in NAMES else {}
        value = {name: [{**own, **value}]} if step != name else {name: value}
    return value


NAMES = {"containers": "kserve-container", "templates": "fit"}


@cache
def objects(case):
    _, artifacts = golden(case)
    return [
        (artifact, body)
        for artifact in artifacts
        if artifact.path.startswith("apps/")
        for body in artifact.objects
    ]


@pytest.mark.parametrize("case", CASES)
def test_junk_in_any_field_of_any_object_is_refused_or_changes_nothing(case):
    """Each object, each of its fields and one that it hasn't, each kind of junk."""
    kinds, (_, artifacts) = {}, golden(case)
    for _, body in objects(case):
        kinds.setdefault(body["kind"], body)
    for kind, body in kinds.items():
        name = body["metadata"]["name"]
        for field in ("apiVersion", "kind", "status", "unknown", "data", "rules", *body):
            for junk in (*JUNK, NESTED):
                found = patched(a_patch(kind, {field: junk}, name=name), artifacts)
                codes = {each.code for each in found.findings}
                assert codes <= {"PATCH002", "PATCH004"}
                assert codes or junk in ({}, NESTED), (kind, field, junk)


@pytest.mark.parametrize("kind", sorted(WRITABLE))
def test_junk_in_what_can_be_written_is_found(kind):
    """What admission lets pass goes on to the proofs, and what they find is blamed and written."""
    planned, artifacts = golden("patches")
    versions = planned.platform.cluster.version
    for field in allowed(kind):
        for junk in (*JUNK, NESTED, {"a": "b"}, [{"key": 5, "operator": "Exists"}], ["a", 5]):
            found = patched(a_patch(kind, at(field, junk)), artifacts)
            changed = [
                new for new, old in zip(found.artifacts, artifacts, strict=True) if new is not old
            ]
            if found.findings or list(admitted(changed, versions)):
                continue
            findings = list(blamed(planned, found, list(prove(planned, found.artifacts))))
            assert all(each.at and each.message and each.fix for each in findings)
            for each in changed:
                assert to_yaml(each.objects)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 10**12) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "key", "ip", "a/b", "matchExpressions"]), inner)
    ),
    max_leaves=6,
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_is_written_only_findings_come_of_it(data):
    planned, artifacts = golden("patches")
    rows = {}
    for number in range(data.draw(st.integers(1, 3))):
        kind = data.draw(st.sampled_from(sorted(WRITABLE)))
        field = data.draw(st.sampled_from(allowed(kind)))
        rows[f"p{number}"] = {"target": {"kind": kind}, "merge": at(field, data.draw(VALUES))}
    found = patched(a_platform(patches=rows).patches, artifacts)

    findings = (*found.findings, *blamed(planned, found, list(prove(planned, found.artifacts))))

    assert all(each.severity in Severity for each in findings)
