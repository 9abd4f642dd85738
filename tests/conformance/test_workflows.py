"""Pipelines against the real schemas of Argo Workflows, and against hera's models of them."""

import pytest
import yaml
from hera.workflows import models

from tests.build import ROOT
from tests.conformance.schemas import faults

KINDS = ("CronWorkflow", "WorkflowTemplate")
FILES = sorted(
    path
    for root in ("generated", "tests/golden")
    for kind in KINDS
    for path in (ROOT / root).rglob(f"{kind.lower()}-*.yaml")
)


def _known(document):
    """Return *document* without what hera's models don't have: a key that Argo doesn't read."""
    for template in document["spec"].get("templates", ()):
        if "memoize" in template:
            del template["memoize"]["cache"]["configMap"]["key"]
    return document


def test_there_are_some_of_both_kinds():
    assert {path.name.partition("-")[0] for path in FILES} == {kind.lower() for kind in KINDS}


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parts[-5]}-{path.name}")
def test_the_cluster_and_hera_read_every_field(path):
    document = yaml.safe_load(path.read_text(encoding="utf-8"))

    assert faults(document) == []
    read = getattr(models, document["kind"]).model_validate(document)
    assert read.model_dump(by_alias=True, exclude_none=True) == _known(document)
