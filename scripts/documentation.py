# ruff: noqa: INP001 - MkDocs loads hooks by their path
"""What MkDocs doesn't do by itself for the documentation: hooks, named in mkdocs.yml.

Pages link to files of the repository outside docs/, as they do on GitHub. Each such file becomes a
page of the site, so that the site needs no other server. Rules and decisions are put into the
navigation from the pages that list them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
ELSEWHERE = "source"
"""The folder of the site for files that lie outside docs/."""

_LISTED = {
    DOCS / "adr": DOCS / "decisions.md",
    DOCS / "how-to": DOCS / "README.md",
    DOCS / "rules": DOCS / "rules.md",
}
"""The pages that list what is in a folder of docs/."""

_FENCED = re.compile(r"^(`{3,})[^\n]*\n.*?^\1$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?P<text>\]\()(?P<target>[^)\s#]*)(?P<anchor>#[^)\s]*)?\)")
_PICTURE = re.compile(r'(?P<text>(?:src|srcset)=")(?P<target>[^"#]+)(?P<anchor>)"')
_RULE = re.compile(r"^\| \[(?P<code>\w+)\]\((?P<page>[^)]+)\)", re.MULTILINE)
_FAMILY = re.compile(r"^## (?P<family>[A-Z]+): (?P<words>.+)$", re.MULTILINE)
_DECISION = re.compile(r"^\| \[(?P<title>[^\]]+)\]\((?P<page>adr/[^)]+)\)", re.MULTILINE)
_LANGUAGES = {".yml": "yaml", ".py": "python", ".tf": "hcl", "Containerfile": "dockerfile"}


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put rules, by family, and decisions into the navigation; make anchors as GitHub does."""
    config.mdx_configs["toc"]["slugify"] = _anchor
    for section in config.nav or ():
        if "Rules" in section:
            section["Rules"] += list(_families())
        if "Decisions" in section:
            listed = (DOCS / "decisions.md").read_text(encoding="utf-8")
            section["Decisions"] += [
                {found["title"]: found["page"]} for found in _DECISION.finditer(listed)
            ]
    return config


def _anchor(heading: str, _separator: str) -> str:
    words = heading.strip().lower().replace(" ", "-")
    return "".join(each for each in words if each.isalnum() or each in "-_")


def _families() -> Iterator[dict[str, list[dict[str, str]]]]:
    _, *parts = _FAMILY.split((DOCS / "rules.md").read_text(encoding="utf-8"))
    for family, words, body in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        yield {f"{family}: {words}": [{code: page} for code, page in _RULE.findall(body)]}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the files outside docs/ that pages link to, and those that these link to."""
    queue = list(DOCS.rglob("*.md"))
    seen: set[Path] = set()
    while queue:
        source = queue.pop()
        for target in _outside(source):
            if target not in seen:
                seen.add(target)
                queue += [target] if target.suffix == ".md" else []
                files.append(_file(target, config))
    return files


def _outside(source: Path) -> Iterator[Path]:
    """Yield the files outside docs/ that the page *source* links to."""
    text = _FENCED.sub("", source.read_text(encoding="utf-8"))
    for pattern in (_LINK, _PICTURE):
        for link in pattern.finditer(text):
            found = _meant(source, link["target"])
            if found is not None and not found.is_relative_to(DOCS):
                yield found


def _meant(source: Path, target: str) -> Path | None:
    """Return the file that *target* in *source* is; for a folder, the page that is about it."""
    if not target or ":" in target:
        return None
    path = Path(os.path.normpath(source.parent / target))
    if path.is_dir():
        readme = path / "README.md"
        path = _LISTED.get(path, readme if readme.exists() else path)
    return path if path.is_relative_to(ROOT) and path.exists() else None


def _uri(path: Path) -> str:
    """Return where *path* is in the site's sources."""
    if path.is_relative_to(DOCS):
        return path.relative_to(DOCS).as_posix()
    inside = path.relative_to(ROOT).as_posix()
    plain = path.suffix in {".md", ".svg"}
    return f"{ELSEWHERE}/{inside}" if plain else f"{ELSEWHERE}/{inside}.md"


def _file(path: Path, config: MkDocsConfig) -> File:
    return File.generated(
        config, _uri(path), content=_content(path), inclusion=InclusionLevel.NOT_IN_NAV
    )


def _content(path: Path) -> str:
    name = path.relative_to(ROOT).as_posix()
    if path.suffix == ".md":
        return path.read_text(encoding="utf-8")
    if path.is_dir():
        files = sorted(each for each in path.rglob("*") if each.is_file() and each.suffix != ".pyc")
        inside = "".join(f"- `{each.relative_to(path)}`\n" for each in files)
        return f"# {name}\n\n{inside}"
    language = _LANGUAGES.get(path.suffix or path.name, path.suffix.removeprefix(".") or "bash")
    return f"# {name}\n\n`````{language}\n{path.read_text(encoding='utf-8').rstrip()}\n`````\n"


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Let links lead to the pages of the site."""
    here = page.file.src_uri
    inside = here.removeprefix(f"{ELSEWHERE}/")
    source = DOCS / here if inside == here else ROOT / inside

    def led(link: re.Match[str]) -> str:
        found = _meant(source, link["target"])
        if found is None:
            return link[0]
        there = os.path.relpath(_uri(found), PurePosixPath(here).parent)
        end = link[0][-1]
        return f"{link['text']}{there}{link['anchor'] or ''}{end}"

    # Blocks of code stay as they are, but that MkDocs knows no second word beside the language.
    parts, last = [], 0
    for block in _FENCED.finditer(markdown):
        parts += [_PICTURE.sub(led, _LINK.sub(led, markdown[last : block.start()]))]
        parts += [block[0].replace("```diff effect\n", "```diff\n", 1)]
        last = block.end()
    return "".join([*parts, _PICTURE.sub(led, _LINK.sub(led, markdown[last:]))])
