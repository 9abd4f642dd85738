"""Which files of a revision, or of a folder, a comparison needs."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any, NoReturn

import yaml

from mlopsgen.cli.revisions import Blob, Revision, is_link, materialised
from mlopsgen.load.files import MAX_BYTES
from mlopsgen.load.include import RECORDS
from mlopsgen.lock import LOCK

_MANIFEST = "manifest.json"
_TEXT = (".yaml", ".yml", ".py", ".json", ".lock")


def checked_out(found: Revision, platform: str, folder: Path) -> bool:
    """Write what *platform* is made of in the revision into *folder*; say whether it is there.

    That is the file, what it includes, the lock, the records of pipelines and what those were
    made of. Of a folder with symbolic links it is every file that may be text, since what a
    pattern stands for can't be told from names then.
    """
    blobs = {blob.path: blob for blob in found.blobs() if blob.size <= MAX_BYTES}
    if platform not in blobs:
        return False
    links = [blob for blob in blobs.values() if is_link(blob)]
    if links:
        wanted = {path for path in blobs if path.endswith(_TEXT)} | {one.path for one in links}
    else:
        root = found.contents([blobs[platform]])[platform]
        wanted = {platform, LOCK, *_included(_mapping(root), blobs)}
    wanted |= {path for path in blobs if path.endswith(RECORDS)}
    files = _contents(found, blobs, wanted)
    recorded = {
        name
        for path, data in files.items()
        if path.endswith(RECORDS)
        for name in _recorded(_mapping(data))
    }
    files |= _contents(found, blobs, recorded - files.keys())
    materialised(files, links, folder)
    return True


def _contents(
    found: Revision, blobs: Mapping[str, Blob], wanted: Iterable[str]
) -> dict[str, bytes]:
    asked = [blobs[path] for path in sorted(wanted) if path in blobs]
    return found.contents(asked) if asked else {}


def _included(data: Mapping[str, Any], paths: Iterable[str]) -> Iterator[str]:
    """Yield which of *paths* the patterns of *data* may stand for; reading decides in the end."""
    include = data.get("include")
    listed = include if isinstance(include, list) else []
    patterns = [each for each in listed if isinstance(each, str)]
    for path in paths:
        steps = path.split("/")
        for pattern in patterns:
            parts = PurePosixPath(pattern).parts
            if len(parts) == len(steps) and all(map(fnmatchcase, steps, parts)):
                yield path


def _recorded(data: Mapping[str, Any]) -> Iterator[str]:
    pipelines = data.get("pipelines")
    for pipeline in pipelines.values() if isinstance(pipelines, dict) else ():
        match pipeline:
            case {"recorded": {"files": dict(files)}}:
                yield from (name for name in files if isinstance(name, str))
            case _:
                pass


def _mapping(data: bytes) -> Mapping[str, Any]:
    """Return the YAML *data* as a mapping; nothing where it is none, which reading tells."""
    try:
        found = yaml.load(data, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def folders(folder: Path) -> dict[str, dict[str, bytes]]:
    """Return what a build wrote into *folder*, by environment and path; links aren't followed.

    It may be the folder of one environment, too. Of a folder that no build wrote into nothing is
    read, however much is in it.
    """
    if (folder / _MANIFEST).is_file():
        return {folder.resolve().name: dict(_files(folder))}
    return {
        each.name: dict(_files(each))
        for each in sorted(folder.iterdir())
        if (each / _MANIFEST).is_file() and not each.is_symlink()
    }


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for root, _, names in os.walk(folder, onerror=_raised):
        for name in sorted(names):
            path = Path(root, name)
            if path.is_file() and not path.is_symlink():
                yield path.relative_to(folder).as_posix(), path.read_bytes()


def _raised(error: OSError) -> NoReturn:
    """Raise what os.walk would pass over: files that can't be read are not gone."""
    raise error


def grouped(files: Mapping[str, bytes]) -> dict[str, dict[str, bytes]]:
    """Return *files* by environment: the folders that a manifest says a build wrote."""
    found: dict[str, dict[str, bytes]] = {}
    for path, data in files.items():
        environment, slash, rest = path.partition("/")
        if slash and f"{environment}/{_MANIFEST}" in files:
            found.setdefault(environment, {})[rest] = data
    return found
