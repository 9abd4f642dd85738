"""MLflow's REST API, as of MLflow 3."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from mlopsgen.lock.changes import Wanted
from mlopsgen.lock.registry.address import Server
from mlopsgen.lock.registry.errors import RegistryError, quoted
from mlopsgen.lock.registry.resolve import MANY, Version
from mlopsgen.lock.registry.web import MAX_BODY, Answer, Login, Web

_API = "/api/2.0/mlflow"
_ABSENT = {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}
"""MLflow has the first for models and versions that aren't there, the second for aliases."""
_OK, _UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND = 200, 401, 403, 404
_REDIRECTS = range(300, 400)
_HOST_CHECK = b"Invalid Host header"
_NO_LOGIN = "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN"
_NOT_MLFLOW = "write the address of MLflow itself, with its path but without `/api` or `/#/models`"


class RestRegistry:
    """The registry behind an MLflow server."""

    def __init__(self, server: Server, login: Login, web: Web) -> None:
        """Ask *server* over *web*."""
        self.uri = server.uri
        self._server = server
        self._login = login
        self._web = web

    def version(self, wanted: Wanted) -> Version | None:
        """Return the version that *wanted* stands for."""
        if wanted.alias is not None:
            query = {"name": wanted.name, "alias": wanted.alias}
            found = self._ask("/registered-models/alias", query)
        else:
            query = {"name": wanted.name, "version": wanted.version or ""}
            found = self._ask("/model-versions/get", query)
        if found is None:
            return None
        body = self._map(found, "model_version")
        return Version(
            name=self._text(body, "name"),
            version=self._text(body, "version"),
            run_id=self._text(body, "run_id", ""),
            status=self._text(body, "status", ""),
        )

    def files(self, name: str, version: str) -> str:
        """Return where the files lie: `source` of a version may be `models:/m-...` instead."""
        query = {"name": name, "version": version}
        found = self._ask("/model-versions/get-download-uri", query)
        if found is None:
            self._stop(f"has no files of version {version} of {quoted(name)}")
        return self._text(found, "artifact_uri")

    def aliases(self, name: str) -> tuple[str, ...] | None:
        """Return the aliases of the model; None when there is no such model."""
        found = self._ask("/registered-models/get", {"name": name})
        if found is None:
            return None
        return self._texts(self._map(found, "registered_model"), "aliases", "alias")

    def names(self) -> tuple[str, ...]:
        """Return the names of the first models."""
        found = self._ask("/registered-models/search", {"max_results": str(MANY)})
        return self._texts(found or {}, "registered_models", "name")

    def _ask(self, endpoint: str, query: dict[str, str]) -> Mapping[str, Any] | None:
        """Return the object of an answer, None when MLflow says that what is asked for isn't."""
        answer = self._web.get(_API + endpoint, query)
        if answer.status in {_UNAUTHORIZED, _FORBIDDEN}:
            raise self._refused(answer)
        if answer.status in _REDIRECTS:
            raise self._elsewhere(answer)
        if len(answer.body) > MAX_BODY:
            self._stop(f"answered with more than {MAX_BODY:,} bytes")
        if answer.kind == "text/html":
            raise self._page(answer)
        body = self._object(answer)
        if answer.status == _OK:
            return body
        code = body.get("error_code")
        if code not in _ABSENT:
            said = f"{code}: {body.get('message', '')}"
            self._stop(f"answered {answer.status}: {quoted(said)}")
        return None

    def _object(self, answer: Answer) -> dict[str, Any]:
        try:
            body = json.loads(answer.body)
        except (ValueError, RecursionError):
            size = f"{len(answer.body):,} bytes that aren't whole JSON"
            self._stop(f"answered {answer.status} with {size}")
        if not isinstance(body, dict):
            self._stop(f"answered {answer.status} with JSON that is no object")
        return body

    def _elsewhere(self, answer: Answer) -> RegistryError:
        to = quoted(answer.location.partition("?")[0])
        return RegistryError(
            f"{self.uri} sends on to {to}, and nobody is followed with credentials",
            "write the address it sends to when that is MLflow; when it is a page to log in at,"
            f" {_NO_LOGIN}",
        )

    def _page(self, answer: Answer) -> RegistryError:
        if answer.status == _OK:
            return RegistryError(
                f"{self.uri} answered with a web page, as a page to log in at would",
                f"{_NO_LOGIN}; or {_NOT_MLFLOW}",
            )
        if answer.status == _NOT_FOUND:
            return RegistryError(f"{self.uri} has no MLflow below it", _NOT_MLFLOW)
        return self._strange(f"answered {answer.status} with a web page")

    def _refused(self, answer: Answer) -> RegistryError:
        if _HOST_CHECK in answer.body:
            return RegistryError(
                f"MLflow at {self.uri} refuses requests for the host `{self._server.host}`",
                f"add `{self._server.host}` to MLFLOW_SERVER_ALLOWED_HOSTS of the server",
            )
        if not self._login.authorization:
            return RegistryError(f"{self.uri} answered {answer.status} without a login", _NO_LOGIN)
        if answer.status == _UNAUTHORIZED:
            return RegistryError(
                f"{self.uri} answered 401 to the login from {self._login.variables}",
                f"correct {self._login.variables}",
            )
        return RegistryError(
            f"{self.uri} answered 403: the login from {self._login.variables} may not read the"
            " registry",
            "grant it READ on the registered models",
        )

    def _strange(self, what: str) -> RegistryError:
        return RegistryError(f"{self.uri} {what}", "look at the log of the server")

    def _stop(self, what: str) -> NoReturn:
        raise self._strange(what)

    def _map(self, body: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        value = body.get(key)
        if not isinstance(value, dict):
            self._stop(f"answered without an object `{key}`")
        return value

    def _text(self, body: Mapping[str, Any], key: str, default: str | None = None) -> str:
        value = body.get(key, default)
        if not isinstance(value, str):
            self._stop(f"answered without a text `{key}`")
        return value

    def _texts(self, body: Mapping[str, Any], key: str, inner: str) -> tuple[str, ...]:
        """Return a text of each object in a list; empty lists are left out of answers."""
        values = body.get(key, [])
        if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
            self._stop(f"answered without a list of objects `{key}`")
        return tuple(self._text(value, inner) for value in values)
