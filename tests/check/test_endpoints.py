import pytest

from tests.check.platforms import a_balancer, a_llm, a_model, a_platform, codes, found, only

WEB = {"namespace": "ingress", "pods": {"namespace": "proxies", "labels": {"proxy": "web"}}}
POOL = {
    "general": {"kind": "managed", "instanceTypes": ["m5.large"], "min": 2, "max": 4},
    "gpu": {"kind": "karpenter", "instanceFamilies": ["g5"], "sizes": ["xlarge"]},
}


def shared(models, *, behind=None, exposure=None, **endpoint):
    named = list(models) if behind is None else behind
    way = exposure or a_balancer(host="llm.example.com")
    return a_platform(
        nodePools=POOL,
        gateways={"web": WEB},
        models=models,
        endpoints={"llm": {"models": named, "exposure": way, **endpoint}},
    )


def adapted(*names):
    adapters = {name: f"hf://acme/{name}-lora" for name in names}
    return a_llm(vllm={"maxModelLen": 4096, "lora": {"adapters": adapters}})


def faults(platform):
    return [each for each in found(platform) if each.code.startswith(("ENDP", "NAME"))]


def one(platform):
    [finding] = faults(platform)
    return finding


def test_models_on_vllm_may_share_a_host():
    assert codes(shared({"chat": a_llm(), "code": adapted("sql")}, header="X-Model")) == []


def test_a_model_that_is_almost_declared_is_proposed():
    finding = only(shared({"chat": a_llm()}, behind=["chat", "chatt"]))

    assert (finding.code, finding.at) == ("ENDP001", ("endpoints", "llm", "models", 1))
    assert finding.fix == "write `chat`, or declare `chatt` under `models`"


def test_without_any_model_there_is_nothing_to_choose():
    finding = only(shared({}, behind=["chat"]))

    assert finding.fix == "declare `chat` under `models`"


@pytest.mark.parametrize(
    ("model", "message", "key"),
    [
        (a_model(), "`iris` runs on `sklearn`", "runtime"),
        (a_llm(transformer={"image": "ghcr.io/acme/front:1"}), "has a transformer", "transformer"),
    ],
)
def test_other_servers_and_transformers_are_not_for_endpoints(model, message, key):
    finding = one(shared({"chat": a_llm(), "iris": model}))

    assert finding.code == "ENDP002"
    assert message in finding.message
    assert finding.related[0].at == ("models", "iris", key)


def test_models_of_two_namespaces_need_two_endpoints():
    platform = shared({"chat": a_llm(), "code": a_llm(namespace="tools")})
    finding = one({**platform, "namespaces": {"mlops": {}, "tools": {}}})

    assert (finding.code, finding.at) == ("ENDP003", ("endpoints", "llm", "models", 1))


@pytest.mark.parametrize(
    ("models", "behind", "message"),
    [
        ({"chat": a_llm()}, ["chat", "chat"], "has the name `chat` twice"),
        ({"chat": a_llm(), "sql": a_llm()}, None, ""),
        ({"chat": adapted("sql"), "sql": a_llm()}, None, "has the name `sql` twice"),
        ({"a": adapted("sql"), "b": adapted("SQL")}, None, "`SQL` twice, here as an adapter of"),
        ({"v1": a_llm()}, None, "can't be told from the path `/v1`"),
    ],
)
def test_every_name_is_one_models(models, behind, message):
    findings = faults(shared(models, behind=behind))

    assert [each.code for each in findings] == (["ENDP004"] if message else [])
    assert all(message in each.message for each in findings)


@pytest.mark.parametrize(("adapters", "codes_found"), [(14, []), (15, ["ENDP005"])])
def test_a_route_has_sixteen_rules_at_the_most(adapters, codes_found):
    models = {"chat": adapted(*(f"task-{each}" for each in range(adapters)))}
    gateway = {"gateway": "web", "host": "llm.example.com"}
    findings = faults(shared(models, exposure=gateway, header="X-Model"))

    assert [each.code for each in findings] == codes_found


def test_a_list_of_models_is_as_long_as_a_load_balancer_takes():
    fine = faults(shared({"chat": adapted(*(f"task-{each}" for each in range(8)))}))
    finding = one(shared({"chat": adapted(*(f"task-{each}" for each in range(20)))}))

    assert fine == []
    assert finding.code == "ENDP005"
    assert finding.message.endswith("characters; 1,024 are allowed")


def test_one_header_does_not_choose_model_and_canary():
    canary = {"source": "hf://acme/next", "weight": 10, "header": {"name": "x-model", "value": "n"}}
    finding = one(shared({"chat": a_llm(canary=canary)}, header="X-Model"))

    assert finding.code == "ENDP006"
    assert finding.at == ("models", "chat", "canary", "header", "name")


def test_an_endpoint_is_a_way_in_for_a_canary():
    canary = {"source": "hf://acme/next", "weight": 10}

    assert "MODEL003" not in codes(shared({"chat": a_llm(canary=canary)}))


def test_an_endpoint_and_a_model_with_a_way_in_do_not_share_a_name():
    models = {"llm": a_llm(exposure=a_balancer(host="own.example.com"))}

    assert [each.code for each in faults(shared(models))] == ["NAME002"]


@pytest.mark.parametrize(
    ("exposure", "code"),
    [
        ({"host": "llm.example.com"}, "GATE001"),
        ({"gateway": "wbe", "host": "llm.example.com"}, "GATE002"),
        ({"gateway": "web", "host": "h.example.com", "inboundCidrs": ["10.0.0.0/8"]}, "GATE003"),
        ({"alb": "internet-facing", "host": "llm.example.com"}, "NET005"),
    ],
)
def test_the_rules_about_ways_in_hold_for_endpoints(exposure, code):
    assert code in codes(shared({"chat": a_llm()}, exposure=exposure))


def test_a_host_is_one_endpoints():
    models = {"chat": a_llm(exposure=a_balancer(host="llm.example.com"))}

    assert "NAME003" in codes(shared(models))


def test_a_load_balancer_for_an_endpoint_needs_its_controller():
    platform = shared({"chat": a_llm()})
    del platform["components"]["aws-load-balancer-controller"]

    assert any(each.at == ("endpoints", "llm", "exposure") for each in found(platform))
