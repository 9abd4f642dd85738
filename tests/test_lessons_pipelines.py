"""What broke in pipelines of platforms of this kind: each is a finding, or can't be emitted.

REFUSED holds what somebody would write and the code that answers it, SPOILT what an object would
have to look like for it to happen and the proof that finds that, and IMPOSSIBLE a look at all that
the golden platforms emit.
"""

import json
import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, NamedTuple

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mlopsgen import names
from mlopsgen.compiler import compile_platform
from mlopsgen.emit import argo
from mlopsgen.explain import RULES
from mlopsgen.plan.identities import MLFLOW_PREFIX, PIPELINES_PREFIX
from mlopsgen.resources import RULE_PAGES, TEMPLATES
from mlopsgen.shapes import Shapes
from tests.build import MINIMAL, a_plan
from tests.golden import platforms
from tests.prove.workflows import codes, documents, emitted

SHAPES = Shapes(TEMPLATES)
LEGAL = re.compile(r"[a-zA-Z0-9][-a-zA-Z0-9]*")
"""A key of a memoization cache: argo-workflows 3.7.4 workflow/controller/cache/cache.go."""


class Refused(NamedTuple):
    """A pipeline of which the rule *code* says what is wrong."""

    lesson: int
    what: str
    pipeline: str
    code: str


BASE = {
    **MINIMAL,
    "components": {
        name: {}
        for name in ("argo-workflows", "cert-manager", "external-secrets", "kserve", "mlflow")
    },
    "storage": {"artifacts": {"bucket": "acme-artifacts"}, "database": {}},
    "nodePools": {
        "general": {"kind": "managed", "instanceTypes": ["m5.large"], "min": 3, "max": 6}
    },
}
IRIS = {"runtime": "mlflow", "source": "models:/iris@champion"}
URI = "s3://acme-artifacts-default/mlflow/1/models/m-0123456789abcdef/artifacts"
LOCKED = {"models:/iris@champion": {"version": "1", "uri": URI}}
LOCK = {"version": 1, "environments": {"default": {"models": LOCKED}}}
FIT = "image: 'ghcr.io/acme/train:1.0.0', command: [python, -m, train.fit]"

REFUSED = (
    Refused(
        17,
        "a memo key that isn't a parameter, such as a URL",
        f"steps: {{fit: {{{FIT}, memoize: {{key: ['s3://acme/data'], ttl: 24h}}}}}}",
        "SPEC008",
    ),
    Refused(
        17,
        "a memo key that names a parameter that isn't there",
        f"steps: {{fit: {{{FIT}, outputParameters: {{rows: /out/rows}},"
        " memoize: {key: [url], ttl: 24h}}}",
        "REF005",
    ),
    Refused(
        17,
        "a memo key that lacks what the outputs depend on",
        "parameters: {url: 's3://acme', day: '1'}\n"
        f"steps: {{fit: {{{FIT}, args: [$(PARAM_DAY)], outputParameters: {{rows: /out/rows}},"
        " memoize: {key: [url], ttl: 24h}}}",
        "MEMO003",
    ),
    Refused(
        17,
        "a memoized step that registers a model",
        f"parameters: {{day: '1'}}\nsteps: {{fit: {{{FIT}, registers: iris@challenger,"
        " memoize: {key: [day], ttl: 24h}}}",
        "MEMO002",
    ),
    Refused(
        18,
        "an artifact that no step leaves behind",
        f"steps: {{fit: {{{FIT}, inputs: {{raw: ingest.raw}}}}}}",
        "REF004",
    ),
    Refused(
        21,
        "a model that is pickled by Python 3.12 and loaded by 3.10",
        f"steps: {{fit: {{{FIT}, registers: iris@champion,"
        " pythonEnv: {python: '3.12', dependencies: {scikit-learn: 1.4.1.post1}}}}",
        "REG001",
    ),
)


def _findings(pipeline: str, folder: Any) -> list[str]:
    file = folder / "platform.yaml"
    sections = {"pipelines": {"train": yaml.safe_load(pipeline)}, "models": {"iris": IRIS}}
    file.with_name("platform.lock").write_text(json.dumps(LOCK), "utf-8")
    file.write_text(yaml.safe_dump({**BASE, **sections}), "utf-8")
    return [item.finding.code for item in compile_platform(file).findings]


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: f"{row.lesson}: {row.what}")
def test_what_broke_is_a_finding_with_a_page(row, tmp_path):
    assert row.code in _findings(row.pipeline, tmp_path)
    assert row.code in RULES
    assert (RULE_PAGES / f"{row.code}.md").is_file()


