"""What was imported, for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable

from mlopsgen.imports.as_text import fragment, sorted_
from mlopsgen.imports.imported import Imported
from mlopsgen.report import as_json
from mlopsgen.report.located import Located, dotted
from mlopsgen.report.machine import to_json


def render(found: Imported, items: Iterable[Located]) -> str:
    """Return the fragment as data and as text, what isn't carried over, and the findings."""
    told = json.loads(as_json.render(items, 0))
    return to_json(
        {
            "version": told["version"],
            "fragment": found.data,
            "text": fragment(found),
            "lost": [
                {
                    "file": one.at.file,
                    "line": one.at.line,
                    "column": one.at.column,
                    "object": one.manifest.title,
                    "path": dotted(one.path),
                    "why": one.why,
                }
                for one in sorted_(found)
            ],
            "kustomizations": found.kustomized,
            "findings": told["findings"],
        }
    )
