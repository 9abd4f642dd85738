"""Containers of users' own: a model server that no runtime stands for, and a transformer."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from mlopsgen.spec.base import EnvName, Items, Spec, Text
from mlopsgen.spec.form import Form
from mlopsgen.spec.quantities import Cpu, Memory

OwnImage = Annotated[Text, Form("an image with its tag", ("ghcr.io/acme/serve:1.0.0",))]

Words = Items[Annotated[Text, Form("a program or an argument", ("python",))]]

PortNumber = Annotated[int, Form("a TCP port from 1024", (8080,)), Field(ge=1024, le=65535)]
"""A port that user 1000 may listen on."""

HttpPath = Annotated[
    str,
    StringConstraints(pattern=r"^/[A-Za-z0-9/._~:%-]*$", max_length=253),
    Form(
        "a path that starts with `/`",
        ("/healthz",),
        "It is asked for over HTTP, where every path starts with a slash.",
    ),
]
"""A path of an HTTP server."""

Folder = Annotated[
    str,
    StringConstraints(pattern=r"^(/[A-Za-z0-9._-]*[A-Za-z0-9][A-Za-z0-9._-]*)+$", max_length=253),
    Form(
        "an absolute path that doesn't end with `/`",
        ("/var/cache/serve",),
        "A volume is mounted there, and Kubernetes mounts at absolute paths only.",
    ),
]
"""A folder of a container."""


class Images(Spec):
    """The images that mlopsgen writes: those of steps, containers, transformers, models and vLLM.

    The images of charts and of KServe's own servers are named by the charts.
    """

    pin: bool = False
    """With true every image is run by its digest, which `mlopsgen lock` looks up."""


class Resources(Spec):
    """What one container asks for; requests and memory limit are the same."""

    cpu: Cpu = 1000
    """CPUs of one replica."""

    memory: Memory = 2 * 2**30
    """Memory of one replica; it is killed when it takes more."""


class OwnMetrics(Spec):
    """Where Prometheus finds the container's metrics."""

    port: PortNumber
    """The port they are on."""

    path: HttpPath = "/metrics"
    """The path they are under."""


class Container(Spec):
    """A model server of your own. It runs as user 1000 and finds the model in /mnt/models."""

    image: OwnImage
    """The image of the container, with its tag."""

    command: Words = ()
    """The program; without one, that of the image."""

    args: Items[str] = ()
    """Its arguments."""

    port: PortNumber = 8080
    """The port that it answers requests on."""

    health_path: Annotated[HttpPath, Field(alias="healthPath")] = "/"
    """A path that answers 200 as soon as the model is loaded."""

    metrics: OwnMetrics | None = None
    """What Prometheus scrapes; without it, nothing."""

    writable: Items[Folder] = ()
    """Folders that it writes to, besides /tmp: the rest of its file system is read-only."""


class Transformer(Spec):
    """A container in front of the model, which sees requests before and answers after it.

    It runs on nodes without a taint, as user 1000, and scales like the model. It is started with
    KServe's own arguments: --model_name, --predictor_host, --predictor_protocol, --http_port.
    """

    image: OwnImage
    """The image of the container, with its tag."""

    command: Words = ()
    """The program; without one, that of the image."""

    args: Items[str] = ()
    """Its arguments, before those of KServe's."""

    port: PortNumber = 8080
    """The port that it answers requests on."""

    health_path: Annotated[HttpPath, Field(alias="healthPath")] = "/"
    """A path that answers 200 as soon as it takes requests."""

    resources: Resources = Resources.model_construct()
    """CPUs and memory of one replica."""

    env: dict[EnvName, str] = {}
    """Environment of the container."""

    features: bool = False
    """Whether it asks the feature server, whose address it finds in FEATURE_SERVER_URL."""

    @property
    def gpus(self) -> int:
        """GPUs of one replica: it has none."""
        return 0

    @property
    def pool(self) -> None:
        """The node pool it is bound to: it isn't bound to any."""
        return
