"""From a source to what it stands for, by asking a registry that isn't trusted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Protocol

from pydantic import ValidationError

from mlopsgen.diagnostics import Finding, SpecPath
from mlopsgen.lock.changes import Wanted
from mlopsgen.lock.lockfile import LockedModel
from mlopsgen.lock.registry.errors import RegistryError, quoted
from mlopsgen.lock.rules import UNREGISTERED, UNSERVABLE

MANY = 100
"""Models that are asked for when one isn't there, to find the one that was meant."""
_SHOWN = 8
"""Names that are listed when none is near; more would hide the message."""
_NUMBER = re.compile(r"0*(?P<digits>[1-9][0-9]{0,8})")
"""Versions are 32-bit integers in MLflow's database."""
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_READY = "READY"


@dataclass(frozen=True, slots=True)
class Version:
    """A model version as the registry has it; `run_id` and `status` are "" when it doesn't say."""

    name: str
    version: str
    run_id: str
    status: str


class Registry(Protocol):
    """A place that knows versions of models. Raises RegistryError when it can't be asked."""

    uri: str

    def version(self, wanted: Wanted) -> Version | None:
        """Return the version that *wanted* stands for."""
        ...

    def files(self, name: str, version: str) -> str:
        """Return where the files of a version lie."""
        ...

    def aliases(self, name: str) -> Sequence[str] | None:
        """Return the aliases of the model; None when there is no such model."""
        ...

    def names(self) -> Sequence[str]:
        """Return the names of the first MANY models."""
        ...


def resolve(registry: Registry, wanted: Wanted, at: SpecPath, now: str) -> LockedModel | Finding:
    """Return what *wanted*, written at *at*, stands for; *now* is the time to record."""
    number = _NUMBER.fullmatch(wanted.version) if wanted.version else None
    if wanted.version and number is None:
        return _absent(registry, wanted, at)
    version = registry.version(wanted)
    if version is None:
        return _absent(registry, wanted, at)
    asked = number["digits"] if number else version.version
    if (version.name, version.version) != (wanted.name, asked):
        got = quoted(f"models:/{version.name}/{version.version}")
        raise _hostile(registry, f"was asked for {quoted(wanted.source)} and answered with {got}")
    if version.status not in {"", _READY}:
        return UNSERVABLE.at(
            at,
            f"{quoted(wanted.source)} is version {quoted(version.version)}, which is"
            f" {quoted(version.status)}",
            fix="register the version again, or move the alias to another",
        )
    if not _NUMBER.fullmatch(version.version):
        raise _hostile(registry, f"answered with the version {quoted(version.version)}")
    uri = registry.files(wanted.name, version.version)
    if not uri.startswith("s3://"):
        return _elsewhere(wanted, version.version, uri, at)
    try:
        return LockedModel.model_validate(
            {
                "version": version.version,
                "uri": uri.rstrip("/"),
                "runId": version.run_id or None,
                "from": registry.uri,
                "at": now,
            }
        )
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        what = f"`{first['loc'][0]}` that isn't of its form: {quoted(first['input'])}"
        raise _hostile(registry, f"answered with a {what}") from None


def _absent(registry: Registry, wanted: Wanted, at: SpecPath) -> Finding:
    """Say which part of *wanted* the registry doesn't have, and what may have been meant."""
    aliases = registry.aliases(wanted.name)
    if aliases is None:
        return UNREGISTERED.at(
            at,
            f"the registry has no model {quoted(wanted.name)}",
            fix=_choice(wanted.name, registry.names(), "register the model first"),
        )
    if wanted.alias is None:
        return UNREGISTERED.at(
            at,
            f"{quoted(wanted.name)} has no version {wanted.version} in the registry",
            fix="write a version that is registered, or an alias",
        )
    if wanted.alias in aliases:
        raise _hostile(registry, f"has the alias of {quoted(wanted.source)} but no version for it")
    return UNREGISTERED.at(
        at,
        f"{quoted(wanted.name)} has no alias {quoted(wanted.alias)} in the registry",
        fix=_choice(wanted.alias, aliases, f"set the alias on a version of {quoted(wanted.name)}"),
    )


def _choice(word: str, words: Sequence[str], otherwise: str) -> str:
    if near := get_close_matches(word, words[:MANY], n=1):
        return f"write {quoted(near[0])}, or {otherwise}"
    if not words:
        return otherwise
    some = ", ".join(quoted(each) for each in sorted(words)[:_SHOWN])
    more = f" or another of the {len(words)}" if len(words) > _SHOWN else ""
    return f"write one of {some}{more}, or {otherwise}"


def _elsewhere(wanted: Wanted, version: str, uri: str, at: SpecPath) -> Finding:
    scheme = _SCHEME.match(uri)
    kind = scheme[0].lower() if scheme else ""
    if kind == "mlflow-artifacts:":
        where = "behind the tracking server (`mlflow-artifacts:`)"
        fix = (
            "let the server hand out S3 (the chart's `artifactRoot.proxiedArtifactStorage: false`),"
            " then log and register the version in a new experiment"
        )
    else:
        where = f"at {quoted(uri)}"
        fix = "log and register the version in an experiment whose artifact location is in S3"
    return UNSERVABLE.at(
        at, f"the files of {quoted(wanted.source)}, version {version}, lie {where}", fix=fix
    )


def _hostile(registry: Registry, what: str) -> RegistryError:
    return RegistryError(
        f"{registry.uri} {what}", "look whether that is your MLflow, and at the log of the server"
    )
