import pytest

from mlopsgen.facts import families
from mlopsgen.facts.reading import CATALOGUE

FILES = sorted((CATALOGUE / "models").glob("*.yaml"))
GIB = 2**30

# Hub name: parameters, weights in GiB at 16 bits, KiB of KV cache a token at 16 bits, context
KNOWN = {
    "mistralai/Mistral-7B-Instruct-v0.2": (7_241_732_096, 13.49, 128, 32768),
    "TinyLlama/TinyLlama-1.1B-Chat-v1.0": (1_100_048_384, 2.05, 22, 2048),
    "codellama/CodeLlama-7b-Instruct-hf": (6_738_546_688, 12.55, 512, 16384),
    "meta-llama/Llama-3.1-8B-Instruct": (8_030_261_248, 14.96, 128, 131072),
    "meta-llama/Llama-3.1-70B-Instruct": (70_553_706_496, 131.42, 320, 131072),
    "Qwen/Qwen2.5-7B-Instruct": (7_615_616_512, 14.19, 56, 32768),
    "mistralai/Mixtral-8x7B-Instruct-v0.1": (46_702_792_704, 86.99, 128, 32768),
}


def counted(model):
    """Count the parameters of the architecture, layer by layer."""
    width = model.hidden_size
    queries = model.attention_heads * model.head_dim
    keys = model.kv_heads * model.head_dim
    attention = 2 * width * queries + 2 * width * keys
    if model.attention_bias:
        attention += queries + 2 * keys
    feed_forward = model.experts * 3 * width * model.intermediate_size
    router = width * model.experts if model.experts > 1 else 0
    norms = 2 * width
    embeddings = 2 * model.vocabulary_size * width
    return model.layers * (attention + feed_forward + router + norms) + embeddings + width


def test_the_catalogue_holds_exactly_these_models():
    assert families.models() == tuple(sorted(KNOWN))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_holds_the_model_it_is_named_after(file):
    hub_name = file.stem.replace("--", "/")

    assert families.model(hub_name).id == hub_name


@pytest.mark.parametrize("name", KNOWN)
def test_the_architecture_adds_up_to_the_stated_parameters(name):
    model = families.model(name)

    assert counted(model) == model.parameters


@pytest.mark.parametrize("name", KNOWN)
def test_known_figures(name):
    model = families.model(name)
    parameters, weights_gib, kv_kib, context = KNOWN[name]

    assert model.parameters == parameters
    assert model.parameters * 2 / GIB == pytest.approx(weights_gib, abs=0.005)
    assert model.kv_values_per_token * 2 == kv_kib * 1024
    assert model.max_context == context


@pytest.mark.parametrize("name", KNOWN)
def test_heads_make_up_the_width_and_share_keys_evenly(name):
    model = families.model(name)

    assert model.attention_heads * model.head_dim == model.hidden_size
    assert model.attention_heads % model.kv_heads == 0


def test_only_mixtral_has_experts():
    experts = {name: families.model(name).experts for name in KNOWN}

    assert {name for name, count in experts.items() if count > 1} == {
        "mistralai/Mixtral-8x7B-Instruct-v0.1"
    }


def test_models_of_meta_and_mistral_need_a_token():
    gated = {name for name in KNOWN if families.model(name).access.gated}

    assert gated == {name for name in KNOWN if name.startswith(("meta-llama/", "mistralai/"))}


@pytest.mark.parametrize("name", ["acme/unheard-of", "", "../gpus", "mistralai--Mixtral"])
def test_a_model_that_is_not_in_the_catalogue_is_no_mistake(name):
    assert families.model(name) is None
