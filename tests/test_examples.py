"""What the documents say of the examples is what the examples come to."""

import re

import yaml

from mlopsgen.facts import hardware
from mlopsgen.lock import Lock
from mlopsgen.plan import plan
from mlopsgen.prove.gpu_fit import arithmetic
from mlopsgen.spec import Platform
from tests.build import ROOT

LLM = ROOT / "examples" / "llm-inference"


def _served():
    document = yaml.safe_load((LLM / "platform.yaml").read_text(encoding="utf-8"))
    return plan(Platform.model_validate(document), "default", Lock()).served


def test_the_table_of_language_models_has_the_figures_of_the_proof():
    text = (LLM / "README.md").read_text(encoding="utf-8")
    rows = {line.split("|")[1].strip(): line for line in text.splitlines() if line.startswith("|")}

    for served in _served():
        instance = "g4dn.xlarge" if "T4" in rows[served.model] else "g6.xlarge"
        said = arithmetic(served, hardware.instance(instance))
        weights, cache, total, room = re.match(
            r"(\S+ GiB) weights .* \+ (\S+ \wiB) KV .* = (\S+ GiB); .* = (\S+ GiB)$", said
        ).groups()
        assert [one for one in (weights, cache, total, room) if one not in rows[served.model]] == []
