"""A valid platform with one unusual value is never told that mlopsgen is at fault."""

import json
import random
import shutil

import pytest
import yaml

from mlopsgen.compiler import compile_platform
from mlopsgen.prove.emitted import OUR_FAULT
from tests.variants import ROOT, changed, changes

REFERENCE = ROOT / "platform.yaml"
GOLDENS = sorted((ROOT / "tests" / "golden").glob("*/platform.yaml"))
EACH = 8
"""Changes of one platform: one to four seconds."""

OWNED = (
    "argo-workflows", "aws-load-balancer-controller", "cert-manager", "dcgm-exporter",
    "external-dns", "external-secrets", "grafana", "kserve", "nvidia-device-plugin", "prometheus",
)  # fmt: skip


def _document(file):
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    if file == REFERENCE:
        document["environments"] = {"dev": {}}
    return document


def _compiled(document, folder):
    shutil.copy(ROOT / "platform.lock", folder)
    file = folder / "platform.yaml"
    file.write_text(json.dumps(document), encoding="utf-8")
    return compile_platform(file)


def _accused(compilation):
    found = [item.finding for item in compilation.findings]
    return [(one.code, one.message) for one in found if OUR_FAULT in one.fix]


@pytest.mark.parametrize("file", [REFERENCE, *GOLDENS], ids=lambda file: file.parent.name)
def test_one_unusual_value_raises_no_false_alarm(file, tmp_path):
    document = _document(file)
    possible = sorted(changes(document), key=repr)
    for at, value in random.Random(20).sample(possible, EACH):
        compilation = _compiled(changed(document, at, value), tmp_path)

        assert _accused(compilation) == [], (at, value)


def test_schema_driven_changes_still_compile_often(tmp_path):
    document = _document(REFERENCE)
    possible = sorted(changes(document), key=repr)
    some = random.Random(7).sample(possible, EACH)

    assert any(_compiled(changed(document, at, value), tmp_path).ok for at, value in some)


@pytest.mark.parametrize("owner", ["argocd", "terraform"])
@pytest.mark.parametrize("component", OWNED)
def test_whoever_installs_a_component_may_install_all_of_it(component, owner, tmp_path):
    document = _document(REFERENCE)
    document["components"][component] = {"owner": owner}

    assert _accused(_compiled(document, tmp_path)) == []


@pytest.mark.parametrize("way", ["platform.yaml", "gateway"])
def test_a_transformer_of_a_model_with_a_canary_has_any_port(way, tmp_path):
    file = REFERENCE if way == "platform.yaml" else ROOT / "tests/golden/gateway/platform.yaml"
    document = _document(file)
    document["models"]["iris"]["transformer"] = {
        "image": "ghcr.io/acme/serve:1.0.0",
        "port": 65535,
    }

    compilation = _compiled(document, tmp_path)

    assert compilation.ok
    assert _accused(compilation) == []
