import pytest

from mlopsgen.lock import reference
from mlopsgen.lock.registry.address import image_server, onward

DIGEST = f"sha256:{'a' * 64}"


@pytest.mark.parametrize(
    ("text", "host", "path", "tag"),
    [
        ("python:3.11", "docker.io", "library/python", "3.11"),
        ("docker.io/python:3.11", "docker.io", "library/python", "3.11"),
        ("index.docker.io/acme/train:1", "docker.io", "acme/train", "1"),
        ("vllm/vllm-openai:v0.8.0", "docker.io", "vllm/vllm-openai", "v0.8.0"),
        ("ghcr.io/acme/train:1.0.0", "ghcr.io", "acme/train", "1.0.0"),
        ("localhost/train:1", "localhost", "train", "1"),
        ("registry:5000/a/b/c:1", "registry:5000", "a/b/c", "1"),
        ("ghcr.io/acme/train", "ghcr.io", "acme/train", None),
    ],
)
def test_a_reference_is_taken_apart_as_the_kubelet_does(text, host, path, tag):
    found = reference(text)

    assert (found.host, found.path, found.tag, found.digest) == (host, path, tag, None)


def test_name_is_what_is_left_without_tag_and_digest():
    assert reference(f"ghcr.io/acme/train:1@{DIGEST}").name == "ghcr.io/acme/train"
    assert reference(f"ghcr.io/acme/train@{DIGEST}").digest == DIGEST


@pytest.mark.parametrize(
    "text",
    [
        "Acme/train:1",
        "a..b/train:1",
        "-a.b/train:1",
        f"{'a' * 64}.io/train:1",
        f"{'a.' * 127}io/train:1",
        "ghcr.io:0/train:1",
        "ghcr.io:65536/train:1",
        "ghcr.io/acme/train:1@sha256:abc",
        "ghcr.io/acme/train:1\n",
        "",
    ],
)
def test_what_no_registry_understands_is_no_reference(text):
    assert reference(text) is None


@pytest.mark.parametrize("host", ["ghcr.io", "127.0.0.1.evil.example", "localhost.evil.example"])
def test_only_this_machine_is_asked_without_tls(host):
    assert image_server(host).tls
    assert image_server(f"{host}:5000").tls


@pytest.mark.parametrize("host", ["localhost:5000", "127.0.0.1:5000"])
def test_this_machine_is_asked_without_tls(host):
    server = image_server(host)

    assert (server.tls, server.port) == (False, 5000)


@pytest.mark.parametrize(
    "url",
    [
        "http://cdn.example.com/blob",
        "https://127.0.0.1/latest/meta-data",
        "http://localhost:5000/v2/",
        "https://ci:hunter2@cdn.example.com/blob",
        "https://a..b/blob",
        "https://cdn.example.com:99999/blob",
        "https://cdn.example.com/a b",
        "https://cdn.example.com/\x7f",
        "file:///etc/passwd",
        "https://[::1/blob",
    ],
)
def test_a_registry_is_not_followed_to_where_it_must_not_send(url):
    assert onward(url, image_server("ghcr.io")) is None


def test_a_registry_is_followed_to_another_host_and_path():
    server, target = onward("https://cdn.example.com:8443/blob?a=b", image_server("ghcr.io"))
    again, path = onward("/v2/other", image_server("ghcr.io"))

    assert (server.host, server.port, server.tls, target) == (
        "cdn.example.com", 8443, True, "/blob?a=b",
    )  # fmt: skip
    assert (again.host, path) == ("ghcr.io", "/v2/other")
