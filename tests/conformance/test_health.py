"""The health checks that Argo CD is given, run by the Lua it has, over statuses made by hand."""

import pytest
import yaml
from lupa.lua51 import LuaRuntime

from tests.golden import GOLDEN

_OWN = "resource.customizations.health."
GROUPS = {
    "karpenter.k8s.aws_EC2NodeClass": "training",
    "karpenter.sh_NodePool": "training",
    "kyverno.io_ClusterPolicy": "signatures",
    "argoproj.io_EventSource": "events",
    "argoproj.io_Sensor": "events",
    "argoproj.io_Application": "events",
    "serving.kserve.io_InferenceService": "scaling",
}
READY = ("karpenter.k8s.aws_EC2NodeClass", "karpenter.sh_NodePool", "kyverno.io_ClusterPolicy")
EVENTS = ("argoproj.io_EventSource", "argoproj.io_Sensor")


def _table(lua, value):
    """Return plain data as Lua has it."""
    if isinstance(value, dict):
        return lua.table_from({key: _table(lua, child) for key, child in value.items()})
    if isinstance(value, list):
        return lua.table_from([_table(lua, child) for child in value])
    return value


def _health(kind, status):
    [path] = [*(GOLDEN / GROUPS[kind] / "generated").glob("*/helm/argocd.yaml")][:1]
    script = yaml.safe_load(path.read_text(encoding="utf-8"))["configs"]["cm"][_OWN + kind]
    lua = LuaRuntime(register_eval=False)
    lua.globals()["obj"] = _table(
        lua, {"metadata": {"name": "x"}} | ({"status": status} if status is not None else {})
    )
    found = lua.execute(script)
    return found["status"], found["message"]


def _condition(kind, status, message=""):
    return {"type": kind, "status": status, "message": message}


@pytest.mark.parametrize("kind", GROUPS)
@pytest.mark.parametrize("status", [None, {}, {"conditions": []}])
def test_what_nobody_has_looked_at_yet_is_awaited(kind, status):
    assert _health(kind, status)[0] == "Progressing"


@pytest.mark.parametrize("kind", READY)
@pytest.mark.parametrize(
    ("status", "health"),
    [("True", "Healthy"), ("False", "Progressing"), ("Unknown", "Progressing")],
)
def test_what_is_ready_is_healthy(kind, status, health):
    conditions = [
        _condition("ValidationSucceeded", "True"),
        _condition("Ready", status, "SubnetsReady=False"),
        _condition("NodeRegistrationHealthy", "Unknown"),
    ]

    assert _health(kind, {"conditions": conditions}) == (health, "SubnetsReady=False")


@pytest.mark.parametrize("kind", READY)
def test_a_condition_without_a_message_is_no_fault(kind):
    assert _health(kind, {"conditions": [{"type": "Ready", "status": "True"}]}) == ("Healthy", "")


@pytest.mark.parametrize("kind", EVENTS)
def test_what_listens_is_healthy_when_all_of_it_is(kind):
    provided = _condition("SourcesProvided", "True")

    assert _health(kind, {"conditions": [provided, _condition("Deployed", "True")]}) == (
        "Healthy",
        "",
    )
    missing = [provided, _condition("Deployed", "False", "no EventBus")]
    assert _health(kind, {"conditions": missing}) == ("Progressing", "Deployed: no EventBus")
    unsaid = [{"type": "Deployed", "status": "Unknown"}]
    assert _health(kind, {"conditions": unsaid}) == ("Progressing", "Deployed: ")


@pytest.mark.parametrize("status", ["Healthy", "Progressing", "Degraded", "Missing"])
def test_an_application_is_as_healthy_as_it_says(status):
    kind = "argoproj.io_Application"

    assert _health(kind, {"health": {"status": status}}) == (status, "")


@pytest.mark.parametrize(
    ("status", "health"),
    [
        ({"conditions": [_condition("Ready", "True"), _condition("Stopped", "False")]}, "Healthy"),
        ({"conditions": [_condition("Ready", "False"), _condition("Stopped", "True")]}, "Healthy"),
        ({"conditions": [_condition("Ready", "False")]}, "Progressing"),
        (
            {
                "conditions": [
                    _condition("Ready", "True"),
                    _condition("CanaryPredictorReady", "False"),
                ]
            },
            "Progressing",
        ),
        (
            {
                "conditions": [_condition("Ready", "True")],
                "modelStatus": {"transitionStatus": "BlockedByFailedLoad"},
            },
            "Degraded",
        ),
        (
            {
                "conditions": [_condition("Ready", "True")],
                "modelStatus": {"transitionStatus": "InProgress"},
            },
            "Progressing",
        ),
    ],
)
def test_a_model_is_healthy_when_it_answers_or_is_stopped(status, health):
    assert _health("serving.kserve.io_InferenceService", status)[0] == health
