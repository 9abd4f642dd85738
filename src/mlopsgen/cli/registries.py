"""Which registries are asked, and with which logins."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import click

from mlopsgen.lock.registry import (
    AddressError,
    Deadline,
    ImageRegistries,
    Login,
    Logins,
    Registry,
    logins,
    open_registry,
)
from mlopsgen.spec.said import listed

TRACKING = "MLFLOW_TRACKING_URI"
_USER, _PASSWORD = "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"
_BEARER = "MLFLOW_TRACKING_TOKEN"
_CERTIFICATES = "MLFLOW_TRACKING_SERVER_CERT_PATH"
_DOCKER, _DOCKER_FOLDER = "DOCKER_AUTH_CONFIG", "DOCKER_CONFIG"
_OF_ONE = re.compile(r"(?P<name>[A-Za-z0-9_-]+)=(?P<uri>.*)", re.DOTALL)


def addresses(
    options: Sequence[str],
    variables: Mapping[str, str],
    environments: Collection[str],
    declared: tuple[str, ...],
) -> dict[str, str]:
    """Return the tracking URI of each of *environments*, which are some of those *declared*.

    An option is a URI for all, or NAME=URI for one; without either the variable of MLflow counts.
    The lock's own record doesn't: a change to that file must not send a login somewhere else.
    """
    common, single = variables.get(TRACKING, ""), {}
    for option in options:
        match = _OF_ONE.fullmatch(option)
        if match is None:
            common = option
        elif match["name"] in declared:
            single[match["name"]] = match["uri"]
        else:
            msg = f"--registry names `{match['name']}`; the environments are {listed(declared)}"
            raise click.UsageError(msg)
    found = {name: single.get(name, common) for name in environments}
    for name, uri in found.items():
        if not uri:
            msg = f"no registry is given for `{name}`; write --registry URL, or set {TRACKING}"
            raise click.UsageError(msg)
    return found


def login(variables: Mapping[str, str]) -> Login:
    """Return the login that *variables* give, the user before the token as MLflow itself does."""
    certificates = variables.get(_CERTIFICATES) or None
    if certificates and not Path(certificates).is_file():
        msg = f"{_CERTIFICATES} names no file"
        raise click.UsageError(msg)
    user, password = variables.get(_USER), variables.get(_PASSWORD)
    if user and password:
        both = b64encode(f"{user}:{password}".encode("utf-8", "surrogateescape")).decode()
        return Login(f"Basic {both}", f"{_USER} and {_PASSWORD}", certificates)
    if token := variables.get(_BEARER):
        if not token.isascii() or not token.isprintable() or " " in token:
            msg = f"{_BEARER} has a space, a line break or another character that no token has"
            raise click.UsageError(msg)
        return Login(f"Bearer {token}", _BEARER, certificates)
    return Login(certificates=certificates)


@contextmanager
def opened(
    uris: Mapping[str, str], variables: Mapping[str, str], deadline: Deadline
) -> Iterator[dict[str, Registry]]:
    """Give the registry of each environment for the block; the same URI is the same registry."""
    shown = login(variables)
    with ExitStack() as stack:
        try:
            known = {
                uri: stack.enter_context(open_registry(uri, shown, deadline))
                for uri in dict.fromkeys(uris.values())
            }
        except AddressError as error:
            raise click.UsageError(str(error)) from None
        yield {environment: known[uri] for environment, uri in uris.items()}


def docker_logins(variables: Mapping[str, str]) -> Logins:
    """Return the logins for registries of images, the variable before the file as Docker does."""
    if text := variables.get(_DOCKER):
        return logins(text, _DOCKER)
    folder = variables.get(_DOCKER_FOLDER)
    home = variables.get("HOME")
    if not folder and not home:
        return Logins()
    file = Path(folder) / "config.json" if folder else Path(home or "") / ".docker/config.json"
    shown = str(file) if folder else "~/.docker/config.json"
    try:
        return logins(file.read_text(encoding="utf-8", errors="replace"), shown)
    except (FileNotFoundError, NotADirectoryError):
        return Logins()


@contextmanager
def image_registries(variables: Mapping[str, str], deadline: Deadline) -> Iterator[ImageRegistries]:
    """Give the registries of images for the block."""
    try:
        with closing(ImageRegistries(docker_logins(variables), deadline)) as registries:
            yield registries
    except AddressError as error:
        raise click.UsageError(str(error)) from None
