"""Logins for registries of images, as `docker login` keeps them."""

from __future__ import annotations

import binascii
import json
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mlopsgen.lock.reference import HUB
from mlopsgen.lock.registry.errors import AddressError
from mlopsgen.lock.registry.web import Login

TRUST = "SSL_CERT_FILE"
"""OpenSSL reads it by itself."""

_HUBS = {HUB, "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"}


@dataclass(frozen=True, slots=True)
class Logins:
    """What Docker's configuration says about who asks, by registry."""

    auths: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    delegated: bool = False
    """Whether logins are left to a program, which is never started here."""

    origin: str = ""
    """Where the configuration is, for people."""

    def of(self, host: str) -> Login:
        """Return the login for *host*, which may be none; raises AddressError for a broken one."""
        entry = self.auths.get(host)
        text = entry.get("auth") if entry else None
        if not text:
            return Login(trusting=TRUST)
        try:
            plain = b64decode(text, validate=True) if isinstance(text, str) else b""
        except (binascii.Error, ValueError):
            plain = b""
        if b":" not in plain:
            msg = f"the `auth` of `{host}` in {self.origin} isn't NAME:PASSWORD in base64"
            raise AddressError(msg)
        return Login(f"Basic {text}", self.origin, trusting=TRUST)

    def lacking(self, host: str) -> str:
        """Return how to give a login for *host*."""
        run = f"run `docker login {host}`"
        if self.delegated:
            return (
                f"write an `auth` for `{host}` into DOCKER_AUTH_CONFIG: {self.origin} leaves logins"
                " to a program, and none is started here"
            )
        if host in self.auths:
            return f"{run} with a password or token: {self.origin} has neither for `{host}`"
        return f"{run}, or set DOCKER_AUTH_CONFIG to a configuration with an `auth` for it"


def logins(text: str, origin: str) -> Logins:
    """Return the logins in *text*, a config.json of Docker's; raises AddressError for others."""
    try:
        config = json.loads(text)
    except (ValueError, RecursionError):
        config = None
    auths = config.get("auths", {}) if isinstance(config, dict) else None
    if not isinstance(auths, dict) or not all(isinstance(each, dict) for each in auths.values()):
        msg = f"{origin} isn't a configuration of Docker: JSON with a map `auths` of maps"
        raise AddressError(msg)
    delegated = bool(config.get("credsStore") or config.get("credHelpers"))
    return Logins({_host(key): entry for key, entry in auths.items()}, delegated, origin)


def _host(key: str) -> str:
    """Return the registry that *key* stands for: Docker writes a host, or a URL with a path."""
    bare = key.removeprefix("https://").removeprefix("http://")
    host = bare.partition("/")[0]
    return HUB if host in _HUBS else host
