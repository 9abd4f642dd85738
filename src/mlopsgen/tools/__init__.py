"""Programs of others that check what mlopsgen generates: which there are, and what each is asked.

Nothing here starts one; `mlopsgen doctor` does.
"""

from __future__ import annotations

from mlopsgen.tools.checks import Check, Step, checks
from mlopsgen.tools.known import TOOLS, Tool, dotted, version
from mlopsgen.tools.trees import Environment, Release, UnreadableError, environments

__all__ = [
    "TOOLS",
    "Check",
    "Environment",
    "Release",
    "Step",
    "Tool",
    "UnreadableError",
    "checks",
    "dotted",
    "environments",
    "version",
]
