"""Whatever passes the rules compiles, and passes the platform's own proofs and the real schemas."""

import json

import promql_parser
import yaml
from hypothesis import HealthCheck, event, given, settings

from mlopsgen.compiler import compile_platform
from tests.combinations import platforms
from tests.conformance import schemas


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(platform=platforms())
def test_what_passes_the_rules_passes_the_proofs(platform, tmp_path_factory):
    file = tmp_path_factory.mktemp("any") / "platform.yaml"
    file.write_text(json.dumps(platform, ensure_ascii=False), encoding="utf-8")

    compilation = compile_platform(file)

    found = [item.finding for item in compilation.findings]
    assert [each.message for each in found if each.code.startswith("ADMIT")] == []
    event(f"compiles: {compilation.ok}")
    if compilation.ok:
        assert compilation.trees == compile_platform(file).trees
        for tree in compilation.trees.values():
            assert len(tree) > 50
            for document in _objects(tree):
                assert _refused(document) == []
                for expr in _exprs(document):
                    promql_parser.parse(expr)


def _objects(tree):
    """Yield the Kubernetes objects among the files of *tree*."""
    for file in tree:
        if file.path.startswith(("apps/", "argocd/")) and file.path.endswith(".yaml"):
            yield from yaml.load_all(file.data, yaml.CSafeLoader)


def _refused(document):
    """Return what the API server has against *document*, where the schemas of CRDs are there."""
    known = schemas.CRDS.is_dir() or "." not in document["apiVersion"]
    return [fault for each in _at_hand(document) for fault in schemas.faults(each)] if known else []


def _at_hand(document):
    """Yield *document* as the schemas at hand know it: that of KServe has no `spec.canary` yet.

    There a predictor has no name of its own; the rest of a canary is a predictor like any other.
    """
    spec = document.get("spec", {})
    if document["kind"] != "InferenceService" or "canary" not in spec:
        yield document
        return
    for entry in (spec, *spec["canary"]):
        predictor = {key: value for key, value in entry["predictor"].items() if key != "name"}
        yield {**document, "spec": {"predictor": predictor}}


def _exprs(value):
    """Yield the PromQL in *value*: of rules, dashboards and autoscalers."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "templating":  # Grafana's own words; the proof of metrics reads them
                continue
            if key in ("expr", "query") and isinstance(inner, str):
                yield inner
            elif key.endswith(".json"):
                yield from _exprs(json.loads(inner))
            else:
                yield from _exprs(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _exprs(inner)
