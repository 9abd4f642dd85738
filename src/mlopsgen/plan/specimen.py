"""A specimen: an object that a policy is tried with, and the pod that most of them are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SAFE: Mapping[str, Any] = {
    "allowPrivilegeEscalation": False,
    "runAsNonRoot": True,
    "runAsUser": 1000,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}
"""What the level `restricted` asks of a container, all of it."""


@dataclass(frozen=True, slots=True)
class Specimen:
    """An object that a policy is tried with, without its name and its namespace."""

    name: str
    what: str
    """In words that stand behind `lets in` and `refuses`."""

    body: Mapping[str, Any]
    message: str = ""
    """What the policy says against it; empty where it has to be let in."""

    def document(self, namespace: str) -> dict[str, Any]:
        """Return the whole object, in *namespace*."""
        metadata: dict[str, Any] = {"name": f"specimen-{self.name}", "namespace": namespace}
        metadata |= self.body.get("metadata", {})
        if self.message:
            metadata["annotations"] = {MESSAGE: self.message}
        head = {"apiVersion": self.body["apiVersion"], "kind": self.body["kind"]}
        return {**head, "metadata": metadata} | {
            key: value for key, value in self.body.items() if key != "metadata"
        }


FIXTURES = "policies/"
"""The folder that they are written to, out of reach of every Application."""

ADMIT, DENY = "admit", "deny"
"""What their files are called behind the policy: <policy>.<one of these>.yaml."""

MESSAGE = "mlopsgen/message"
"""The annotation of an object that has to be refused: with which words."""


def pod(image: str, *, without: str = "", **changes: object) -> dict[str, Any]:
    """Return a pod with everything that policies ask for but *without* one thing."""
    safe = {key: value for key, value in SAFE.items() if key != without}
    container = {"name": "main", "image": image, "securityContext": safe}
    return {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [container], **changes}}
