"""What a component installs: charts, versions, kinds, Helm values, images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from mlopsgen.facts.reading import Fact, Items, Sourced

PodSecurityLevel = Literal["privileged", "baseline", "restricted"]


class Chart(Sourced):
    """A Helm chart; `version` is in the registry's own spelling, which may start with a v."""

    name: str
    repository: str
    version: str


class App(Sourced):
    """What the chart installs: another version than the chart's."""

    version: str


class Release(Sourced):
    """Where and by whom the component is installed unless platform.yaml says otherwise."""

    name: str
    namespace: str
    owner: Literal["terraform", "argocd"]
    wave: int
    """Argo CD sync wave of the component's Application."""


class KubernetesRange(Fact):
    """Kubernetes minor versions, both ends included; `max` is absent where none is stated."""

    min: str
    max: str | None = None


class Requires(Sourced):
    """What must be there before the component works."""

    components: Items[str] = ()
    kubernetes: KubernetesRange | None = None


class PodSecurity(Sourced):
    """The strictest Pod Security level that all pods satisfy with the values we set."""

    level: PodSecurityLevel
    because: str = ""
    """What keeps it from being stricter."""

    unless: Items[str] = ()
    """Helm values that lower it when they are switched on."""


class Crd(Fact):
    """A kind that the component brings, with the versions that the API server serves."""

    group: str
    kind: str
    versions: Items[str]
    contract: str = ""
    """The variant of our contract that its objects keep to; empty for the contract itself."""


class Crds(Sourced):
    """The kinds that the component brings."""

    kinds: Items[Crd]
    server_side_apply: bool = False
    """A definition is over 262,144 bytes, the limit of the annotation of client-side apply."""


class Health(Sourced):
    """What Argo CD knows of the health of an object, by `<group>/<kind>`."""

    assessed: Items[str]
    """Kinds that it asks for their health; waves wait for it."""

    misjudged: Mapping[str, str] = {}
    """Those of them that it needs a check of ours for, with what its own does."""

    immediate: Mapping[str, str]
    """Kinds that are healthy as soon as they are there, with the reason why that will do."""


class Objects(Sourced):
    """What the chart renders with the values we set, for whoever has to allow it.

    A kind is written `<group>/<kind>`, or `/<kind>` in the core group.
    """

    cluster: Items[str] = ()
    """Kinds of cluster-wide objects, definitions among them."""

    namespaced: Items[str] = ()
    namespaces: Items[str] = ()
    """Namespaces other than the release's own that it puts objects into."""


class Values(Sourced):
    """Helm value paths that exist in the chart; `x.*` is a map whose keys are the user's."""

    keys: Items[str]


class Images(Sourced):
    """The images that run with the values we set."""

    images: Items[str]
