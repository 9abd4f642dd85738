"""Strict YAML with places, includes and the overlays of environments."""

from mlopsgen.load.families import gathered, orphans, unknown_families
from mlopsgen.load.ignores import Ignore
from mlopsgen.load.project import Loaded, load, overlaid
from mlopsgen.load.records import record_of, written_in_python
from mlopsgen.load.rules import RULES
from mlopsgen.load.source import ENVIRONMENTS, Source

__all__ = [
    "ENVIRONMENTS",
    "RULES",
    "Ignore",
    "Loaded",
    "Source",
    "gathered",
    "load",
    "orphans",
    "overlaid",
    "record_of",
    "unknown_families",
    "written_in_python",
]
