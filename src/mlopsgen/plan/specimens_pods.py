"""Specimens that are pods: how containers are confined, and where images come from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlopsgen.plan.model import Plan
from mlopsgen.plan.policies import home
from mlopsgen.plan.signatures import covering
from mlopsgen.plan.specimen import SAFE, Specimen, pod

_OF_THE_POD = ("runAsNonRoot", "runAsUser", "seccompProfile")
"""What containers may leave to their pod."""

DIGEST = f"sha256:{'0' * 64}"
"""Of no image."""

_NODE = "the pod shares the network, processes or memory of its node"
_GAINS = "a container may gain privileges"


def unconfined(image: str) -> Iterator[Specimen]:
    """Yield pods of *image* that lack one thing each that the level `restricted` asks for."""
    for name, key, what in (
        ("host-network", "hostNetwork", "a pod in the network of its node"),
        ("host-processes", "hostPID", "a pod among the processes of its node"),
        ("host-memory", "hostIPC", "a pod that shares memory with its node"),
    ):
        body = pod(image)
        body["spec"][key] = True
        yield Specimen(name, what, body, _NODE)
    folder = pod(image, volumes=[{"name": "node", "hostPath": {"path": "/"}}])
    said = "a volume is a folder of the node (hostPath)"
    yield Specimen("host-folder", "a folder of the node", folder, said)
    for name, key, what, said in (
        ("privileges", "allowPrivilegeEscalation", "a container that may gain privileges", _GAINS),
        ("root", "runAsNonRoot", "a container that may be root", "a container may run as root"),
        ("capabilities", "capabilities", "a container with capabilities",
         "a container keeps capabilities"),
        ("seccomp", "seccompProfile", "a container without a seccomp profile",
         "a container runs without a seccomp profile"),
    ):  # fmt: skip
        yield Specimen(name, what, pod(image, without=key), said)
    first = pod(image, initContainers=[{"name": "first", "image": image}])
    yield Specimen("init-container", "an init container without any of it", first, _GAINS)


def confined(image: str) -> Iterator[Specimen]:
    """Yield pods of *image* that are confined, by their containers or by the pod."""
    first = {"name": "first", "image": image, "securityContext": SAFE}
    confined = pod(image, initContainers=[first], volumes=[{"name": "scratch", "emptyDir": {}}])
    yield Specimen("confined", "a pod whose containers are confined", confined)
    shared = {key: SAFE[key] for key in _OF_THE_POD}
    own = {key: value for key, value in SAFE.items() if key not in _OF_THE_POD}
    container = {"name": "main", "image": image, "securityContext": own}
    body = {**confined, "spec": {"securityContext": shared, "containers": [container]}}
    yield Specimen("confined-as-a-whole", "a pod that is confined as a whole", body)


def strangers(listed: Sequence[str]) -> Iterator[Specimen]:
    """Yield images of none of the registries *listed*, all of Docker Hub perhaps among them."""
    for name, where, host, path in (
        ("unlisted", "a registry", "registry.invalid/", "tool:1.0.0"),
        ("docker-hub", "Docker Hub", "", "nobody-listed-this/tool:1.0.0"),
    ):
        whole = f"{host or 'docker.io/'}{path}"
        if not any(whole.startswith(f"{each}/") for each in listed):
            what = f"an image of {where} that nobody listed"
            said = f"not from a registry that is listed: {whole}"
            yield Specimen(name, what, pod(f"{host}{path}"), said)


def own(plan: Plan, *, unsigned: bool = False) -> Iterator[Specimen]:
    """Yield one image of the platform for each place that it takes images from.

    With *unsigned* only those that need no signature.
    """
    found: dict[str, tuple[str, str]] = {}
    for whose, image in _images(plan):
        if not (unsigned and covering(plan.platform, image)):
            found.setdefault(home(image), (whose, image))
    for number, (whose, image) in enumerate(found.values(), 1):
        yield Specimen(f"own-{number}", f"an image of {whose}", pod(image))


def _images(plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield the images of models and pipelines, each after the one that runs it."""
    for served in plan.served:
        theirs = served.runtime.image
        if served.image or not served.spec.container:
            yield f"the model `{served.model}`", served.image or f"{theirs.repository}:{theirs.tag}"
    for run in plan.workflows:
        yield from ((f"the pipeline `{run.name}`", image) for image in run.images.values())


def unsigned(plan: Plan) -> Iterator[Specimen]:
    """Yield an image of each kind that needs a signature, which nobody has signed."""
    for name, spec in plan.platform.policies.signatures.items():
        image = spec.images[0].replace("*", "nobody-signed-this")
        body = pod(f"{image}:1.0.0@{DIGEST}")
        said = f"it needs the signature `{name}`"
        yield Specimen(name, f"an image without the signature `{name}`", body, said)
