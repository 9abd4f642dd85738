"""The page about patches lists what can be written."""

import re

from mlopsgen.patches.writable import WRITABLE, allowed
from tests.build import ROOT

PAGE = (ROOT / "docs" / "how-to" / "patches.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (every kind|[A-Z]\w+) \| (.+) \| (.+) \|$", re.MULTILINE)


def listed():
    found = {}
    for kind, places, fields in ROW.findall(PAGE):
        for place in re.findall(r"`([^`]+)`", places):
            names = re.findall(r"`([^`]+)`", fields)
            found.setdefault(kind, []).extend(f"{place}.{name}" for name in names)
    return found


def test_the_table_is_what_patches_may_write():
    rows = listed()

    assert sorted(rows.pop("every kind")) == sorted(allowed("any other kind"))
    assert {kind: sorted(fields) for kind, fields in rows.items()} == {
        kind: sorted(fields) for kind, fields in WRITABLE.items()
    }
