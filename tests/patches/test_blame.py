"""What proofs find in what a patch made is found at the patch."""

import pytest

from mlopsgen.blame import blamed
from mlopsgen.compiler import compile_platform
from mlopsgen.patches import patched
from mlopsgen.prove import prove
from tests.build import a_platform
from tests.golden import FEATURES, GOLDEN
from tests.prove.emitting import golden

TEXT = (GOLDEN / "patches" / "platform.yaml").read_text(encoding="utf-8")
HEAD = TEXT[: TEXT.index("patches:\n")]

GOOD = """
  a-good-one:
    target: {kind: InferenceService}
    merge: {metadata: {labels: {cost-center: "4711"}}}
"""


def found(folder, *patches):
    file = folder / "platform.yaml"
    file.write_text(f"{HEAD}patches:{GOOD}{''.join(patches)}", encoding="utf-8")
    return [item.finding for item in compile_platform(file).findings]


def a_patch(name, merge, kind="InferenceService", target="fraud"):
    return f"  {name}:\n    target: {{kind: {kind}, name: {target}}}\n    merge: {merge}\n"


REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
TERMS = "{nodeSelectorTerms: [{matchExpressions: [{key: zone, operator: In, values: [x]}]}]}"
PREDICTOR = "{{spec: {{predictor: {{{}}}}}}}"


@pytest.mark.parametrize(
    ("merge", "target", "code", "at"),
    [
        (
            PREDICTOR.format("tolerations: [{key: a, operator: Exists}]"),
            "InferenceService letters", "PLACE001",
            ("spec", "predictor", "tolerations"),
        ),
        (
            PREDICTOR.format(f"affinity: {{nodeAffinity: {{{REQUIRED}: {TERMS}}}}}"),
            "InferenceService fraud", "PLACE001",
            ("spec", "predictor", "affinity", "nodeAffinity",
             REQUIRED, "nodeSelectorTerms"),
        ),
        (
            PREDICTOR.format("securityContext: {runAsNonRoot: false}"),
            "InferenceService fraud", "ADMIT002",
            ("spec", "predictor", "securityContext", "runAsNonRoot"),
        ),
        (
            PREDICTOR.format("model: {securityContext: {capabilities: null}}"),
            "InferenceService fraud", "ADMIT002",
            ("spec", "predictor", "model", "securityContext", "capabilities"),
        ),
        (
            PREDICTOR.format("model: {readinessProbe: {periodSeconds: null}}"),
            "InferenceService fraud", "ADMIT002",
            ("spec", "predictor", "model", "readinessProbe", "periodSeconds"),
        ),
        (
            PREDICTOR.format("hostAliases: [{ip: 5}]"),
            "InferenceService fraud", "ADMIT002", ("spec", "predictor", "hostAliases"),
        ),
        (
            "{metadata: {labels: {no label: a}}}",
            "Namespace risk", "ADMIT005", ("metadata", "labels", "no label"),
        ),
        (
            "{metadata: {annotations: {a: 5}}}",
            "Ingress fraud", "ADMIT001", ("metadata", "annotations", "a"),
        ),
        (
            "{spec: {template: {spec: {terminationGracePeriodSeconds: soon}}}}",
            "Deployment feast", "ADMIT001",
            ("spec", "template", "spec", "terminationGracePeriodSeconds"),
        ),
        (
            "{spec: {template: {spec: {securityContext: {seccompProfile: {type: Unconfined}}}}}}",
            "Deployment feast", "ADMIT002",
            ("spec", "template", "spec", "securityContext", "seccompProfile", "type"),
        ),
        (
            "{spec: {tags: {platform: other}}}",
            "EC2NodeClass leased", "RESOLVE005", ("spec", "tags", "platform"),
        ),
        (
            "{spec: {disruption: {budgets: [{nodes: 10%, schedule: soon}]}}}",
            "NodePool leased", "ADMIT002", ("spec", "disruption", "budgets"),
        ),
        (
            "{spec: {templates: [{name: fit, container: {imagePullPolicy: Never}}]}}",
            "WorkflowTemplate train", "ADMIT002", ("spec", "templates"),
        ),
        (
            "{spec: {templates: [{name: other, tolerations: []}]}}",
            "WorkflowTemplate train", "ADMIT002", ("spec", "templates"),
        ),
    ],
)  # fmt: skip
def test_a_broken_patch_is_found_by_the_proof_and_at_the_patch(tmp_path, merge, target, code, at):
    findings = found(tmp_path, a_patch("b-broken", merge, *target.split()))

    assert {each.code for each in findings} <= {code, "ADMIT001", "ADMIT002", "ADMIT005"}
    first = next(each for each in findings if each.code == code)
    assert first.at == ("patches", "b-broken", "merge", *at)
    assert "fault of mlopsgen" not in first.fix
    assert any("merged into" in each.message for each in first.related)


