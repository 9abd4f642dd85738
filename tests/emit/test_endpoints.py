"""Endpoints: every request to one host reaches the model that it names, and no other."""

import json
import re

import pytest

from mlopsgen.emit import endpoints, network
from mlopsgen.plan.balancing import ANNOTATION
from mlopsgen.resources import TEMPLATES
from mlopsgen.shapes import Shapes
from tests.build import a_plan
from tests.conformance.schemas import faults

SHAPES = Shapes(TEMPLATES)
WEB = {"namespace": "ingress", "pods": {"namespace": "proxies", "labels": {"proxy": "web"}}}
HEADER = "X-Gateway-Model-Name"
NEXT = {"source": "hf://acme/chat-2", "weight": 20}
CHOSEN = {**NEXT, "header": {"name": "X-Canary", "value": "always"}}
BALANCER = {"alb": "internal", "host": "llm.example.com"}
GATEWAY = {"gateway": "web", "host": "llm.example.com"}


def llm(**keys):
    return {
        "runtime": "vllm",
        "source": "hf://acme/chat",
        "vllm": {"maxModelLen": 4096},
        "gpus": 1,
        **keys,
    }


def adapted(*names):
    adapters = {name: f"hf://acme/{name}-lora" for name in names}
    return llm(vllm={"maxModelLen": 4096, "lora": {"adapters": adapters}})


def plan(exposure, header=None, **models):
    models = models or {"chat": llm(), "code": llm()}
    endpoint = {"models": list(models), "exposure": exposure}
    endpoint |= {"header": header} if header else {}
    return a_plan(models=models, endpoints={"llm": endpoint}, gateways={"web": WEB})


def document(exposure, header=None, **models):
    [artifact] = endpoints.emit(plan(exposure, header, **models), SHAPES)
    [found] = artifact.objects
    return found


class Balancer:
    """The rules of an Ingress, tried in the order in which the controller makes them."""

    def __init__(self, ingress):
        annotations = ingress["metadata"]["annotations"]
        self.said = {
            key.removeprefix(ANNOTATION): json.loads(text)
            for key, text in annotations.items()
            if text.startswith(("{", '[{"f', '[{"t'))
        }
        [rule] = ingress["spec"]["rules"]
        self.host = rule["host"]
        paths = rule["http"]["paths"]
        exact = [each for each in paths if each["pathType"] == "Exact"]
        prefixes = [each for each in paths if each["pathType"] == "Prefix"]
        self.paths = exact + sorted(prefixes, key=lambda each: -len(each["path"]))

    def ask(self, path, **headers):
        """Return the action for a request, and the path that the pods see."""
        sent = {name.replace("_", "-").lower(): value for name, value in headers.items()}
        for each in self.paths:
            name = each["backend"]["service"]["name"]
            conditions = [c["httpHeaderConfig"] for c in self.said.get(f"conditions.{name}", [])]
            if _matches(each, path) and all(
                sent.get(c["httpHeaderName"].lower()) in c["values"] for c in conditions
            ):
                return self.said[f"actions.{name}"], self._rewritten(name, path)
        return None, path

    def _rewritten(self, name, path):
        for transform in self.said.get(f"transforms.{name}", []):
            [rewrite] = transform["urlRewriteConfig"]["rewrites"]
            path = re.sub(rewrite["regex"], rewrite["replace"].replace("$", "\\"), path)
        return path


def _matches(each, path):
    prefix = each["path"].rstrip("/")
    if each["pathType"] == "Exact":
        return path == prefix
    return path == prefix or path.startswith(f"{prefix}/")


def groups(action):
    return {
        each["serviceName"]: each.get("weight") for each in action["forwardConfig"]["targetGroups"]
    }


@pytest.mark.parametrize("model", ["chat", "code"])
@pytest.mark.parametrize(
    ("asked", "seen"),
    [("/v1/chat/completions", "/v1/chat/completions"), ("/v1/models", "/v1/models"), ("", "/")],
)
def test_a_load_balancer_takes_the_name_of_the_model_off_the_path(model, asked, seen):
    action, path = Balancer(document(BALANCER)).ask(f"/{model}{asked}")

    assert (groups(action), path) == ({f"{model}-predictor": None}, seen)


@pytest.mark.parametrize("path", ["/", "/v1/chat/completions", "/chatty/v1", "/v1/models/x"])
def test_what_names_no_model_reaches_none(path):
    assert Balancer(document(BALANCER)).ask(path) == (None, path)


def test_a_load_balancer_lists_the_models_that_run_and_their_adapters():
    models = {"chat": llm(), "old": llm(stopped=True), "code": adapted("sql")}
    action, _ = Balancer(document(BALANCER, **models)).ask("/v1/models")

    config = action["fixedResponseConfig"]
    listed = json.loads(config["messageBody"])
    assert (config["statusCode"], config["contentType"]) == ("200", "application/json")
    assert listed["object"] == "list"
    assert [each["id"] for each in listed["data"]] == ["chat", "code", "sql"]


