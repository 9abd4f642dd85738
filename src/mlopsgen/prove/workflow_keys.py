"""Workflows: keys that are made in a run are legal, and no two things are kept under one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mlopsgen.diagnostics import Finding, Rule
from mlopsgen.prove.emitted import Named, Objects
from mlopsgen.prove.workflow_scope import fans_out
from mlopsgen.prove.workflow_tags import tags, without_tags
from mlopsgen.prove.workflow_walk import tasks_of
from mlopsgen.spec.said import quoted

SHARED = Rule(
    "ARGO003",
    "no two outputs of a workflow are kept under one key",
    "The step that ends last replaces what the other one left in the bucket, and a step behind"
    " them reads the wrong file.",
)
ILLEGAL = Rule(
    "ARGO004",
    "the key of a memoized step is legal whatever its parameters are",
    "The key becomes one of a ConfigMap. The controller takes letters, digits and dashes only; a"
    " step whose key has anything else ends in an error before it starts.",
)
RULES = (SHARED, ILLEGAL)

_LEGAL = re.compile(r"[a-zA-Z0-9][-a-zA-Z0-9]*")
"""argo-workflows 3.7.4 workflow/controller/cache/cache.go."""

_HASHES = {"sprig.sha1sum(": 40, "sprig.sha256sum(": 64, "sprig.sha512sum(": 128}
"""Functions whose results are letters and digits, and as many of them."""

_LONGEST = 253
"""Kubernetes: the longest key of a ConfigMap."""

_EACH_RUN = re.compile(r"workflow\.(name|uid)|pod\.name|node\.name")
_EACH_POD = re.compile(r"pod\.name|node\.name|item|inputs\.parameters")


def keyed(objects: Objects) -> Iterator[Finding]:
    """Yield the keys of workflows among *objects* that are shared, or can become illegal."""
    first: dict[tuple[str, str], str] = {}
    for each in objects.of("WorkflowTemplate"):
        spec = each.body["spec"]
        many = _fanned(spec)
        for template in spec.get("templates", ()):
            for at, key in _outputs(template):
                yield from _shared(each, at, key, first, many=template["name"] in many)
            if "memoize" in template:
                yield from _illegal(each, template)


def _fanned(spec: Mapping[str, Any]) -> frozenset[str]:
    """Return the templates that run more than once in a run of *spec*."""
    found: list[str] = []
    for template in spec.get("templates", ()):
        tasks = [each for each in tasks_of(template).values() if "template" in each]
        names = [each["template"] for each in tasks]
        found += (name for name in names if names.count(name) > 1)
        found += (each["template"] for each in tasks if fans_out(each))
    return frozenset(found)


def _outputs(template: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for each in template.get("outputs", {}).get("artifacts", ()):
        if key := each.get("s3", {}).get("key"):
            yield f"output `{each['name']}` of `{template['name']}`", key


def _shared(
    owner: Named, at: str, key: str, first: dict[tuple[str, str], str], *, many: bool
) -> Iterator[Finding]:
    place = (owner.namespace, key)
    told = f"{owner.subject}: {at} is kept under {quoted(key)}"
    filled = " ".join(tags(key))
    if place in first:
        message = f"{told}, and so is {first[place]}"
        yield SHARED.at(owner.origin, message, fix="put the name of the output into its key")
    elif not _EACH_RUN.search(filled):
        message = f"{told}, the same in every run"
        yield SHARED.at(owner.origin, message, fix="put `{{workflow.name}}` into the key")
    elif many and not _EACH_POD.search(filled):
        message = f"{told}, the same for each of its items"
        yield SHARED.at(owner.origin, message, fix="put `{{pod.name}}` into the key")
    first.setdefault(place, at)


def _illegal(owner: Named, template: Mapping[str, Any]) -> Iterator[Finding]:
    key = template["memoize"].get("key", "")
    told = f"{owner.subject}: the key of `{template['name']}` is {quoted(key)}"
    hashes = [_hash(tag) for tag in tags(key)]
    longest = len(without_tags(key)) + sum(each - 1 for each in hashes)
    if 0 in hashes:
        yield ILLEGAL.at(
            owner.origin,
            f"{told}, with a value in it as it is",
            fix="put a hash of the value there, with `{{=sprig.sha256sum(...)}}`",
        )
    elif not _LEGAL.fullmatch(without_tags(key)):
        message = f"{told}; letters, digits and dashes are allowed"
        yield ILLEGAL.at(owner.origin, message, fix="take the other characters away")
    elif longest > _LONGEST:
        message = f"{told}, which grows to {longest} characters; {_LONGEST} are allowed"
        yield ILLEGAL.at(owner.origin, message, fix=f"shorten it by {longest - _LONGEST}")


def _hash(tag: str) -> int:
    """Return how many characters the hash in *tag* has, nothing where it is no hash."""
    found = (length for start, length in _HASHES.items() if tag.startswith(f"={start}"))
    return next(found, 0)
