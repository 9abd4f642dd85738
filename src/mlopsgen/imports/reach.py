"""Network policies, by the pods that they select: the originals' and those built of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from mlopsgen import names
from mlopsgen.compiler import Draft
from mlopsgen.diagnostics import Finding, SpecPath
from mlopsgen.imports.manifests import Manifest
from mlopsgen.imports.rules import ASTRAY
from mlopsgen.imports.tree import at, inside, rows, strings
from mlopsgen.prove.network.pods import cast
from mlopsgen.prove.pods import selects

Labels = Mapping[str, str]


def faults(manifests: Iterable[Manifest], draft: Draft, namespace: str) -> Iterator[Finding]:
    """Yield the selectors that match no pod; of namespaces that nothing is known of, none."""
    everything = tuple(manifests)
    policies = [one for one in everything if one.kind == "NetworkPolicy"]
    if draft.plan is None or not policies:
        return
    pods = _pods(everything, draft, namespace)
    for one in policies:
        there = pods.get(one.namespace or namespace)
        if there is None:
            continue
        for path in _selectors(one):
            labels = strings(one.body, *path, "matchLabels")
            found = any(selects({"matchLabels": labels}, each) for each in there)
            if labels and not found and at(one.body, *path, "matchExpressions") is None:
                yield _astray(one, path, labels)


def _pods(manifests: Iterable[Manifest], draft: Draft, namespace: str) -> dict[str, list[Labels]]:
    """Return the labels of pods by namespace, those of models that were refused among them."""
    found: dict[str, list[Labels]] = {}
    if draft.plan is not None:
        for group in cast(draft.plan, draft.artifacts).groups:
            if group.kind != "pods":
                found.setdefault(group.namespace, []).append(group.labels)
    for one in manifests:
        if one.kind == "InferenceService":
            labels = {
                **strings(one.body, "metadata", "labels"),
                names.INFERENCE_SERVICE_LABEL: one.name,
                names.APP_LABEL: names.predictor_app(one.name),
            }
            found.setdefault(one.namespace or namespace, []).append(labels)
    return found


def _selectors(one: Manifest) -> Iterator[SpecPath]:
    """Yield where *one* selects pods of its own namespace."""
    yield ("spec", "podSelector")
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        for index, row in rows(one.body, "spec", direction):
            for number, peer in rows(row, peers):
                if "namespaceSelector" not in peer and inside(peer, "podSelector"):
                    yield ("spec", direction, index, peers, number, "podSelector")


def _astray(one: Manifest, path: SpecPath, labels: Labels) -> Finding:
    listed = ", ".join(f"`{key}={value}`" for key, value in sorted(labels.items()))
    fix = "leave the policy out: mlopsgen writes those that are needed"
    if labels.get(names.INFERENCE_SERVICE_LABEL) == "true":
        listed += ", which KServe sets to the name of the service"
    said = f"{one.title} selects no pod by {listed}"
    return ASTRAY.at(one.place((*path, "matchLabels")), said, fix=fix)
