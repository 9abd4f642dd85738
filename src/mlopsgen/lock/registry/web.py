"""GET over HTTP: small answers, verified TLS, no redirects, and an end in time."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from socket import SHUT_RDWR, gaierror, socket

from mlopsgen.lock.registry.address import Server
from mlopsgen.lock.registry.deadline import Deadline, LateError
from mlopsgen.lock.registry.errors import AddressError, RegistryError, quoted

MAX_BODY = 1024 * 1024
ONE_REQUEST = 10.0
"""Seconds until a single request is given up; a registry answers from a database."""
WAITS = (0.2, 0.8)
"""Seconds before the second and third try: a load balancer that lost a pod needs no more."""
_AGAIN = {429, 502, 503, 504}
"""Statuses of servers that are busy or being replaced; asking again changes nothing there."""


@dataclass(frozen=True, slots=True)
class Login:
    """What is shown to the server; `variables` names where it came from."""

    authorization: str | None = field(default=None, repr=False)
    variables: str = ""
    certificates: str | None = None
    """A file of certificates to trust instead of the system's."""

    trusting: str = "MLFLOW_TRACKING_SERVER_CERT_PATH"
    """The variable that names such a file."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer."""

    status: int
    kind: str
    body: bytes
    location: str
    wait: float | None
    """Seconds that the server asks to wait for."""

    digest: str = ""
    """What a registry of images says that the body hashes to."""

    challenges: tuple[str, ...] = ()
    """How the server wants to be shown who asks."""


class Web:
    """One server, asked again and again over one connection."""

    def __init__(self, server: Server, login: Login, deadline: Deadline) -> None:
        """Prepare to ask; nothing is sent yet."""
        self._server = server
        self._deadline = deadline
        self._login = login
        self._headers = {"Accept": "application/json", "User-Agent": "mlopsgen"}
        if login.authorization:
            self._headers["Authorization"] = login.authorization
        self._trust = _trust(login) if server.tls else None
        self._connection = self._connected()

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def get(self, endpoint: str, query: dict[str, str]) -> Answer:
        """Return the answer to a GET, asking again while the server is away or busy."""
        return self.fetch(self._server.target(endpoint, query), {})

    def fetch(self, target: str, headers: Mapping[str, str]) -> Answer:
        """Return the answer to a GET of *target* with *headers*, as `get` does."""
        waits = iter(WAITS)
        while True:
            outcome = self._attempt(target, {**self._headers, **headers})
            asked = 0.0
            if isinstance(outcome, Answer):
                if outcome.status not in _AGAIN:
                    return outcome
                problem = self._busy(outcome)
                asked = outcome.wait or asked
            else:
                problem = self._problem(outcome)
            wait = None if isinstance(outcome, ssl.SSLError) else next(waits, None)
            if wait is None or not self._deadline.wait(max(wait, asked)):
                raise problem

    def _attempt(self, target: str, headers: Mapping[str, str]) -> Answer | Exception:
        """Return the answer to one request, or why there is none."""
        connection = self._connection
        try:
            outcome = self._deadline.within(
                ONE_REQUEST, lambda: self._exchange(connection, target, headers)
            )
        except LateError as error:
            outcome = error
            self._connection = self._connected()
            if connection.sock is not None:
                with suppress(OSError):  # it wakes the thread that still reads; TLS would wait
                    socket.shutdown(connection.sock, SHUT_RDWR)
        return outcome

    def _connected(self) -> HTTPConnection:
        server = self._server
        if self._trust is None:
            return HTTPConnection(server.host, server.port, timeout=ONE_REQUEST)
        return HTTPSConnection(server.host, server.port, timeout=ONE_REQUEST, context=self._trust)

    def _exchange(
        self, connection: HTTPConnection, target: str, headers: Mapping[str, str]
    ) -> Answer | Exception:
        try:
            outcome: Answer | Exception = self._asked(connection, target, headers)
        except (OSError, HTTPException) as error:
            outcome = error
        if isinstance(outcome, Exception) or connection is not self._connection:
            connection.close()
        return outcome

    def _asked(self, connection: HTTPConnection, target: str, headers: Mapping[str, str]) -> Answer:
        connection.request("GET", target, headers=dict(headers))
        response = connection.getresponse()
        body = response.read(MAX_BODY + 1)
        announced = response.getheader("Content-Length", "")
        if len(body) > MAX_BODY:
            connection.close()
        elif announced.isascii() and announced.isdigit() and len(body) < int(announced[:12]):
            msg = f"the connection closed after {len(body):,} of {int(announced[:12]):,} bytes"
            raise ConnectionError(msg)
        return Answer(
            status=response.status,
            kind=response.headers.get_content_type(),
            body=body,
            location=response.getheader("Location", ""),
            wait=_wait(response),
            digest=response.getheader("Docker-Content-Digest", ""),
            challenges=tuple(response.headers.get_all("WWW-Authenticate") or ()),
        )

    def _problem(self, error: Exception) -> RegistryError:
        uri, host = self._server.uri, self._server.host
        fix = "look whether the server runs and the address is right, then run the command again"
        match error:
            case LateError() if self._deadline.left == 0:
                message = f"{uri} didn't answer within the deadline of {self._deadline.seconds:g} s"
                fix = "look what holds the server up, or give more time with --deadline"
            case LateError() | TimeoutError():
                message = f"{uri} didn't answer a request within {ONE_REQUEST:g} s"
            case gaierror():
                message = f"no address is known for the host `{host}` of {uri}"
                fix = "correct the host, or run the command where its name is known"
            case ssl.SSLCertVerificationError(verify_message=reason):
                message = f"the certificate of {uri} isn't trusted: {quoted(reason)}"
                fix = f"set {self._login.trusting} to a file with the certificate to trust"
            case ssl.SSLError(reason=reason):
                message = f"{uri} didn't agree on TLS: {quoted(reason)}"
                fix = "correct the port, or write http:// when the server has no TLS"
            case ConnectionRefusedError():
                message = f"nothing listens at {uri}"
            case OSError():
                message = f"the connection to {uri} failed: {quoted(error.strerror or error)}"
            case _:
                message = f"{uri} answered with something that isn't HTTP"
                fix = "correct the port, or write https:// when the server has TLS"
        return RegistryError(message, fix)

    def _busy(self, answer: Answer) -> RegistryError:
        uri = self._server.uri
        if answer.wait is not None and answer.wait >= self._deadline.left:
            return RegistryError(
                f"{uri} answered {answer.status} and asks to wait {answer.wait:g} s;"
                f" {self._deadline.left:.0f} s are left of the deadline",
                "run the command again later, or give more time with --deadline",
            )
        return RegistryError(
            f"{uri} answered {answer.status} to {len(WAITS) + 1} requests in a row",
            "look at the server and what stands before it, then run the command again",
        )


def _trust(login: Login) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=login.certificates)
    except ssl.SSLError:
        msg = f"the file in {login.trusting} holds no certificates in PEM"
        raise AddressError(msg) from None


def _wait(response: HTTPResponse) -> float | None:
    """Return what Retry-After says in seconds; a date counts from the answer's own."""
    said = response.getheader("Retry-After", "").strip()
    if said.isascii() and said.isdigit():
        return float(said[:9])
    try:
        until = parsedate_to_datetime(said)
        now = parsedate_to_datetime(response.getheader("Date", ""))
        return max(0.0, (until - now).total_seconds())
    except (TypeError, ValueError):  # TypeError: one has a zone and the other none
        return None
