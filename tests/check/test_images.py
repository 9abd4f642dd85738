import pytest

from tests.check.platforms import a_step, codes, found, only, running

DIGEST = f"sha256:{'a' * 64}"


def _image(text):
    return running({"fit": a_step(image=text)})


@pytest.mark.parametrize(
    "image",
    [
        "ghcr.io/acme/train:1.0.0",
        "train:1.0.0",
        "python:3.11-slim",
        "localhost:5000/train:2024-05-01",
        "111122223333.dkr.ecr.eu-west-1.amazonaws.com/acme/train:v1.2.3",
        f"ghcr.io/acme/train@{DIGEST}",
        f"ghcr.io/acme/train:latest@{DIGEST}",
        "ghcr.io/acme/my_image-x.y:3f2c1d9",
        "ghcr.io/acme/train:20240501",
    ],
)
def test_an_image_that_stays_the_same_is_fine(image):
    assert found(_image(image)) == []


@pytest.mark.parametrize(
    "tag", ["latest", "Latest", "latest-gpu", "main", "stable", "nightly", "dev", "edge", "v1", "3"]
)
def test_a_tag_that_is_pushed_again_is_found(tag):
    finding = only(_image(f"ghcr.io/acme/train:{tag}"))

    assert finding.code == "IMG001"
    assert finding.at == ("pipelines", "train", "steps", "fit", "image")
    assert f"the tag `{tag}`" in finding.message
    assert "`ghcr.io/acme/train:1.0.0`" in finding.fix


def test_no_tag_is_a_tag_too():
    finding = only(_image("localhost:5000/acme/train"))

    assert finding.message.endswith("without a tag")
    assert "`localhost:5000/acme/train:1.0.0`" in finding.fix


@pytest.mark.parametrize(
    ("image", "fix"),
    [
        ("https://ghcr.io/acme/train:1.0.0", "write `image: ghcr.io/acme/train:1.0.0`"),
        ("ghcr.io/Acme/Train:1.0.0", "write `image: ghcr.io/acme/train:1.0.0`"),
        ("ghcr.io/acme/train:1.0.0/", "write `image: ghcr.io/acme/train:1.0.0`"),
        ("ghcr.io/acme/train:", "write it like"),
        ("ghcr.io/acme/train:1.0.0@sha256:abc", "write it like"),
        ("ghcr.io/acme/my train:1.0.0", "write it like"),
        ("ghcr.io//train:1.0.0", "write it like"),
        (f"train:{'x' * 129}", "write it like"),
    ],
)
def test_what_no_registry_understands_is_found(image, fix):
    finding = only(_image(image))

    assert finding.code == "IMG002"
    assert finding.fix.startswith(fix)


def test_one_mistake_is_told_once():
    assert codes(_image("https://ghcr.io/acme/train:latest")) == ["IMG002"]
