"""docs/before-after.svg: the hand-written platform beside platform.yaml and what it becomes.

On the left is what the description of the hand-written platform names. Everything else is counted:
the corrections that platform.yaml notes, its lines, and the files under generated/. Run as a
program it rewrites the picture and the words for it in README.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import escape

from tests.build import ROOT

PICTURE = ROOT / "docs" / "before-after.svg"
README = ROOT / "README.md"
HAND_WRITTEN: Mapping[str, tuple[str, ...]] = {
    "Terraform": (
        "modules/eks/main.tf",
        "modules/eks/variables.tf",
        "modules/eks/outputs.tf",
        "environments/dev/main.tf",
        "environments/dev/variables.tf",
        "environments/dev/outputs.tf",
    ),
    "Helm values": (
        "aws-load-balancer-controller",
        "cert-manager",
        "argo-cd",
        "kserve-crd",
        "kserve",
        "mlflow",
    ),
    "Kubernetes": ("network-policies.yaml", "monitoring.yaml"),
    "GitHub Actions": (".github/workflows/ci.yaml",),
    "make": ("Makefile",),
}
"""The files that its description names, by language; of Helm, the charts that it gives values."""

CHARTS = "Helm values"

GENERATED: Mapping[str, str] = {
    "terraform": "variables of Terraform",
    "helm": "values of charts",
    "argocd": "Argo CD projects and Applications",
    "apps": "Kubernetes objects",
    "prometheus": "alerts, with their tests",
    "docs": "tables of who may do and reach what",
}
"""What lies in the folders of an environment."""

STYLE = """\
  .page { fill: #ffffff; stroke: #d0d7de }
  .box { fill: #f6f8fa; stroke: #d0d7de }
  .one { fill: #ddf4e4; stroke: #1a7f37 }
  text { font: 14px ui-sans-serif, system-ui, sans-serif; fill: #1f2328 }
  .head { font-size: 18px; font-weight: 600 }
  .soft { fill: #59636e }
  .bad { fill: #b3261e; font-weight: 600 }
  .good { fill: #1a7f37; font-weight: 600 }
  .code { font-family: ui-monospace, monospace; font-size: 13px }
  path { stroke: #59636e; fill: none; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117; stroke: #3d444d }
    .box { fill: #161b22; stroke: #3d444d }
    .one { fill: #12261e; stroke: #3fb950 }
    text { fill: #e6edf3 }
    .soft { fill: #9198a1 }
    .bad { fill: #ff7b72 }
    .good { fill: #3fb950 }
    path { stroke: #9198a1 }
  }
"""
WIDTH, STEP, FITS = 960, 56, 32


def corrections() -> int:
    """Return how often platform.yaml says what it does otherwise, and why."""
    return (ROOT / "platform.yaml").read_text(encoding="utf-8").count("# Corrected:")


def lines() -> int:
    """Return the lines of platform.yaml."""
    return len((ROOT / "platform.yaml").read_text(encoding="utf-8").splitlines())


def counts() -> dict[str, int]:
    """Return how many files are generated in each folder of all environments together."""
    environments = sorted(each for each in (ROOT / "generated").iterdir() if each.is_dir())
    return {
        folder: sum(path.is_file() for each in environments for path in (each / folder).rglob("*"))
        for folder in GENERATED
    }


def hand_written() -> str:
    """Return how much was written by hand."""
    charts = len(HAND_WRITTEN[CHARTS])
    files = sum(map(len, HAND_WRITTEN.values())) - charts
    return f"{files} files and {charts} charts in {len(HAND_WRITTEN)} languages"


def words() -> str:
    """Return what the picture says, for those who don't see it."""
    return (
        f"Before: a hand-written platform, {hand_written()}, with {corrections()} mistakes that "
        "nothing found. After: one platform.yaml of "
        f"{lines()} lines becomes {sum(counts().values())} files for two environments, which are "
        "proved to fit together."
    )


def picture() -> str:
    """Return the picture."""
    height = 150 + STEP * len(GENERATED)
    body = "\n".join([*_before(), *_after(height)])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img"'
        f' aria-labelledby="title">\n<title id="title">{escape(words())}</title>\n'
        f"<style>\n{STYLE}</style>\n"
        f'<rect class="page" x="1" y="1" width="{WIDTH - 2}" height="{height - 2}" rx="10"/>\n'
        f"{body}\n</svg>\n"
    )


def _before() -> Iterator[str]:
    yield _text(28, 40, "Written by hand", "head")
    yield _text(28, 64, hand_written(), "soft")
    for place, (language, names) in enumerate(HAND_WRITTEN.items()):
        top = 84 + place * 66
        yield _box(28, top, 300, 46)
        of = "chart" if language == CHARTS else "file"
        number = f"{len(names)} {of}{'s' * (len(names) > 1)}"
        yield _text(42, top + 20, f"{language}: {number}", "")
        shown = ", ".join(name.rpartition("/")[2] for name in names)
        yield _text(
            42, top + 38, shown if len(shown) <= FITS else f"{shown[: FITS - 3]}...", "soft code"
        )
        if place:
            yield _text(170, top - 5, "?", "bad")
    end = 84 + len(HAND_WRITTEN) * 66 + 14
    yield _text(28, end, f"{corrections()} mistakes in and between them,", "bad")
    yield _text(28, end + 20, "and nothing that would have found one", "soft")


def _after(height: int) -> Iterator[str]:
    found, middle = counts(), 84 + STEP * len(GENERATED) // 2
    yield f'<path d="M 352 24 V {height - 24}" stroke-dasharray="2 5"/>'
    yield _text(376, 40, "With mlopsgen", "head")
    yield _text(376, 64, "one file, in one language", "soft")
    yield _box(376, middle - 36, 150, 64, "one")
    yield _text(392, middle - 10, "platform.yaml", "code")
    yield _text(392, middle + 12, f"{lines()} lines", "soft")
    for place, (folder, what) in enumerate(GENERATED.items()):
        top = 84 + place * STEP
        yield f'<path d="M 526 {middle - 4} C 566 {middle - 4} 556 {top + 20} 596 {top + 20}"/>'
        yield _box(598, top, 334, 40)
        yield _text(612, top + 25, str(found[folder]), "good")
        yield _text(652, top + 25, what, "")
    end = 84 + STEP * len(GENERATED) + 22
    yield _text(376, end, f"{sum(found.values())} files for two environments,", "good")
    yield _text(376, end + 20, "proved to fit together, or not written at all", "soft")


def _text(x: int, y: int, words: str, kind: str) -> str:
    of = f' class="{kind}"' if kind else ""
    return f'<text x="{x}" y="{y}"{of}>{escape(words)}</text>'


def _box(x: int, y: int, width: int, height: int, kind: str = "box") -> str:
    return f'<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{height}" rx="6"/>'


def readme() -> str:
    """Return README.md with the words for the picture as they are now."""
    text = README.read_text(encoding="utf-8")
    return re.sub(
        r"!\[[^\]]*\]\(docs/before-after\.svg\)", f"![{words()}](docs/before-after.svg)", text
    )


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
    README.write_text(readme(), encoding="utf-8")
