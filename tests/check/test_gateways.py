import pytest

from tests.check.platforms import a_balancer, a_model, a_platform, codes, only, without

WEB = {"namespace": "ingress", "pods": {"namespace": "proxies", "labels": {"proxy": "web"}}}


def _behind(gateways=None, **exposure):
    way = {"host": "iris.example.com", **exposure}
    gateways = {"web": WEB} if gateways is None else gateways
    return a_platform(gateways=gateways, models={"iris": a_model(exposure=way)})


def test_a_model_may_be_behind_a_gateway():
    assert codes(_behind(gateway="web")) == []


def test_a_gateway_and_a_load_balancer_at_once_are_one_too_many():
    finding = only(_behind(gateway="web", alb="internal"))

    assert finding.code == "GATE001"
    assert finding.message == "`models.iris.exposure` has a load balancer and the gateway `web`"
    assert finding.related[0].at == ("models", "iris", "exposure", "alb")


@pytest.mark.parametrize(
    ("gateways", "fix"),
    [
        ({"web": WEB}, "add `alb: internal` or `gateway: web`"),
        ({}, "add `alb: internal` or `gateway` with a name of `gateways`"),
    ],
)
def test_a_host_alone_is_no_way_in(gateways, fix):
    finding = only(_behind(gateways))

    assert (finding.code, finding.fix) == ("GATE001", fix)
    assert finding.message.endswith("so nothing leads to `iris.example.com`")


def test_a_gateway_that_is_almost_declared_is_proposed():
    finding = only(_behind({"shared": WEB}, gateway="shred"))

    assert finding.code == "GATE002"
    assert finding.fix == "write `shared`, or declare `shred` under `gateways`"
    assert finding.related[0].at == ("gateways", "shared")


def test_without_any_gateway_it_has_to_be_declared():
    finding = only(_behind({}, gateway="web"))

    assert finding.code == "GATE002"
    assert finding.fix == "declare `web` under `gateways`"
    assert finding.related == ()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("certificate", "arn:aws:acm:eu-west-1:111122223333:certificate/1"),
        ("inboundCidrs", ["203.0.113.0/24"]),
    ],
)
def test_what_only_a_load_balancer_does_is_not_asked_of_a_gateway(key, value):
    finding = only(_behind(gateway="web", **{key: value}))

    assert finding.code == "GATE003"
    assert finding.at == ("models", "iris", "exposure", key)


def test_the_pods_of_a_gateway_are_outside_of_our_namespaces():
    inside = {**WEB, "pods": {**WEB["pods"], "namespace": "mlops"}}
    finding = only(_behind({"web": inside}, gateway="web"))

    assert finding.code == "GATE004"
    assert finding.at == ("gateways", "web", "pods", "namespace")


def test_a_canary_behind_a_gateway_gets_its_share():
    model = a_model(
        canary={"source": "s3://acme-models/iris-2", "weight": 10},
        exposure={"gateway": "web", "host": "iris.example.com"},
    )

    assert codes(a_platform(gateways={"web": WEB}, models={"iris": model})) == []


@pytest.mark.parametrize(
    ("exposure", "expected"),
    [({"gateway": "web", "host": "iris.example.com"}, []), (a_balancer(), ["NEED001"])],
)
def test_only_a_load_balancer_needs_its_controller(exposure, expected):
    document = a_platform(
        components=without("aws-load-balancer-controller"),
        gateways={"web": WEB},
        models={"iris": a_model(exposure=exposure)},
    )

    assert codes(document) == expected


@pytest.mark.parametrize("other", [{"gateway": "web"}, {"alb": "internal"}])
def test_a_host_behind_a_gateway_leads_to_one_place(other):
    models = {
        "iris": a_model(exposure={"gateway": "web", "host": "ml.example.com"}),
        "wine": a_model(exposure={**other, "host": "ml.example.com"}),
    }
    finding = only(a_platform(gateways={"web": WEB}, models=models))

    assert finding.code == "NAME003"
    assert {finding.at, finding.related[0].at} == {
        ("models", "iris", "exposure", "host"),
        ("models", "wine", "exposure", "host"),
    }
