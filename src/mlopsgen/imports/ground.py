"""The platform that a fragment is tried on, and what is built of the two together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mlopsgen.artifact import Artifact
from mlopsgen.compiler import DEFAULT_ENVIRONMENT, Draft, drafted
from mlopsgen.diagnostics import Finding, Severity, SpecPath
from mlopsgen.imports.fragment import Fragment, Identity, Spot
from mlopsgen.load import Loaded, Source
from mlopsgen.load.merge import overlay_onto
from mlopsgen.lock import Lock
from mlopsgen.resources import TEMPLATES
from mlopsgen.serialize import to_yaml
from mlopsgen.shapes import Shapes
from mlopsgen.spec import ALONE, Fleet
from mlopsgen.spec.versions import CURRENT

ROUNDS = 100
"""How often what is refused is taken out before the rest is tried again; each takes something."""

PLATFORM: Mapping[str, Any] = {
    "apiVersion": CURRENT,
    "name": "platform",
    "aws": {"region": "eu-west-1", "accountId": "111122223333"},
    "gitops": {"repository": "https://github.com/acme/platform.git"},
    "storage": {"artifacts": {"bucket": "acme-artifacts"}},
    "components": {
        "argo-events": {},
        "argo-workflows": {},
        "argocd": {},
        "aws-load-balancer-controller": {},
        "cert-manager": {},
        "dcgm-exporter": {},
        "external-dns": {"zones": ["Z0123456789EXAMPLE"]},
        "external-secrets": {},
        "feast": {},
        "grafana": {},
        "karpenter": {},
        "keda": {},
        "kserve": {},
        "kyverno": {},
        "mlflow": {},
        "nvidia-device-plugin": {},
        "prometheus": {},
        "vllm": {},
        "vpc-cni": {},
    },
    "nodePools": {
        "stand-in": {"kind": "managed", "instanceTypes": ["m5.2xlarge"], "min": 3, "max": 100}
    },
}
"""Stands in where no platform.yaml is given: everything that manifests may need, and nothing of
which they say more."""


@dataclass(frozen=True, slots=True)
class Ground:
    """A platform as plain data, with what its environment is called and has locked."""

    data: Mapping[str, Any]
    environment: str = DEFAULT_ENVIRONMENT
    lock: Lock = Lock()  # noqa: RUF009 - frozen
    fleet: Fleet = ALONE
    """The other environments."""

    def built(self, fragment: Fragment | None = None) -> Draft:
        """Return what the platform is with *fragment* in it."""
        data = overlay_onto(self.data, fragment.data) if fragment else dict(self.data)
        text = to_yaml([data])
        source = Source("platform.yaml", {"platform.yaml": text}, ["platform.yaml"])
        loaded = Loaded(data, {}, source, ())
        return drafted(loaded, self.environment, self.lock, Shapes(TEMPLATES), self.fleet)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that was taken out of the fragment, because the platform would be refused."""

    spot: Spot
    finding: Finding
    path: SpecPath
    value: object
    """What was taken out."""


def settled(ground: Ground, fragment: Fragment) -> tuple[Draft, list[Refusal]]:
    """Return what is built once all that would be refused is out of *fragment*."""
    refusals: list[Refusal] = []
    draft = ground.built(fragment)
    for _ in range(ROUNDS):
        taken = list(_taken(draft, fragment))
        if not taken:
            break
        refusals += taken
        draft = ground.built(fragment)
    return draft, refusals


def _taken(draft: Draft, fragment: Fragment) -> Iterator[Refusal]:
    """Take out what *draft* has errors about; of several about one entry, the first counts."""
    gone: set[SpecPath] = set()
    for finding in draft.findings:
        at = finding.at
        if finding.severity is not Severity.ERROR or not isinstance(at, tuple):
            continue
        spot = fragment.spot(at)
        if spot is None or any(at[:end] in gone for end in range(len(at) + 1)):
            continue
        path, value = fragment.take_out(at)
        gone.add(path[:-1] if isinstance(path[-1], int) else path)
        yield Refusal(spot, finding, path, value)


def objects(artifacts: tuple[Artifact, ...]) -> dict[Identity, Mapping[str, Any]]:
    """Return the objects in *artifacts* by kind, namespace and name."""
    found: dict[Identity, Mapping[str, Any]] = {}
    for artifact in artifacts:
        for body in artifact.objects:
            metadata = body["metadata"]
            called = (body["kind"], metadata.get("namespace", ""), metadata["name"])
            found.setdefault(called, body)
    return found
