"""The rule pages as data: what a page's example is, what it prints, and how it is mended.

Run as a program it rewrites the outputs that the pages show.
"""

from __future__ import annotations

import ast
import contextlib
import re
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from mlopsgen.compiler import Compilation, compile_platform
from mlopsgen.imports.ground import PLATFORM, Ground
from mlopsgen.imports.imported import Imported, imported
from mlopsgen.load import Source
from mlopsgen.report import as_text
from mlopsgen.report.located import Located, located
from mlopsgen.resources import RULE_PAGES

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Tried:
    """What an import of manifests finds."""

    findings: tuple[Located, ...]
    source: Source


def _tried(manifests: bytes) -> Tried:
    with TemporaryDirectory() as folder, contextlib.chdir(folder):
        Path("manifests.yaml").write_bytes(manifests)
        found = imported([Path("manifests.yaml")], Ground(PLATFORM))
    assert isinstance(found, Imported)
    source = Source("", found.texts)
    return Tried(located(found.findings, source), source)


@dataclass(frozen=True, slots=True)
class Page:
    """A rule page: its title line, first paragraph and blocks."""

    path: Path
    text: str

    @property
    def code(self) -> str:
        return self.path.stem

    @property
    def title(self) -> str:
        return self.text.partition("\n")[0].removeprefix(f"# {self.code}: ")

    @property
    def why(self) -> str:
        """The first paragraph, on one line."""
        return " ".join(self.text.split("\n\n")[1].split())

    @property
    def mistakes(self) -> list[bytes]:
        """The platforms that have the mistake: YAML as it is, Python as the bytes it makes."""
        head = self.text.partition("Corrected:")[0]
        found = [
            ast.literal_eval(body.strip()) if kind == "python" else body.encode()
            for kind, body in _BLOCK.findall(head)
            if kind in {"python", "yaml"}
        ]
        return found[:1]

    @property
    def corrected(self) -> bytes | None:
        """The platform that is right."""
        tail = self.text.partition("Corrected:")[2]
        return next((body.encode() for kind, body in _BLOCK.findall(tail) if kind == "yaml"), None)

    @property
    def lock(self) -> str | None:
        """The platform.lock beside both."""
        return next((body for kind, body in _BLOCK.findall(self.text) if kind == "json"), None)

    @property
    def shown(self) -> str | None:
        """The output that the page shows."""
        return next((body for kind, body in _BLOCK.findall(self.text) if kind == "text"), None)

    def compiled(self, platform: bytes) -> Compilation | Tried:
        """Compile *platform* with the page's lock; import what is a page about manifests."""
        if self.code.startswith("IMPORT"):
            return _tried(platform)
        with TemporaryDirectory() as folder:
            file = Path(folder) / "platform.yaml"
            file.write_bytes(platform)
            if self.lock is not None:
                file.with_name("platform.lock").write_text(self.lock, encoding="utf-8")
            return compile_platform(file)

    def output(self, platform: bytes) -> str:
        """Return what `mlopsgen validate` prints for *platform*."""
        compilation = self.compiled(platform)
        return as_text.render(compilation.findings, compilation.source, color=False)


def pages() -> list[Page]:
    """Return every rule page."""
    found = sorted(RULE_PAGES.glob("*.md"))
    return [Page(path, path.read_text(encoding="utf-8")) for path in found]


def rewrite() -> None:
    """Put into each page what its example prints now."""
    for page in pages():
        if page.shown is None or not page.mistakes:
            continue
        output = page.output(page.mistakes[0])
        old = f"```text\n{page.shown}```"
        page.path.write_text(page.text.replace(old, f"```text\n{output}```"), encoding="utf-8")


if __name__ == "__main__":
    rewrite()
