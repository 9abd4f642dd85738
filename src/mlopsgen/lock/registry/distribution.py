"""Registries of images, as of the OCI distribution specification 1.1."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any, NoReturn

from mlopsgen.lock.reference import HUB, Reference
from mlopsgen.lock.registry.address import Server, encoded, image_server, onward
from mlopsgen.lock.registry.challenge import challenge
from mlopsgen.lock.registry.deadline import Deadline
from mlopsgen.lock.registry.errors import RegistryError, quoted
from mlopsgen.lock.registry.logins import TRUST, Logins
from mlopsgen.lock.registry.manifest import KINDS, Manifest, body_of, manifest
from mlopsgen.lock.registry.web import MAX_BODY, Answer, Login, Web

_HUB_SERVER = "registry-1.docker.io"
_OK, _UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND = 200, 401, 403, 404
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HOPS = 3
"""Times that a registry may send on: one to a mirror near by, and from there to its store."""
_MAX_TOKEN = 32 * 1024
_LOOK = "look whether the host is a registry of images, and at what stands before it"


class ImageRegistries:
    """Every registry that images come from, each asked over one connection."""

    def __init__(self, logins: Logins, deadline: Deadline) -> None:
        """Prepare to ask; nothing is sent yet."""
        self._logins = logins
        self._deadline = deadline
        self._webs: dict[tuple[bool, str, int], Web] = {}
        self._shown: dict[tuple[str, str], str] = {}
        self._open = ExitStack()

    def close(self) -> None:
        """Hang up everywhere."""
        self._open.close()

    def manifest(self, wanted: Reference) -> Manifest | None:
        """Return what the tag of *wanted* stands for; None when the registry doesn't have it."""
        server = image_server(_HUB_SERVER if wanted.host == HUB else wanted.host)
        target = f"/v2/{wanted.path}/manifests/{wanted.tag or 'latest'}"
        key = (wanted.host, wanted.path)
        answer, by = self._followed(server, target, self._shown.get(key, ""))
        if answer.status == _UNAUTHORIZED and _identity(by) != _identity(server):
            # Its way to log in would take the login of the registry that sent here.
            _stop(server, f"sends on to {quoted(by.uri)}, which asks for a login of its own")
        if answer.status == _UNAUTHORIZED and key not in self._shown:
            self._shown[key] = self._introduced(server, wanted, answer)
            answer, _ = self._followed(server, target, self._shown[key])
        return self._read(server, wanted, answer)

    def _read(self, server: Server, wanted: Reference, answer: Answer) -> Manifest | None:
        if answer.status in {_UNAUTHORIZED, _FORBIDDEN}:
            raise self._refused(server, wanted, answer.status)
        if len(answer.body) > MAX_BODY:
            _stop(server, f"answered with more than {MAX_BODY:,} bytes")
        if answer.kind == "text/html":
            _stop(server, f"answered {answer.status} with a web page, as no registry does")
        if answer.status == _NOT_FOUND and isinstance(body_of(answer).get("errors"), list):
            return None
        if answer.status != _OK:
            _stop(server, f"answered {answer.status}: {quoted(_said(answer))}")
        return manifest(server.uri, wanted, answer)

    def _followed(self, server: Server, target: str, authorization: str) -> tuple[Answer, Server]:
        """Return the answer at the end of redirects, and whose it is.

        No other server is shown a login.
        """
        here, there, hops = server, target, 0
        while True:
            own = authorization and (here.tls, here.host, here.port) == _identity(server)
            headers = {"Accept": ", ".join(KINDS)}
            answer = self._web(here).fetch(
                there, {**headers, "Authorization": authorization} if own else headers
            )
            if answer.status not in _REDIRECTS:
                return answer, here
            if hops == _HOPS:
                _stop(server, f"sends on more than {_HOPS} times")
            found = onward(answer.location, here)
            if found is None:
                to = quoted(answer.location.partition("?")[0])
                _stop(here, f"sends on to {to}, which isn't a place to follow it to")
            here, there = found
            hops += 1

    def _introduced(self, server: Server, wanted: Reference, answer: Answer) -> str:
        """Return what to show *server*: the login itself, or a token that it is traded for."""
        login = self._logins.of(wanted.host)
        asked = challenge(answer.challenges)
        if asked is None:
            _stop(server, "answered 401 without saying how to log in")
        if asked.scheme == "bearer":
            return self._token(server, wanted, login, (asked.realm, asked.service))
        if login.authorization is None:
            raise self._refused(server, wanted, answer.status)
        return login.authorization

    def _token(
        self, server: Server, wanted: Reference, login: Login, asked: tuple[str, str]
    ) -> str:
        """Return a token that may read the repository and nothing else."""
        realm, service = asked
        found = onward(realm, server)
        if found is None or not realm.startswith(("https://", "http://")):
            _stop(server, f"has its tokens handed out at {quoted(realm)}, which can't be asked")
        there, target = found
        query = {"service": service} if service else {}
        query["scope"] = f"repository:{wanted.path}:pull"
        joint = "&" if "?" in target else "?"
        shown = {"Authorization": login.authorization} if login.authorization else {}
        answer = self._web(there).fetch(f"{target}{joint}{encoded(query)}", shown)
        if answer.status in {_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND}:
            raise self._refused(server, wanted, answer.status)
        if answer.status != _OK or len(answer.body) > MAX_BODY:
            _stop(there, f"answered {answer.status} instead of handing out a token")
        body = body_of(answer)
        token = body.get("token") or body.get("access_token")
        if not _is_token(token):
            _stop(there, "answered without a `token` that could be shown to the registry")
        return f"Bearer {token}"

    def _web(self, server: Server) -> Web:
        key = _identity(server)
        if key not in self._webs:
            self._webs[key] = web = Web(server, Login(trusting=TRUST), self._deadline)
            self._open.callback(web.close)
        return self._webs[key]

    def _refused(self, server: Server, wanted: Reference, status: int) -> RegistryError:
        repository, host = f"`{wanted.path}`", wanted.host
        where = f"{server.uri} answered {status} for the repository {repository}"
        login = self._logins.of(host)
        if login.authorization is None:
            return RegistryError(
                f"{where} without a login; that may also mean that it has none of that name",
                f"correct the name, or {self._logins.lacking(host)}",
            )
        return RegistryError(
            f"{where} to the login from {login.variables}",
            f"log in again with `docker login {host}`, or let that login pull {repository}",
        )


def _identity(server: Server) -> tuple[bool, str, int]:
    return server.tls, server.host, server.port


def _is_token(token: object) -> bool:
    """Return whether *token* is a text that may stand in a header."""
    return (
        isinstance(token, str)
        and 0 < len(token) <= _MAX_TOKEN
        and token.isascii()
        and token.isprintable()
        and " " not in token
    )


def _said(answer: Answer) -> str:
    """Return the registry's own words for what is wrong, or the start of its answer."""
    errors = body_of(answer).get("errors")
    first: Mapping[str, Any] = {}
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        first = errors[0]
    words = [str(first[key]) for key in ("code", "message") if first.get(key)]
    return ": ".join(words) or answer.body[:200].decode("utf-8", "replace")


def _stop(server: Server, what: str) -> NoReturn:
    msg = f"{server.uri} {what}"
    raise RegistryError(msg, _LOOK)
