"""Tracking URIs: what they may look like, and how they are shown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urlencode, urljoin, urlsplit

from mlopsgen.lock.registry.errors import AddressError

_MAX = 2000
_LOOPBACK = re.compile(r"127(\.[0-9]{1,3}){3}")
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
        return f"{self.path}{endpoint}?{encoded(query)}"


@dataclass(frozen=True, slots=True)
class Store:
    """A database or folder of MLflow on this machine."""

    uri: str
    path: Path
    database: bool


def encoded(query: dict[str, str]) -> str:
    """Return *query* as it stands behind the `?` of a URL."""
    return urlencode(query, quote_via=quote, safe="")


def image_server(host: str) -> Server:
    """Return the registry of images at *host*, which may have a port: TLS unless it is here."""
    name, _, port = host.partition(":")
    tls = not is_loopback(name)
    number = int(port) if port else (443 if tls else 80)
    return Server(f"{'https' if tls else 'http'}://{host}", tls, name, number, "")


def is_loopback(host: str) -> bool:
    """Return whether *host* is this machine, which nobody on the network can pretend to be."""
    return host in {"localhost", "::1"} or _LOOPBACK.fullmatch(host) is not None


def onward(url: str, before: Server) -> tuple[Server, str] | None:
    """Return the server and the target that *before* sends on to; None for no place to follow.

    What started with TLS goes on with TLS, and only this machine sends on to this machine.
    """
    try:
        parts = urlsplit(urljoin(before.uri, url))
        port = parts.port
        host = parts.hostname or ""
        host.encode("idna")  # what looking it up does, and fails at
    except ValueError:
        return None
    tls = parts.scheme == "https"
    here = is_loopback(before.host)
    if not host or "@" in parts.netloc or is_loopback(host) > here:
        return None
    if not tls and not (parts.scheme == "http" and is_loopback(host)):
        return None
    target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    if not target.isascii() or not target.isprintable() or " " in target:
        return None
    number = (443 if tls else 80) if port is None else port
    return Server(f"{parts.scheme}://{parts.netloc}", tls, host, number, ""), target


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
