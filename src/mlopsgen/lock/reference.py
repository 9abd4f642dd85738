"""References of images: which registry, which repository, which tag or digest."""

from __future__ import annotations

import re
from dataclasses import dataclass

HUB = "docker.io"
"""The registry of references that name none."""

_HUBS = {"", HUB, "index.docker.io"}

_LABEL = r"[A-Za-z0-9](?:[-A-Za-z0-9]{0,61}[A-Za-z0-9])?"
_PART = r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*"
_REFERENCE = re.compile(
    rf"(?:(?P<host>{_LABEL}(?:\.{_LABEL})*(?::(?P<port>[0-9]{{1,5}}))?)/)?"
    rf"(?P<path>{_PART}(?:/{_PART})*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?"
    r"(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
"""distribution/reference 0.6.0 reference.go, with sha256 as the only digest."""

_MAX_HOST = 253
_MAX_PORT = 65535
_LOCAL = "localhost"


@dataclass(frozen=True, slots=True)
class Reference:
    """An image as users write it, taken apart as the kubelet does it."""

    text: str
    host: str
    """The registry, with its port where that is written; `docker.io` where there is none."""

    path: str
    """The repository in the registry."""

    tag: str | None
    digest: str | None
    """Absent where only the tag says which image is meant."""

    @property
    def name(self) -> str:
        """The reference without its tag and digest."""
        whole = self.text.removesuffix(f"@{self.digest}")
        return whole.removesuffix(f":{self.tag}")


def reference(text: str) -> Reference | None:
    """Return *text* taken apart; None when no registry understands it."""
    match = _REFERENCE.fullmatch(text)
    if match is None or int(match["port"] or 1) not in range(1, _MAX_PORT + 1):
        return None
    host, path = match["host"] or "", match["path"]
    first, rest = path.partition("/")[::2]
    if len(host) > _MAX_HOST or (not host and rest and _is_registry(first)):
        return None  # the kubelet would take that for a host, which it can't be
    if host and not _is_registry(host):
        # Without a dot or a port the first part is a user of Docker Hub, not a host.
        if host != host.lower():
            return None
        host, path = "", f"{host}/{path}"
    if host in _HUBS:
        host, path = HUB, path if "/" in path else f"library/{path}"
    return Reference(text, host, path, match["tag"], match["digest"])


def _is_registry(host: str) -> bool:
    return "." in host or ":" in host or host == _LOCAL