def test_the_platform_around_the_mistakes_is_right(tmp_path):
    """Else a row could be answered by a code that has nothing to do with it."""
    assert _findings(f"steps: {{fit: {{{FIT}}}}}", tmp_path) == []


def _raw_key(artifacts: Any) -> None:
    """17: a key with a value in it as it is."""
    templates = [
        each
        for one in documents(artifacts, "WorkflowTemplate")
        for each in one["spec"]["templates"]
    ]
    memoized = next(each for each in templates if "memoize" in each)
    memoized["memoize"]["key"] = "data-{{workflow.parameters.dataset}}"


def _no_repository(artifacts: Any) -> None:
    """18: an artifact repository that nobody makes."""
    documents(artifacts, "ConfigMap")[0]["metadata"]["name"] = "other"


def _no_account(artifacts: Any) -> None:
    """16: pods of an account that nobody makes, so that they have no role."""
    documents(artifacts, "ServiceAccount")[0]["metadata"]["name"] = "other"


SPOILT: tuple[tuple[Callable[[Any], None], str], ...] = (
    (_no_account, "ARGO002"),
    (_raw_key, "ARGO004"),
    (_no_repository, "ARGO002"),
)


@pytest.mark.parametrize(("spoil", "code"), SPOILT, ids=lambda row: getattr(row, "__name__", row))
def test_what_broke_is_found_in_what_is_emitted(spoil, code):
    artifacts = emitted()
    assert codes(artifacts) == []

    spoil(artifacts)
    assert code in codes(artifacts)


class Seen(NamedTuple):
    """What a golden platform is compiled to, in one environment: values by path, and objects."""

    files: dict[str, Any]
    objects: list[dict[str, Any]]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [each for each in self.objects if each["kind"] == kind]

    @property
    def roles(self) -> dict[str, dict[str, Any]]:
        return self.files["terraform/platform.tfvars.json"]["irsa_roles"]


@cache
def _golden() -> tuple[Seen, ...]:
    found = []
    for platform, _ in platforms().values():
        for files in compile_platform(platform).trees.values():
            parsed = {
                each.path: list(yaml.safe_load_all(each.data))
                for each in files
                if each.path.endswith((".yaml", ".json"))
            }
            objects = [
                one
                for path, documents_ in parsed.items()
                if path.startswith("apps/")
                for one in documents_
            ]
            firsts = {path: documents_[0] for path, documents_ in parsed.items()}
            found.append(Seen(firsts, objects))
    return tuple(found)


def _pods_have_a_role_that_may_write_and_encrypt(seen: Seen) -> int:
    """16: pods of pipelines may write S3, MLflow's part of it too, with the bucket's key."""
    accounts = {
        (each["metadata"]["namespace"], each["metadata"]["name"]): each
        for each in seen.of("ServiceAccount")
    }
    for template in seen.of("WorkflowTemplate"):
        namespace = template["metadata"]["namespace"]
        account = accounts[namespace, template["spec"]["serviceAccountName"]]
        arn = account["metadata"]["annotations"]["eks.amazonaws.com/role-arn"]
        [role] = [one for name, one in seen.roles.items() if arn.endswith(f"/{name}")]
        assert {"kms:GenerateDataKey", "kms:Decrypt"} <= set(role["key_actions"])
        written = [
            resource
            for statement in role["statements"]
            if "s3:PutObject" in statement["actions"]
            for resource in statement["resources"]
        ]
        own = f"/{PIPELINES_PREFIX}/{template['metadata']['name']}/*"
        assert any(each.endswith(own) for each in written)
        uses_mlflow = "MLFLOW_TRACKING_URI" in str(template)
        assert uses_mlflow is any(each.endswith(f"/{MLFLOW_PREFIX}/*") for each in written)
    return len(seen.of("WorkflowTemplate"))


def _caches_can_be_written(seen: Seen) -> int:
    """17: the controller may write each cache, in its own namespace, where it keeps them."""
    writable = {
        name
        for role in seen.of("Role")
        if role["metadata"]["name"] == "memo-caches"
        for rule in role["rules"]
        if "update" in rule["verbs"]
        for name in rule.get("resourceNames", ())
    }
    caches = {
        step["memoize"]["cache"]["configMap"]["name"]
        for template in seen.of("WorkflowTemplate")
        for step in template["spec"]["templates"]
        if "memoize" in step
    }
    assert caches == writable
    return len(caches)


