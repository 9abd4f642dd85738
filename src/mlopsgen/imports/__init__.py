"""Hand-written manifests in the words of platform.yaml, and what was wrong with them.

The way back is not a second statement of what emitters do: what is read of a manifest is a guess,
which is built as any platform is. Whatever the objects that come out lack of the original is not
carried over, and is listed.
"""

from __future__ import annotations

from mlopsgen.imports.rules import RULES

__all__ = ["RULES"]