def test_a_header_chooses_the_model_and_leaves_the_path_alone():
    balancer = Balancer(document(BALANCER, HEADER, chat=llm(), code=adapted("sql")))

    for name, service in {"chat": "chat", "code": "code", "sql": "code"}.items():
        action, path = balancer.ask("/v1/chat/completions", X_Gateway_Model_Name=name)
        assert (groups(action), path) == ({f"{service}-predictor": None}, "/v1/chat/completions")
    assert balancer.ask("/v1/completions", X_Gateway_Model_Name="other")[0] is None


def test_a_canary_gets_its_share_of_the_model_behind_the_endpoint():
    balancer = Balancer(document(BALANCER, HEADER, chat=llm(canary=CHOSEN), code=llm()))
    shares = {"chat-predictor": 80, "chat-canary-predictor": 20}

    assert groups(balancer.ask("/chat/v1/completions")[0]) == shares
    assert groups(balancer.ask("/v1/completions", X_Gateway_Model_Name="chat")[0]) == shares
    for path, headers in {"/chat/v1/x": {}, "/v1/x": {"X_Gateway_Model_Name": "chat"}}.items():
        action, seen = balancer.ask(path, X_Canary="always", **headers)
        assert (groups(action), seen) == ({"chat-canary-predictor": None}, "/v1/x")
    assert groups(balancer.ask("/code/v1/x", X_Canary="always")[0]) == {"code-predictor": None}


def test_a_stopped_model_is_one_service_that_is_gone():
    balancer = Balancer(document(BALANCER, chat=llm(canary=NEXT, stopped=True), code=llm()))

    assert groups(balancer.ask("/chat/v1/x")[0]) == {"chat-predictor": None}


def test_names_of_annotations_are_short_whatever_models_are_called():
    long = "a" * 40
    found = document(BALANCER, HEADER, **{long: llm(canary=CHOSEN), "code": adapted("b" * 60)})

    names = [key.partition("/")[2] for key in found["metadata"]["annotations"]]
    assert max(len(name) for name in names) <= 63


def rules(header=None, **models):
    return document(GATEWAY, header, **models)["spec"]["rules"]


def shape(rule):
    [match] = rule["matches"]
    headers = {each["name"]: each["value"] for each in match.get("headers", [])}
    weights = {each["name"]: each["weight"] for each in rule["backendRefs"]}
    return match["path"]["value"], headers, weights


def test_a_route_takes_the_name_of_the_model_off_the_path():
    found = rules()

    assert [shape(rule) for rule in found] == [
        ("/chat", {}, {"chat-predictor": 100}),
        ("/code", {}, {"code-predictor": 100}),
    ]
    rewrite = {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/"}
    for rule in found:
        assert rule["filters"] == [{"type": "URLRewrite", "urlRewrite": {"path": rewrite}}]
        assert rule["timeouts"] == {"request": "10m"}


def test_a_route_by_header_leaves_the_path_alone():
    found = rules(HEADER, chat=llm(), code=adapted("sql"))
    by_header = [rule for rule in found if shape(rule)[1]]

    assert [shape(rule) for rule in by_header] == [
        ("/", {HEADER: "chat"}, {"chat-predictor": 100}),
        ("/", {HEADER: "code"}, {"code-predictor": 100}),
        ("/", {HEADER: "sql"}, {"code-predictor": 100}),
    ]
    assert all("filters" not in rule for rule in by_header)


def test_a_route_sends_a_share_and_a_header_to_the_canary():
    found = rules(HEADER, chat=llm(canary=CHOSEN))
    shares = {"chat-predictor": 80, "chat-canary-predictor": 20}

    assert [shape(rule) for rule in found] == [
        ("/chat", {"X-Canary": "always"}, {"chat-canary-predictor": 100}),
        ("/chat", {}, shares),
        ("/", {HEADER: "chat", "X-Canary": "always"}, {"chat-canary-predictor": 100}),
        ("/", {HEADER: "chat"}, shares),
    ]


@pytest.mark.parametrize("exposure", [BALANCER, GATEWAY], ids=["alb", "gateway"])
@pytest.mark.parametrize("header", [None, HEADER])
def test_the_api_server_takes_it(exposure, header):
    found = document(exposure, header, chat=llm(canary=CHOSEN), code=adapted("sql"))

    assert list(faults(found)) == []


@pytest.mark.parametrize(
    ("exposure", "caller"),
    [(BALANCER, "ipBlock"), (GATEWAY, "podSelector")],
    ids=["alb", "gateway"],
)
def test_every_model_and_canary_lets_the_door_in(exposure, caller):
    found = plan(exposure, chat=llm(canary=NEXT), code=llm())
    policies = {
        each.objects[0]["metadata"]["name"]: each.objects[0] for each in network.emit(found, SHAPES)
    }

    for name in ("model-chat", "model-chat-canary", "model-code"):
        [ingress] = policies[name]["spec"]["ingress"]
        assert all(caller in each for each in ingress["from"])
        assert [port["port"] for port in ingress["ports"]] == [8000]


def test_a_model_with_the_same_door_twice_lets_it_in_once():
    own = llm(exposure={"alb": "internal", "host": "chat.example.com"})
    both = plan(BALANCER, chat=own)

    assert len([flow for flow in both.flows if "load balancer" in flow.because]) == 1
