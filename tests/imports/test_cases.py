"""Hand-written manifests in the style of real platforms, and what an import makes of them."""

import pytest

from mlopsgen.compiler import compile_platform
from mlopsgen.diagnostics import Severity
from mlopsgen.imports.ground import PLATFORM
from mlopsgen.serialize import to_yaml
from tests.imports.cases import CASES, run


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_import_says_what_was_reviewed(case):
    done = run(case)

    assert done.stdout == (case / "fragment.yaml").read_text(encoding="utf-8")
    assert done.stderr == (case / "said.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_fragment_is_taken_by_a_platform_that_includes_it(case, tmp_path):
    fragment = (case / "fragment.yaml").read_text(encoding="utf-8")
    ours = {"components": {**PLATFORM["components"]}}
    if "\ncomponents:\n" in fragment:
        del ours["components"]["vllm"]
    platform = tmp_path / "platform.yaml"
    data = {**PLATFORM, **ours, "include": ["imported.yaml"]}
    platform.write_text(to_yaml([data]), encoding="utf-8")
    (tmp_path / "imported.yaml").write_text(fragment, encoding="utf-8")

    findings = [one.finding for one in compile_platform(platform).findings]

    assert [one.message for one in findings if one.severity is Severity.ERROR] == []


LESSONS = {
    "`canaryTrafficPercent` of InferenceService `sklearn-iris` does nothing in Standard mode",
    "has `minReplicas: 0`; the HPA in Standard mode keeps 1",
    "asks for GPUs and for no memory: KServe gives it 2Gi",
    "selects no pod by `serving.kserve.io/inferenceservice=true`, which KServe sets to the name",
    "has `autoscaling.knative.dev/target`, which nobody reads in Standard mode",
    "runs `ghcr.io/acme/ranker:latest`, with the tag `latest`",
    "has a container of its own and no readiness probe",
    "scales the Deployment of InferenceService `mlops/churn`, which KServe scales too",
    "is of `karpenter.sh/v1beta1`; Karpenter 1 has `v1` only",
    "has no `amiSelectorTerms`; `amiFamily` alone chooses no image",
    "limits `nvidia.com/gpu`, which is never counted",
    "has a maximum of `nvidia.com/gpu`, and so gives as many to every pod",
    "says no `timezone`",
    "says no `concurrencyPolicy`",
    "reads `argo_workflows_count`, which is called `argo_workflows_gauge`",
    "reads `mlserver_errors_total`, which nothing is known to emit",
}


def test_the_faults_of_the_platforms_that_taught_us_are_told():
    said = "".join((case / "said.txt").read_text(encoding="utf-8") for case in CASES)

    assert {one for one in LESSONS if one not in said} == set()
