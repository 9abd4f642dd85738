"""docs/how-to/serving.md says what the facts say, and its platforms are right as they stand."""

import re

import pytest
import yaml

from mlopsgen.facts import runtime, runtime_names
from tests.serving import PAGE, TABLES, engine_keys, examples, flag, page

TEXT = PAGE.read_text(encoding="utf-8")
EXAMPLES = examples()


def _models():
    return [one for each in EXAMPLES for one in yaml.safe_load(each.platform)["models"].values()]


def test_the_tables_are_fresh():
    assert page() == TEXT, "run `make pages`"


def test_every_table_is_on_the_page():
    assert re.findall(r"^<!-- ([a-z-]+) -->$", TEXT, re.MULTILINE) == list(TABLES)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_a_platform_of_the_page_has_nothing_to_mend(number):
    compilation = EXAMPLES[number].compiled()

    assert [item.finding.message for item in compilation.findings] == []
    assert compilation.count > 0


def test_no_block_of_yaml_is_left_out():
    assert len(EXAMPLES) == TEXT.count("```yaml\n")


def test_there_is_a_platform_for_every_kind_of_source():
    kinds = {model["source"].partition("/")[0] for model in _models()}

    assert kinds == {"hf:", "models:", "oci:", "pvc:", "s3:"}


def test_every_runtime_is_in_the_tables():
    assert {name for name in runtime_names() if f"| `{name}` |" not in TEXT} == set()


@pytest.mark.parametrize("key", engine_keys())
def test_a_key_of_the_engine_is_a_flag_that_the_server_has(key):
    assert flag(key) in runtime("vllm").flags.names


def test_a_server_of_ones_own_a_transformer_and_a_priority_are_shown():
    models = _models()

    assert any("container" in model for model in models)
    assert any("transformer" in model for model in models)
    assert any("priority" in model for model in models)
