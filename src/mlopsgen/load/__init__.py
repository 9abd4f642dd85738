"""Strict YAML with places, includes and the overlays of environments."""

from mlopsgen.load.families import gathered, orphans, unknown_families
from mlopsgen.load.fleet import fleet
from mlopsgen.load.ignores import Ignore
from mlopsgen.load.project import Loaded, load, overlaid
from mlopsgen.load.records import record_of, written_in_python
from mlopsgen.load.rules import RULES
from mlopsgen.load.source import ENVIRONMENTS, Source
from mlopsgen.load.terraform import MODULES, Modules

__all__ = [
    "ENVIRONMENTS",
    "MODULES",
    "RULES",
    "Ignore",
    "Loaded",
    "Modules",
    "Source",
    "fleet",
    "gathered",
    "load",
    "orphans",
    "overlaid",
    "record_of",
    "unknown_families",
    "written_in_python",
]
