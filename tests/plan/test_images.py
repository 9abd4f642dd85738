"""Images that are pinned: which those are, and where their digests arrive."""

import json

import pytest

from mlopsgen.emit import EMITTERS
from mlopsgen.lock import Lock, LockedImage
from mlopsgen.plan.images import unpinned
from mlopsgen.resources import TEMPLATES
from mlopsgen.shapes import Shapes
from tests.build import a_plan, a_platform

DIGEST = f"sha256:{'a' * 64}"
OTHER = f"sha256:{'b' * 64}"
VLLM = "vllm/vllm-openai:v0.8.0"
PACKED, PACKED_CANARY = "ghcr.io/acme/iris:1", "ghcr.io/acme/iris:2"
FRONT, SERVER, STEP = "ghcr.io/acme/front:1", "ghcr.io/acme/serve:1", "ghcr.io/acme/train:1"
FIXED = f"ghcr.io/acme/report:1@{OTHER}"
ALL = {PACKED, PACKED_CANARY, FRONT, SERVER, STEP, VLLM}


def sections(*, pin):
    return {
        "components": {name: {} for name in ("argo-workflows", "kserve", "karpenter", "vllm")},
        "images": {"pin": pin},
        "nodePools": {"gpu": {"kind": "karpenter", "instanceFamilies": ["g5"]}},
        "models": {
            "iris": {
                "runtime": "sklearn",
                "source": f"oci://{PACKED}",
                "canary": {"source": f"oci://{PACKED_CANARY}", "weight": 10},
                "transformer": {"image": FRONT},
            },
            "own": {
                "runtime": "custom",
                "source": "s3://acme-models/own",
                "container": {"image": SERVER},
            },
            "llama": {
                "runtime": "vllm",
                "source": "hf://acme/llama",
                "vllm": {"maxModelLen": 4096},
                "gpus": 1,
                "pool": "gpu",
            },
        },
        "pipelines": {
            "train": {
                "parameters": {"rows": "1"},
                "steps": {
                    "fit": {
                        "image": STEP,
                        "command": ["python"],
                        "memoize": {"key": ["rows"], "ttl": "24h"},
                    },
                    "report": {"image": FIXED, "command": ["python"]},
                },
            }
        },
    }


def locked(digest=DIGEST, environment="dev"):
    entry = LockedImage(digest=digest)
    return Lock(images={environment: dict.fromkeys(ALL, entry)})


def emitted(lock, *, pin):
    plan = a_plan(lock=lock, **sections(pin=pin))
    shapes = Shapes(TEMPLATES)
    return json.dumps([each.body for emit in EMITTERS for each in emit(plan, shapes)], default=str)


def test_the_images_to_pin_are_those_that_only_a_tag_names():
    named = list(unpinned(a_platform(**sections(pin=True))))

    assert {each.wanted.text for each in named} == ALL
    assert {each.at: each.owner for each in named} == {
        ("models", "iris", "source"): "iris",
        ("models", "iris", "canary", "source"): "iris",
        ("models", "iris", "transformer", "image"): "iris",
        ("models", "own", "container", "image"): "own",
        ("models", "llama", "runtime"): "llama",
        ("pipelines", "train", "steps", "fit", "image"): "train",
    }


def test_without_a_wish_nothing_is_pinned():
    assert list(unpinned(a_platform(**sections(pin=False)))) == []


@pytest.mark.parametrize("image", sorted(ALL))
def test_a_locked_digest_stands_behind_every_tag(image):
    text = emitted(locked(), pin=True)

    assert text.count(image) == text.count(f"{image}@{DIGEST}") > 0


def test_a_digest_that_users_wrote_themselves_stays():
    text = emitted(locked(), pin=True)

    assert FIXED in text
    assert f"{FIXED}@" not in text


@pytest.mark.parametrize(
    ("lock", "pin"), [(locked(), False), (locked(environment="prod"), True), (Lock(), True)]
)
def test_a_digest_that_is_not_asked_for_is_not_used(lock, pin):
    assert f"@{DIGEST}" not in emitted(lock, pin=pin)


def test_the_version_of_vllm_that_users_pin_is_the_one_that_is_locked():
    own = sections(pin=True)
    own["components"]["vllm"] = {"version": "0.9.9"}

    images = {each.wanted.text for each in unpinned(a_platform(**own))}

    assert "vllm/vllm-openai:v0.9.9" in images
    assert VLLM not in images


def test_outputs_of_another_digest_are_not_taken_from_the_memo():
    def memo(digest):
        plan = a_plan(lock=locked(digest), **sections(pin=True))
        text = json.dumps([str(each.body) for emit in EMITTERS for each in emit(plan, SHAPES)])
        [_, key, *_] = text.split("'memoize': {'key': ")
        return key.partition("{{=")[0]

    assert memo(DIGEST) != memo(OTHER)


SHAPES = Shapes(TEMPLATES)