def test_each_of_several_patches_gets_its_own_findings(tmp_path):
    broken = {
        "b": ("{annotations: {a: 5}}", "metadata"),
        "c": ("{predictor: {hostAliases: [{ip: 5}]}}", "spec"),
        "d": ("{transformer: {tolerations: 5}}", "spec"),
    }
    texts = [a_patch(name, f"{{{key}: {merge}}}") for name, (merge, key) in broken.items()]

    findings = found(tmp_path, *texts, a_patch("e", "{metadata: {labels: {other: a}}}"))

    assert {each.at[1] for each in findings} == set(broken)
    assert all(each.at[:1] == ("patches",) for each in findings)


def test_what_is_wrong_without_patches_stays_where_it_is(tmp_path):
    file = tmp_path / "platform.yaml"
    head = HEAD.replace("min: 7, max: 14", "min: 1, max: 1")
    file.write_text(f"{head}patches:{GOOD}", encoding="utf-8")

    findings = [item.finding for item in compile_platform(file).findings]

    assert findings != []
    assert all(each.at[0] != "patches" for each in findings)


def test_what_is_wrong_with_many_objects_is_told_of_some(tmp_path):
    models = "".join(
        f"  m{number}: {{namespace: risk, runtime: sklearn, source: 's3://acme/{number}'}}\n"
        for number in range(8)
    )
    file = tmp_path / "platform.yaml"
    head = HEAD.replace("pipelines:\n", f"{models}pipelines:\n").replace("max: 14", "max: 40")
    broken = GOOD.replace('"4711"', '"not a label"')
    file.write_text(f"{head.replace('min: 7', 'min: 30')}patches:{broken}", encoding="utf-8")

    findings = [item.finding for item in compile_platform(file).findings]
    misnamed = [each for each in findings if each.code == "ADMIT005"]

    assert len(misnamed) == 3
    assert misnamed[-1].message.endswith("; and 7 more like it")


ALIASES = [{"ip": "10.0.0.7", "hostnames": ["a.example.com"]}]
LABEL = {"metadata": {"labels": {"cost-center": "4711"}}}
FIELDS = {
    "InferenceService": {"spec": {"predictor": {"hostAliases": ALIASES}}},
    "WorkflowTemplate": {"spec": {"hostAliases": ALIASES}},
    "NodePool": {"spec": {"template": {"metadata": {"annotations": {"acme.com/a": "b"}}}}},
    "EC2NodeClass": {"spec": {"detailedMonitoring": True}},
    "Deployment": {"spec": {"template": {"spec": {"hostAliases": ALIASES}}}},
}


@pytest.mark.parametrize("case", sorted({folder.name for folder in FEATURES} - {"family"}))
def test_a_label_on_everything_and_a_field_of_each_kind_break_nothing(case):
    planned, artifacts = golden(case)
    applied = [body for each in artifacts if each.path.startswith("apps/") for body in each.objects]
    kinds = {body["kind"] for body in applied}
    rows = {f"l-{kind.lower()}": {"target": {"kind": kind}, "merge": LABEL} for kind in kinds}
    for kind in kinds & set(FIELDS):
        rows[f"f-{kind.lower()}"] = {"target": {"kind": kind}, "merge": FIELDS[kind]}
    done = patched(a_platform(patches=rows).patches, artifacts)

    found = [*done.findings, *blamed(planned, done, list(prove(planned, done.artifacts)))]

    assert [each for each in found if each.at[0] == "patches"] == []
    assert len(done.written) == len(applied)
