"""What was generated, as far as the programs that check it have to be told."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

_MANIFEST = "manifest.json"
_VARIABLES = "terraform/platform.tfvars.json"
_CHART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+_-]*")
_REPOSITORY = re.compile(r"(?:(?:https|oci)://)?[A-Za-z0-9](?:[A-Za-z0-9._-]|/(?!/)|:(?=[0-9]))*")
_NAMESPACE = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_CLUSTER = re.compile(r"[0-9]+\.[0-9]+")
_API = re.compile(
    r"^apiVersion: \"?([a-z0-9.-]+/[a-z0-9]+)\"?\nkind: \"?([A-Za-z]+)\"?$", re.MULTILINE
)


class UnreadableError(Exception):
    """A generated file isn't what a build writes."""

    def __init__(self, path: Path, said: str) -> None:
        super().__init__(f"{path}: {said}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A chart at its pinned version, and the files with the values for it."""

    name: str
    chart: str
    repository: str
    version: str
    namespace: str
    values: tuple[Path, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """One folder of the output.

    `cluster` is the version of Kubernetes, "" where no cluster is generated. `apis` are the
    versions and kinds of objects that aren't Kubernetes' own, as Helm's --api-versions has them.
    """

    name: str
    folder: Path
    cluster: str
    releases: tuple[Release, ...]
    rules: tuple[str, ...]
    tests: tuple[str, ...]
    apis: tuple[str, ...]


def environments(out: Path) -> tuple[Environment, ...]:
    """Return what is under *out*, by name. Raise UnreadableError where somebody changed it."""
    # Listed one by one: a pattern would pass over a folder that can't be read.
    folders = sorted(
        path for path in out.glob("*") if path.is_dir() and path / _MANIFEST in path.iterdir()
    )
    return tuple(_environment(folder) for folder in folders)


def _environment(folder: Path) -> Environment:
    variables = _mapping(folder / _VARIABLES, _json(folder / _VARIABLES))
    releases = (*_of_terraform(folder, variables), *_of_argocd(folder))
    alerts = sorted(path.name for path in (folder / "prometheus").glob("*.yaml"))
    tests = tuple(name for name in alerts if name.endswith(".test.yaml"))
    return Environment(
        name=folder.name,
        folder=folder,
        cluster=_text(folder / _VARIABLES, variables, "cluster_version", _CLUSTER, ""),
        releases=tuple(sorted(releases, key=lambda each: each.name)),
        rules=tuple(name for name in alerts if name not in tests),
        tests=tests,
        apis=_apis(folder),
    )


def _of_terraform(folder: Path, variables: dict[str, Any]) -> Iterator[Release]:
    path = folder / _VARIABLES
    for name, value in _mapping(path, variables.get("helm_releases", {})).items():
        given = _mapping(path, value)
        yield Release(
            name=_text(path, {"name": name}, "name", _CHART),
            chart=_text(path, given, "chart", _CHART),
            repository=_text(path, given, "repository", _REPOSITORY),
            version=_text(path, given, "version", _VERSION),
            namespace=_text(path, given, "namespace", _NAMESPACE),
            values=_values(path, folder, given.get("values_files")),
        )


def _of_argocd(folder: Path) -> Iterator[Release]:
    paths = [*folder.glob("argocd/application-*.yaml"), *folder.glob("hub/application-*.yaml")]
    for path in sorted(paths):
        spec = _mapping(path, _mapping(path, _yaml(path)).get("spec"))
        destination = _mapping(path, spec.get("destination"))
        for source in _items(path, spec.get("sources")):
            if "chart" not in source:
                continue
            helm = _mapping(path, source.get("helm", {}))
            chart = _text(path, source, "chart", _CHART)
            yield Release(
                name=_text(path, helm, "releaseName", _CHART, chart),
                chart=chart,
                repository=_text(path, source, "repoURL", _REPOSITORY),
                version=_text(path, source, "targetRevision", _VERSION),
                namespace=_text(path, destination, "namespace", _NAMESPACE),
                values=_values(path, folder, helm.get("valueFiles")),
            )


def _values(path: Path, folder: Path, names: object) -> tuple[Path, ...]:
    """Return the files that *names* mean; whoever reads them says where helm/ is in its own way."""
    if not isinstance(names, list | None) or not all(isinstance(each, str) for each in names or ()):
        raise UnreadableError(path, "the files of values aren't a list of names")
    return tuple(folder / "helm" / PurePosixPath(each).name for each in names or ())


def _apis(folder: Path) -> tuple[str, ...]:
    found: set[str] = set()
    for path in folder.glob("apps/*/*.yaml"):
        for version, kind in _API.findall(_read(path)):
            if "." in version.partition("/")[0]:
                found |= {version, f"{version}/{kind}"}
    return tuple(sorted(found))


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _json(path: Path) -> object:
    if not path.is_file():
        return {}
    try:
        return json.loads(_read(path))
    except (ValueError, RecursionError) as error:
        raise UnreadableError(path, "isn't the JSON that a build writes") from error


def _yaml(path: Path) -> object:
    try:
        return yaml.safe_load(_read(path))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UnreadableError(path, "isn't the YAML that a build writes") from error


def _mapping(path: Path, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise UnreadableError(path, "isn't what a build writes")
    return value


def _items(path: Path, value: object) -> Iterator[dict[str, Any]]:
    for each in value if isinstance(value, list) else ():
        yield _mapping(path, each)


def _text(
    path: Path, value: dict[str, Any], key: str, form: re.Pattern[str], default: str | None = None
) -> str:
    """Return the text at *key*: it becomes an argument of a program, so it must look like one."""
    text = value.get(key, default)
    if text == default and default is not None:
        return default
    if not isinstance(text, str) or not form.fullmatch(text):
        raise UnreadableError(path, f"`{key}` isn't what a build writes")
    return text
