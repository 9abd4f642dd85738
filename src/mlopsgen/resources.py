"""Where the files that travel with mlopsgen are: shapes, schemas and rule pages."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent
_SHIPPED = _PACKAGE / "_shipped"

ROOT = _SHIPPED if _SHIPPED.is_dir() else _PACKAGE.parents[1]
"""The wheel carries templates/, schemas/ and docs/rules/ under `_shipped`; a checkout has them
at its root."""

TEMPLATES = ROOT / "templates"
SCHEMAS = ROOT / "schemas"
RULE_PAGES = ROOT / "docs" / "rules"
CATALOGUE = _PACKAGE / "facts" / "catalogue"
PAGE_STYLE = _PACKAGE / "overview" / "page.css"
PAGE_SCRIPT = _PACKAGE / "overview" / "page.js"
GRAPH_STYLE = _PACKAGE / "graph" / "graph.css"
