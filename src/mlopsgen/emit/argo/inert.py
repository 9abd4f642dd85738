"""Values and texts, written so that neither Argo Workflows nor the kubelet changes them.

Argo Workflows replaces what stands in double braces in the text of a whole template, several times
over (3.7.4 workflow/common/util.go, SubstituteParams), so a value that has braces of its own would
be read again as an expression. The kubelet then replaces `$(NAME)`. Each brace is therefore parted
from the next by a variable that is empty: nothing is left for the first to find, and the second
takes the variable away again.
"""

from __future__ import annotations

import re

EMPTY = "MLOPSGEN_EMPTY"
"""The variable; each container that needs it has it, before all others."""

_APART = f"$({EMPTY})"
_BRACE = re.compile(r"\{(?=\{)")


def value(source: str) -> str:
    """Return the tag that becomes the value of *source*, an expression, just as it is."""
    return f"{{{{=replace(replace({source}, '$', '$$'), '{{', '{{{_APART}')}}}}"


def listing(source: str) -> str:
    """Return the tag that becomes the JSON list that *source*, an expression, is.

    In JSON two braces follow each other in texts only, and there one may be written as its number.
    """
    return f"{{{{=replace({source}, '{{' + '{{', '{{\\\\u007b')}}}}"


def text(written: str) -> str:
    """Return what a user wrote, with `$(NAME)` in it left to the kubelet."""
    return _BRACE.sub(f"{{{_APART}", written)


def plain(written: str) -> str:
    """Return what a user wrote where nobody expects `$(NAME)` to mean anything."""
    return text(written.replace("$", "$$"))
