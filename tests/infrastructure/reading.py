"""infrastructure/terraform as data: what python-hcl2 reads of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hcl2

from tests.build import ROOT

HERE = ROOT / "infrastructure" / "terraform"
FOLDERS = tuple(sorted({path.parent for path in HERE.rglob("*.tf")}))
CONTRACTS = (HERE / "modules/eks/variables.tf", HERE / "modules/releases/variables.tf")
"""What the modules declare of the variables that are generated."""

TFVARS = tuple(
    sorted(
        path
        for top in ("generated", "tests/golden")
        for path in (ROOT / top).rglob("platform.tfvars.json")
    )
)
OF_ROOTS = {"platform", "environment"}
"""Variables that name buckets, roles and states of the roots, and that no module takes."""

_INTERFACES = Path(__file__).with_name("interfaces")
MODULES = json.loads((_INTERFACES / "modules.json").read_text(encoding="utf-8"))
PROVIDERS = {
    path.stem.removeprefix("provider-"): json.loads(path.read_text(encoding="utf-8"))
    for path in sorted(_INTERFACES.glob("provider-*.json"))
}

_MARKS = {"__is_block__", "__comments__", "__inline_comments__"}


@dataclass(frozen=True, slots=True)
class Block:
    """A block with its labels and what is in it."""

    folder: Path
    kind: str
    labels: tuple[str, ...]
    body: dict[str, Any]

    def __str__(self) -> str:
        """Return where it stands, for the name of a test."""
        return f"{self.folder.name}-{'.'.join(self.labels)}"


def blocks(kind: str, folders: tuple[Path, ...] = FOLDERS) -> list[Block]:
    """Return the blocks of *kind* in *folders*."""
    found = []
    for folder in folders:
        for path in sorted(folder.glob("*.tf")):
            for each in parsed(path).get(kind, []):
                found += [Block(folder, kind, *rest) for rest in _labelled(each, ())]
    return found


def parsed(path: Path) -> dict[str, Any]:
    """Return the file at *path*, texts without their quotes."""
    with path.open(encoding="utf-8") as file:
        return _bare(hcl2.load(file))


def text(folder: Path) -> str:
    """Return the files of *folder* without comments, one after the other."""
    lines = "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.tf")))
    return re.sub(r"^\s*#.*$", "", lines, flags=re.MULTILINE)


def _bare(value: Any) -> Any:
    if isinstance(value, dict):
        return {_bare(key): _bare(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_bare(each) for each in value]
    quoted = isinstance(value, str) and len(value) > 1 and value[0] == value[-1] == '"'
    return value[1:-1] if quoted else value


def _labelled(
    body: dict[str, Any], labels: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Yield the labels and the body of a block: python-hcl2 nests one in the other."""
    if "__is_block__" in body:
        yield labels, {key: each for key, each in body.items() if key not in _MARKS}
        return
    for label, each in body.items():
        yield from _labelled(each, (*labels, label))
