"""Where a platform was in a revision that has it under another name, or in another folder."""

from __future__ import annotations

import os
import posixpath
import re
from dataclasses import replace
from difflib import SequenceMatcher
from pathlib import Path, PurePosixPath

from mlopsgen.cli.revisions import Revision, is_link
from mlopsgen.load.files import MAX_BYTES

_YAML = (".yaml", ".yml")
_PLATFORM = re.compile(rb"""^["']?apiVersion["']?:[ ]*["']?mlopsgen/""", re.MULTILINE)
_ALIKE = 0.5
"""Lines that two files have to share; git takes half of a file for a rename as well."""


def former(found: Revision, platform: Path) -> tuple[Revision, str] | None:
    """Return the revision, seen from the folder that had *platform*, and the name of it there.

    That is the file most like it among the platforms that are no longer where they were; None
    where no such file has half of its lines.
    """
    try:
        lines = platform.read_bytes().splitlines()
    except OSError:
        return None
    whole = replace(found, prefix="")
    top = Path(found.folder, *(".." for _ in PurePosixPath(found.prefix).parts))
    gone = [
        blob
        for blob in whole.blobs()
        if blob.path.endswith(_YAML)
        and blob.size <= MAX_BYTES
        and not is_link(blob)
        and not os.path.lexists(top / blob.path)
    ]
    texts = whole.contents(gone) if gone else {}
    alike = {
        path: SequenceMatcher(None, text.splitlines(), lines, autojunk=False).ratio()
        for path, text in texts.items()
        if _PLATFORM.search(text)
    }
    path = max(sorted(alike), key=alike.__getitem__, default=None)
    if path is None or alike[path] < _ALIKE:
        return None
    folder, name = posixpath.split(path)
    return replace(found, prefix=f"{folder}/" if folder else ""), name
