"""Registries of models and images, asked over the network. Only `mlopsgen lock` imports this."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from mlopsgen.lock.registry.address import Server, address
from mlopsgen.lock.registry.deadline import Deadline
from mlopsgen.lock.registry.distribution import ImageRegistries
from mlopsgen.lock.registry.embedded import EmbeddedRegistry
from mlopsgen.lock.registry.errors import AddressError, RegistryError
from mlopsgen.lock.registry.logins import Logins, logins
from mlopsgen.lock.registry.pinning import pin
from mlopsgen.lock.registry.resolve import Registry, resolve
from mlopsgen.lock.registry.rest import RestRegistry
from mlopsgen.lock.registry.web import Login, Web

__all__ = [
    "AddressError", "Deadline", "ImageRegistries", "Login", "Logins", "Registry", "RegistryError",
    "logins", "open_registry", "pin", "resolve",
]  # fmt: skip


@contextmanager
def open_registry(uri: str, login: Login, deadline: Deadline) -> Iterator[Registry]:
    """Give the registry at *uri* for the block; raises AddressError when that can't be one."""
    found = address(uri)
    if isinstance(found, Server):
        with closing(Web(found, login, deadline)) as web:
            yield RestRegistry(found, login, web)
    else:
        yield EmbeddedRegistry(found, deadline)
