"""Triggers that pass the rules pass the contracts, and no text of an event goes unguarded."""

import json

import yaml
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from mlopsgen import names
from mlopsgen.compiler import compile_platform
from tests.combinations import NAMES, POOLS, TEXTS

PARAMETERS = ["dataset", "mode", "a-b"]
S3_PATHS = [names.EVENT_KEY, "messageId", "body.Records.0.eventTime"]
PATHS = st.sampled_from([*S3_PATHS, "body.a", "messageAttributes.a.StringValue"])
FOLDERS = st.from_regex(r"[a-z]([a-z._-]{0,6})(/[a-z]{1,4}){0,2}/", fullmatch=True)
QUEUES = st.from_regex(
    r"arn:aws:sqs:(eu-west-1|us-gov-east-1):(111122223333|444455556666):[A-Za-z0-9_-]{1,80}",
    fullmatch=True,
)
SOURCES = st.one_of(
    st.fixed_dictionaries(
        {
            "s3": st.fixed_dictionaries(
                {"prefix": FOLDERS},
                optional={
                    "suffix": st.sampled_from([".csv", "_a.b-c"]),
                    "events": st.lists(
                        st.sampled_from(["ObjectCreated", "ObjectRemoved"]), min_size=1
                    ),
                },
            )
        }
    ),
    st.fixed_dictionaries({"sqs": st.fixed_dictionaries({"queue": QUEUES})}),
)


@st.composite
def triggers(draw):
    trigger = draw(SOURCES)
    taken = draw(st.sets(st.sampled_from(PARAMETERS)))
    given_ = draw(st.sets(st.sampled_from(PARAMETERS))) - taken
    paths = st.sampled_from(S3_PATHS) if "s3" in trigger else PATHS
    trigger["fromEvent"] = {name: draw(paths) for name in sorted(taken)}
    trigger["arguments"] = {name: draw(TEXTS) for name in sorted(given_)}
    if draw(st.booleans()):
        runs = draw(st.integers(1, 1000))
        trigger["atMost"] = {"runs": runs, "per": draw(st.sampled_from(["Minute", "Hour"]))}
    return trigger


@st.composite
def platforms(draw):
    pipelines = draw(
        st.dictionaries(
            NAMES,
            st.fixed_dictionaries(
                {
                    "parameters": st.just(dict.fromkeys(PARAMETERS, "")),
                    "triggers": st.dictionaries(NAMES, triggers(), max_size=3),
                    "steps": st.just(
                        {"fit": {"image": "ghcr.io/acme/train:1.0.0", "command": ["train"]}}
                    ),
                }
            ),
            min_size=1,
            max_size=3,
        )
    )
    return {
        "apiVersion": "mlopsgen/v1beta1",
        "name": "acme",
        "aws": {"region": "eu-west-1", "accountId": "111122223333"},
        "storage": {"artifacts": {"bucket": "acme-artifacts"}},
        "components": {"argo-events": {}, "argo-workflows": {}, "prometheus": {}},
        "nodePools": {"general": POOLS["general"]},
        "namespaces": {"mlops": {}},
        "pipelines": pipelines,
    }


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(platform=platforms())
def test_triggers_that_pass_the_rules_pass_the_contracts(platform, tmp_path_factory):
    file = tmp_path_factory.mktemp("any") / "platform.yaml"
    file.write_text(json.dumps(platform, ensure_ascii=False), encoding="utf-8")

    compilation = compile_platform(file)

    families = {item.finding.code.rstrip("0123456789") for item in compilation.findings}
    assert families <= {"TRIG", "NAME", "SEC"}
    event(f"compiles: {compilation.ok}")
    for tree in compilation.trees.values() if compilation.ok else ():
        sensors = [each for each in tree if "/sensor-" in each.path]
        assert len(sensors) == sum(
            bool(each["triggers"]) for each in platform["pipelines"].values()
        )
        for sensor in sensors:
            _check(yaml.load(sensor.data, yaml.CSafeLoader), platform)


def _check(sensor, platform):
    """Say that every value of an event is guarded, and lands in the parameter it is meant for."""
    written = platform["pipelines"][sensor["metadata"]["name"]]["triggers"]
    dependencies = {each["name"]: each for each in sensor["spec"]["dependencies"]}
    for trigger in sensor["spec"]["triggers"]:
        name = trigger["template"]["name"]
        k8s = trigger["template"]["k8s"]
        values = k8s["source"]["resource"]["spec"].get("arguments", {}).get("parameters", [])
        rows = dependencies[trigger["template"]["conditions"]].get("filters", {}).get("data", [])
        guarded = {row["path"] for row in rows}
        landed = {}
        for taken in k8s.get("parameters", []):
            index = int(taken["dest"].split(".")[3])
            landed[values[index]["name"]] = taken["src"]["dataKey"]
            assert taken["src"]["dataKey"] in guarded
        fixed = {each["name"]: each["value"] for each in values if each["name"] not in landed}
        assert landed == written[name]["fromEvent"]
        assert fixed == written[name]["arguments"]
