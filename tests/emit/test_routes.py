import pytest

from mlopsgen.emit import network, routes
from mlopsgen.prove import schemas
from mlopsgen.resources import TEMPLATES
from mlopsgen.shapes import Shapes
from tests.build import a_plan
from tests.conformance.schemas import faults

SHAPES = Shapes(TEMPLATES)
WEB = {"namespace": "ingress", "pods": {"namespace": "proxies", "labels": {"proxy": "web"}}}
HEADER = {"name": "X-Canary", "value": "always"}
IRIS = {
    "runtime": "sklearn",
    "source": "s3://acme-models/iris",
    "exposure": {"gateway": "web", "host": "iris.example.com"},
}
CHAT = {
    "runtime": "vllm",
    "source": "hf://acme/chat",
    "vllm": {"maxModelLen": 4096},
    "gpus": 1,
    "exposure": {"gateway": "web", "host": "chat.example.com"},
}


def _canary(weight, **keys):
    return {"source": "s3://acme-models/iris-2", "weight": weight, **keys}


def _plan(model, gateway=WEB, **sections):
    return a_plan(models={"iris": model}, gateways={"web": gateway}, **sections)


def _route(model, gateway=WEB):
    [artifact] = routes.emit(_plan(model, gateway), SHAPES)
    [document] = artifact.objects
    return document


def _weights(rule):
    return {each["name"]: each["weight"] for each in rule["backendRefs"]}


def test_a_model_behind_a_gateway_has_a_route_to_its_service():
    [artifact] = routes.emit(_plan(IRIS), SHAPES)
    [document] = artifact.objects

    assert artifact.path == "apps/models-mlops/httproute-iris.yaml"
    assert document["spec"]["hostnames"] == ["iris.example.com"]
    [parent] = document["spec"]["parentRefs"]
    assert (parent["name"], parent["namespace"]) == ("web", "ingress")
    assert "sectionName" not in parent
    [rule] = document["spec"]["rules"]
    assert _weights(rule) == {"iris-predictor": 100}
    assert rule["backendRefs"][0]["port"] == 80
    assert "timeouts" not in rule


@pytest.mark.parametrize(
    "exposure", [None, {"alb": "internal", "host": "iris.example.com"}], ids=["none", "alb"]
)
def test_a_model_that_is_not_behind_a_gateway_has_no_route(exposure):
    assert list(routes.emit(_plan({**IRIS, "exposure": exposure}), SHAPES)) == []


def test_a_listener_is_named_where_it_is_declared():
    [parent] = _route(IRIS, {**WEB, "listener": "https"})["spec"]["parentRefs"]

    assert parent["sectionName"] == "https"


@pytest.mark.parametrize("weight", [0, 10, 100])
def test_requests_are_split_by_weight(weight):
    [rule] = _route({**IRIS, "canary": _canary(weight)})["spec"]["rules"]

    assert _weights(rule) == {"iris-predictor": 100 - weight, "iris-canary-predictor": weight}


def test_requests_with_the_header_go_to_the_canary_whatever_the_weight():
    first, second = _route({**IRIS, "canary": _canary(0, header=HEADER)})["spec"]["rules"]

    [match] = first["matches"]
    assert match["headers"] == [{"type": "Exact", **HEADER}]
    assert _weights(first) == {"iris-canary-predictor": 100}
    assert _weights(second) == {"iris-predictor": 100, "iris-canary-predictor": 0}


def test_a_stopped_model_sends_nothing_to_its_canary():
    stopped = {**IRIS, "canary": _canary(50, header=HEADER), "stopped": True}
    [rule] = _route(stopped)["spec"]["rules"]

    assert _weights(rule) == {"iris-predictor": 100}


def test_every_rule_of_a_language_model_gives_it_time_to_answer():
    canary = {"source": "hf://acme/chat-2", "weight": 10, "header": HEADER}
    rules = _route({**CHAT, "canary": canary})["spec"]["rules"]

    assert [rule["timeouts"] for rule in rules] == [{"request": "10m"}] * 2


@pytest.mark.parametrize("model", [IRIS, CHAT, {**IRIS, "canary": _canary(5, header=HEADER)}])
def test_routes_pass_their_contract_and_the_real_schema(model):
    document = _route(model, {**WEB, "listener": "https"})

    assert schemas.contract(document["apiVersion"], document["kind"]).is_valid(document)
    assert faults(document) == []


def test_only_the_pods_of_the_gateway_may_ask_the_model():
    found = {
        document["metadata"]["name"]: document["spec"]
        for artifact in network.emit(_plan({**IRIS, "canary": _canary(5)}), SHAPES)
        for document in artifact.objects
        if document["metadata"]["name"].startswith("model-")
    }

    peer = {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "proxies"}},
        "podSelector": {"matchLabels": {"proxy": "web"}},
    }
    rule = {"from": [peer], "ports": [{"port": 8080, "protocol": "TCP"}]}
    assert {name: spec["ingress"] for name, spec in found.items()} == {
        "model-iris": [rule],
        "model-iris-canary": [rule],
    }


def test_the_namespace_of_the_gateway_gets_no_policies_of_ours():
    spaces = {
        document["metadata"]["namespace"]
        for artifact in network.emit(_plan(IRIS), SHAPES)
        for document in artifact.objects
    }

    assert spaces == {"mlops"}


def test_a_transformer_takes_the_requests_of_the_gateway():
    model = {**IRIS, "transformer": {"image": "ghcr.io/acme/front:1.0.0", "port": 8090}}

    [rule] = _route(model)["spec"]["rules"]
    flows = [each for each in _plan(model).flows if each.source.name == "gateway-web"]

    assert _weights(rule) == {"iris-transformer": 100}
    assert [port.number for flow in flows for port in flow.ports] == [8090]
