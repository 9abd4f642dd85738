"""A registry on this machine, read through the mlflow library where that is installed."""

from __future__ import annotations

import sqlite3
import warnings
from collections.abc import Callable
from contextlib import closing
from importlib import import_module
from typing import Any

from mlopsgen.lock.changes import Wanted
from mlopsgen.lock.registry.address import Store
from mlopsgen.lock.registry.deadline import Deadline, LateError
from mlopsgen.lock.registry.errors import AddressError, RegistryError, quoted
from mlopsgen.lock.registry.resolve import MANY, Version

_ABSENT = {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}
_TABLE = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'model_versions'"


class EmbeddedRegistry:
    """The registry in a database or folder of MLflow."""

    def __init__(self, store: Store, deadline: Deadline) -> None:
        """Open *store*, which has to be there: MLflow itself would make a new one."""
        self.uri = store.uri
        self._deadline = deadline
        _look(store, deadline)
        try:
            mlflow = import_module("mlflow")
        except ImportError:
            msg = (
                f"the registry {store.uri} is read by the mlflow library, which isn't installed;"
                " run `pip install 'mlopsgen[mlflow]'`, or write the http:// address of a server"
            )
            raise AddressError(msg) from None
        self._failure: type[Exception] = mlflow.exceptions.MlflowException
        self._client = self._asked(
            lambda: mlflow.MlflowClient(tracking_uri=store.uri, registry_uri=store.uri)
        )

    def version(self, wanted: Wanted) -> Version | None:
        """Return the version that *wanted* stands for."""
        client = self._client
        if wanted.alias is not None:
            found = self._found(
                lambda: client.get_model_version_by_alias(wanted.name, wanted.alias)
            )
        else:
            found = self._found(lambda: client.get_model_version(wanted.name, wanted.version))
        if found is None:
            return None
        return Version(found.name, str(found.version), found.run_id or "", found.status or "")

    def files(self, name: str, version: str) -> str:
        """Return where the files lie: `source` of a version may be `models:/m-...` instead."""
        return str(self._asked(lambda: self._client.get_model_version_download_uri(name, version)))

    def aliases(self, name: str) -> tuple[str, ...] | None:
        """Return the aliases of the model; None when there is no such model."""
        found = self._found(lambda: self._client.get_registered_model(name))
        return None if found is None else tuple(found.aliases)

    def names(self) -> tuple[str, ...]:
        """Return the names of the first models."""
        found = self._asked(lambda: self._client.search_registered_models(max_results=MANY))
        return tuple(model.name for model in found)

    def _found(self, ask: Callable[[], Any]) -> Any:  # noqa: ANN401 - mlflow has no types for us
        """Return what *ask* returns, None when MLflow says that it isn't there."""
        outcome = self._outcome(ask)
        if isinstance(outcome, self._failure):
            if getattr(outcome, "error_code", "") in _ABSENT:
                return None
            raise self._failed(outcome)
        return outcome

    def _asked(self, ask: Callable[[], Any]) -> Any:  # noqa: ANN401 - mlflow has no types for us
        outcome = self._outcome(ask)
        if isinstance(outcome, self._failure):
            raise self._failed(outcome)
        return outcome

    def _outcome(self, ask: Callable[[], Any]) -> Any:  # noqa: ANN401 - mlflow has no types for us
        def caught() -> Any:  # noqa: ANN401 - as above
            try:
                return ask()
            except self._failure as error:
                return error

        try:
            with warnings.catch_warnings():
                # They are about mlflow's own code, which nobody here can mend.
                warnings.simplefilter("ignore")
                return self._deadline.within(self._deadline.seconds, caught)
        except LateError:
            raise self._late() from None

    def _late(self) -> RegistryError:
        return RegistryError(
            f"{self.uri} didn't answer within the deadline of {self._deadline.seconds:g} s",
            "look what holds the database locked, or give more time with --deadline",
        )

    def _failed(self, error: Exception) -> RegistryError:
        return RegistryError(
            f"MLflow can't read {self.uri}: {quoted(error)}",
            "follow what MLflow says, or write the http:// address of a server",
        )


def _look(store: Store, deadline: Deadline) -> None:
    """Raise RegistryError unless MLflow has written *store* before."""
    problem = RegistryError(
        f"there is no registry of MLflow at {store.uri}",
        "correct the path; a relative one counts from the working folder",
    )
    if not store.database:
        if not store.path.is_dir():
            raise problem
        return
    if not store.path.is_file():
        raise problem
    read_only = f"{store.path.absolute().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(read_only, timeout=deadline.left, uri=True)) as db:
            known = db.execute(_TABLE).fetchone()
    except sqlite3.Error as error:
        msg = f"{store.uri} can't be read: {quoted(error)}"
        raise RegistryError(msg, problem.fix) from error
    if known is None:
        raise problem
