"""The golden platforms: each folder under tests/golden/ and examples/ and what it compiles to.

Run as a program it rewrites the trees under tests/golden/.
"""

from __future__ import annotations

from pathlib import Path

from mlopsgen.compiler import Compilation, compile_platform
from mlopsgen.write import write
from tests.build import ROOT

GOLDEN = ROOT / "tests" / "golden"
EXAMPLES = sorted(path.parent for path in (ROOT / "examples").glob("*/platform.yaml"))
FEATURES = sorted(path.parent for path in GOLDEN.glob("*/platform.yaml"))


def platforms() -> dict[str, tuple[Path, Path]]:
    """Return platform.yaml and the output folder of every golden case, the reference included."""
    cases = {"reference": (ROOT / "platform.yaml", ROOT / "generated")}
    for folder in EXAMPLES:
        cases[folder.name] = (folder / "platform.yaml", GOLDEN / "examples" / folder.name)
    for folder in FEATURES:
        cases[folder.name] = (folder / "platform.yaml", folder / "generated")
    return cases


def compiled(platform: Path) -> Compilation:
    """Compile *platform*, which has no errors."""
    compilation = compile_platform(platform)
    assert compilation.ok, [item.finding.message for item in compilation.findings]
    return compilation


def rewrite() -> None:
    """Bring the trees up to date."""
    for name, (platform, out) in platforms().items():
        if name != "reference":
            write(out, compiled(platform).trees, force=True, prune_environments=True)


if __name__ == "__main__":
    rewrite()
