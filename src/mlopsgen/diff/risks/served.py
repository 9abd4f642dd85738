"""Models that serve something else: another version, or files from another place."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.diff.fields import written
from mlopsgen.diff.risks.pair import Entry, Pair, Risk
from mlopsgen.diff.risks.values import at, mapping, mappings, text, whole

_STORED = "STORAGE_URI"
"""The variable by which a container of our own asks KServe for the files of a model."""

_ROLLOUTS = {
    "": "new pods take over one after the other, each once it is ready",
    "Recreate": "all its pods end before the new ones start",
    "first": "each pod ends before the one that takes its place starts",
}
"""How pods are replaced, by what `gives_way` finds."""


def served(pair: Pair) -> Iterator[Risk]:
    """Yield the models, and canaries, whose requests another model answers from now on."""
    for entry in pair.of("InferenceService"):
        yield from _changed(pair, entry, "what is served", at(entry.old, "spec", "predictor"),
                            at(entry.new, "spec", "predictor"))  # fmt: skip
        canaries = (mappings(each, "spec", "canary") for each in (entry.old, entry.new))
        for old, new in zip(*canaries, strict=False):
            yield from _changed(
                pair, entry, "what its canary serves", at(old, "predictor"), at(new, "predictor")
            )


def gives_way(predictor: object) -> str:
    """Return how pods of *predictor* end before others are ready; "" where none does."""
    strategy = mapping(predictor, "deploymentStrategy")
    if text(strategy, "type") == "Recreate":
        return "Recreate"
    rolling = mapping(strategy, "rollingUpdate")
    surge = at(rolling, "maxSurge")
    return "first" if surge in (0, "0%") and whole(rolling, "maxUnavailable") else ""


def _changed(pair: Pair, entry: Entry, what: str, old: object, new: object) -> Iterator[Risk]:
    was, now = _source(old), _source(new)
    if not was or not now or was == now:
        return
    said = f"{written(was)} -> {written(now)}"
    versions = [pair.versions.get(each.rstrip("/"), ("", "")) for each in (was, now)]
    match versions:
        case [(name, version), (same, other)] if name and name == same and version != other:
            said = f"{name} version {version} -> {other}"
        case [(name, version), (another, other)] if name and another and name != another:
            said = f"{name} version {version} -> {another} version {other}"
    reason = f"{what} changes at the next sync, {said}: {_ROLLOUTS[gives_way(new)]}"
    yield entry.risk("model-changed", "medium", reason)


def _source(predictor: object) -> str:
    """Return where the files of a model are read from; "" where its image has them."""
    found = [text(predictor, "model", "storageUri"), text(predictor, "storageUri")]
    for container in (mapping(predictor, "model"), *mappings(predictor, "containers")):
        found += [
            text(each, "value")
            for each in mappings(container, "env")
            if text(each, "name") == _STORED
        ]
    return next((each for each in found if each), "")
