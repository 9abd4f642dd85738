"""Tracking URIs: what they may look like, and how they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urlencode, urlsplit

from mlopsgen.lock.registry.errors import AddressError

_MAX = 2000
_FORMS = "https://HOST, http://HOST, sqlite:///FILE or file:///FOLDER"
_LOGIN = (
    "has a user name or a password; take them away and set MLFLOW_TRACKING_USERNAME and"
    " MLFLOW_TRACKING_PASSWORD"
)


@dataclass(frozen=True, slots=True)
class Server:
    """An MLflow server."""

    uri: str
    tls: bool
    host: str
    port: int
    path: str

    def target(self, endpoint: str, query: dict[str, str]) -> str:
        """Return path and query of a request to *endpoint*."""
        return f"{self.path}{endpoint}?{urlencode(query, quote_via=quote, safe='')}"


@dataclass(frozen=True, slots=True)
class Store:
    """A database or folder of MLflow on this machine."""

    uri: str
    path: Path
    database: bool


def address(uri: str) -> Server | Store:
    """Return what *uri* names; raises AddressError when that is no registry."""
    if not uri or len(uri) > _MAX or not uri.isascii() or not uri.isprintable() or " " in uri:
        msg = f"the tracking URI isn't a URI in plain ASCII; write {_FORMS}"
        raise AddressError(msg)
    try:
        parts = urlsplit(uri)
        port = parts.port
        (parts.hostname or "").encode("idna")  # what looking it up does, and fails at
    except ValueError:
        msg = f"the tracking URI has a host or port that can't be; write {_FORMS}"
        raise AddressError(msg) from None
    if "@" in parts.netloc:
        msg = f"the tracking URI {_LOGIN}"
        raise AddressError(msg)
    if parts.query or parts.fragment:
        msg = "the tracking URI has a `?` or `#`; take away what follows it"
        raise AddressError(msg)
    match parts.scheme:
        case "http" | "https" if parts.hostname:
            tls = parts.scheme == "https"
            path = quote(unquote(parts.path.rstrip("/")), safe="/")
            usual = 443 if tls else 80
            return Server(
                uri.rstrip("/"), tls, parts.hostname, usual if port is None else port, path
            )
        case "sqlite" if not parts.netloc and len(parts.path) > 1:
            return Store(uri, Path(unquote(parts.path[1:])), database=True)
        case "file" if not parts.netloc and parts.path:
            return Store(uri, Path(unquote(parts.path)), database=False)
        case scheme:
            named = f"`{scheme}`" if scheme else "no scheme"
            msg = f"the tracking URI has {named}, which names no registry; write {_FORMS}"
            raise AddressError(msg)
