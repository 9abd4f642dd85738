"""The how-to pages as data: changes of a platform, and what they make of the files.

A page has one platform. After it, each `diff` block is a change of it, and the `diff effect` block
that follows is how the generated files change. Run as a program it rewrites the effects.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.build import ROOT
from tests.golden import compiled

PAGES = tuple(sorted((ROOT / "docs" / "how-to").glob("*.md")))
_BLOCK = re.compile(r"^```(yaml|diff|diff effect)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Step:
    """A change of the platform, and the block of the page that shows its effect."""

    before: str
    after: str
    shown: str

    def changed(self) -> list[str]:
        """Return the files that change; the manifest, which lists them, always does."""
        old, new = files(self.before), files(self.after)
        return sorted(path for path in old | new if old.get(path) != new.get(path))

    def effect(self) -> str:
        """Return how they change."""
        old, new = files(self.before), files(self.after)
        lines: list[str] = []
        for path in self.changed():
            texts = (each.get(path, "").splitlines() for each in (old, new))
            lines += difflib.unified_diff(*texts, path, path, n=0, lineterm="")
        return "".join(f"{line}\n" for line in lines)


def files(platform: str) -> dict[str, str]:
    """Return what *platform* compiles to, by path; of several environments, with their names."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "platform.yaml"
        file.write_text(platform, encoding="utf-8")
        trees = compiled(file).trees
    return {
        f"{name}/{each.path}" if len(trees) > 1 else each.path: each.data.decode()
        for name, tree in trees.items()
        for each in tree
    }


def steps(page: Path) -> list[Step]:
    """Return the steps of *page*."""
    found: list[Step] = []
    platform = change = ""
    for match in _BLOCK.finditer(page.read_text(encoding="utf-8")):
        kind, body = match[1], match[2]
        if kind == "yaml" and not platform:
            platform = body
        elif kind == "diff":
            change = body
        elif kind == "diff effect":
            found.append(Step(platform, _changed(platform, change), body))
    return found


def _changed(platform: str, change: str) -> str:
    """Return *platform* with the lines of *change* taken out and put in."""
    old = "".join(line[1:] for line in change.splitlines(keepends=True) if line.startswith("-"))
    new = "".join(line[1:] for line in change.splitlines(keepends=True) if line.startswith("+"))
    assert platform.count(old) == 1, change
    return platform.replace(old, new)


def rewrite() -> None:
    """Put into each page what its changes do now."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        head, *parts = re.split(r"(?<=^```diff effect\n)", text, flags=re.MULTILINE)
        for step, part in zip(steps(page), parts, strict=True):
            head += step.effect() + part[part.index("```\n") :]
        page.write_text(head, encoding="utf-8")


if __name__ == "__main__":
    rewrite()