def _repositories_are_there(seen: Seen) -> int:
    """18: the repository that each workflow names is a key of a ConfigMap of its namespace."""
    repositories = {
        (each["metadata"]["namespace"], each["metadata"]["name"], key)
        for each in seen.of("ConfigMap")
        for key in each["data"]
    }
    for template in seen.of("WorkflowTemplate"):
        reference = template["spec"]["artifactRepositoryRef"]
        namespace = template["metadata"]["namespace"]
        assert (namespace, reference["configMap"], reference["key"]) in repositories
    return len(seen.of("WorkflowTemplate"))


def _mlflow_answers_its_clients(seen: Seen) -> int:
    """19: MLflow answers to the host, port included, that each step calls it by."""
    called = {
        row["value"].removeprefix("http://")
        for template in seen.of("WorkflowTemplate")
        for step in template["spec"]["templates"]
        for row in step.get("container", {}).get("env", ())
        if row["name"] == "MLFLOW_TRACKING_URI"
    }
    if called:
        values = seen.files["helm/mlflow.yaml"]["extraEnvVars"]
        hosts = values["MLFLOW_SERVER_ALLOWED_HOSTS"].split(",")
        for host in called:
            assert any(fnmatchcase(host, each) for each in hosts)
            assert host.rpartition(":")[0] in hosts  # a client leaves out port 80
    return len(called)


IMPOSSIBLE: tuple[Callable[[Seen], int], ...] = (
    _pods_have_a_role_that_may_write_and_encrypt,
    _caches_can_be_written,
    _repositories_are_there,
    _mlflow_answers_its_clients,
)


@pytest.mark.parametrize("look", IMPOSSIBLE, ids=lambda look: look.__name__)
def test_what_broke_is_in_nothing_that_is_emitted(look):
    assert sum(look(seen) for seen in _golden()) > 0


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.from_regex(r"[a-z]([-a-z0-9]{0,20}[a-z0-9])?", fullmatch=True),
        st.text(max_size=40),
        min_size=1,
        max_size=4,
    )
)
def test_a_memo_key_is_legal_whatever_the_parameters_are(parameters):
    """17: values come into a key as a hash only, so no value can spoil it."""
    step = {
        "image": "acme/train:1",
        "command": ["train"],
        "memoize": {"key": sorted(parameters), "ttl": "24h"},
    }
    plan = a_plan(pipelines={"train": {"parameters": parameters, "steps": {"fit": step}}})
    [workflow] = plan.workflows
    assert workflow.memo_cache is not None

    [template] = [
        each
        for one in argo.emit(plan, SHAPES)
        for each in one.objects
        if each["kind"] == "WorkflowTemplate"
    ]
    key = template["spec"]["templates"][1]["memoize"]["key"]
    before, hashed, after = re.split(r"(\{\{=sprig\.sha256sum\(.*\)\}\})", key, flags=re.DOTALL)
    filled = f"{before}{'0' * 64}{after}"
    assert hashed
    assert LEGAL.fullmatch(filled)
    assert len(filled) <= 253
    for value in parameters.values():
        assert len(value) < 6 or value not in key


@pytest.mark.parametrize("step", ["s", "s" * 63])
def test_names_stay_legal_with_what_argo_adds_to_them(step):
    """The longest pipeline that may have a schedule: its runs, their labels and their pods."""
    pipeline = "p" * names.CRON_WORKFLOW_LIMIT
    run = f"{pipeline}-1999999999"  # workflow/cron/operator.go, getChildWorkflowName
    assert len(run) <= 63  # a workflow's name is a label of its pods
    pod = f"{run}-{step}-4294967295"  # workflow/util/pod_name.go, GeneratePodName
    assert len(pod) <= 253
    assert len(names.memo_cache(pipeline)) <= 253


def test_every_lesson_of_pipelines_is_in_a_table():
    told = {int(look.__doc__.partition(":")[0]) for look in IMPOSSIBLE}
    told |= {row.lesson for row in REFUSED} | {
        int(spoil.__doc__.partition(":")[0]) for spoil, _ in SPOILT
    }
    assert told == {16, 17, 18, 19, 21}
