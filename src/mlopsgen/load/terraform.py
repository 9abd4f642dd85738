"""What the Terraform beside platform.yaml takes of the generated variables, and with which types.

`modules/platform` reads platform.tfvars.json and hands each value to a module beside it, which
declares it. Only so much of HCL is read as that needs: python-hcl2 takes a second for one file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mlopsgen.diagnostics import Finding, Place, Related
from mlopsgen.load import files
from mlopsgen.load.hcl import Block, HclError, Token, Type, blocks, typed

MODULES = "infrastructure/terraform/modules"
"""Where they lie, as seen from platform.yaml."""

_HUB, _VARIABLES = "platform", "variables.tf"
_BESIDE = re.compile(r"\.\./([A-Za-z0-9_][A-Za-z0-9_.-]*)/?")


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable that a module declares; None in place of a type that isn't one of Terraform's."""

    type: Type | None
    place: Place


@dataclass(frozen=True, slots=True)
class Read:
    """Where a generated value is read: `optional` says that it may be left out.

    `module` is the folder that it is handed to, "" where it isn't, and `variable` what it becomes
    there: None where the module declares none of that name.
    """

    place: Place
    optional: bool
    module: str = ""
    variable: Variable | None = None


@dataclass(frozen=True, slots=True)
class Modules:
    """What is read of the generated variables, by name, and what could not be read, with why."""

    reads: Mapping[str, tuple[Read, ...]] = field(default_factory=dict)
    unread: tuple[Related, ...] = ()


def modules(folder: Path) -> Modules | None:
    """Return the modules of the project in *folder*; None where there are none of ours."""
    hub = folder / MODULES / _HUB
    try:
        names = sorted(path.name for path in hub.iterdir() if path.suffix == ".tf")
        project = folder.resolve(strict=True)
    except OSError:
        return None
    reading = _Reading(project)
    reads: dict[str, tuple[Read, ...]] = {}
    for name in names:
        for block in reading.blocks(f"{_HUB}/{name}"):
            for key, read in reading.reads(block):
                reads[key] = (*reads.get(key, ()), read)
    return Modules(reads, tuple(reading.unread))


class _Reading:
    """The files read so far."""

    def __init__(self, project: Path) -> None:
        self.unread: list[Related] = []
        self._project = project
        self._declared: dict[str, dict[str, Variable]] = {}

    def blocks(self, path: str) -> tuple[Block, ...]:
        """Return the blocks of the file *path*; none where it can't be read."""
        name = files.shown(f"{MODULES}/{path}")
        data = files.contents(self._project / MODULES / path, name, self._project)
        text = data if isinstance(data, Finding) else files.decoded(data, name)
        if isinstance(text, Finding):
            self.unread.append(Related(Place(name, 1, 1), text.message))
            return ()
        try:
            return tuple(blocks(text, name))
        except HclError as broken:
            self.unread.append(Related(Place(name, broken.line, broken.column), str(broken)))
            return ()

    def reads(self, block: Block) -> Iterator[tuple[str, Read]]:
        """Yield the generated values that *block* reads."""
        beside = _BESIDE.fullmatch(_text(block.attributes.get("source", ())))
        module = beside[1] if beside and block.kind == "module" else ""
        for argument, tokens in block.attributes.items():
            for key, at, optional in _keys(tokens):
                variable = self._variable(module, argument) if module else None
                yield key, Read(at.place, optional, module, variable)
        for inner in block.blocks:
            yield from self.reads(inner)

    def _variable(self, module: str, name: str) -> Variable | None:
        """Return what *module* declares as *name*, most likely in variables.tf."""
        declared = self._declared.setdefault(module, {})
        if not declared:
            declared |= self._variables(f"{module}/{_VARIABLES}")
        if name not in declared:
            folder = self._project / MODULES / module
            others = sorted(path.name for path in folder.glob("*.tf") if path.name != _VARIABLES)
            for other in others:
                declared |= self._variables(f"{module}/{other}")
        return declared.get(name)

    def _variables(self, path: str) -> dict[str, Variable]:
        return {
            block.labels[0]: Variable(typed(block.attributes.get("type", ())), block.place)
            for block in self.blocks(path)
            if block.kind == "variable" and block.labels
        }


def _text(tokens: Sequence[Token]) -> str:
    """Return the text that *tokens* are, "" if they are something else."""
    return tokens[0].text[1:-1] if len(tokens) == 1 and tokens[0].kind == "text" else ""


def _keys(tokens: Sequence[Token]) -> Iterator[tuple[str, Token, bool]]:
    """Yield the keys of `local.platform` in *tokens*, and whether they may be missing there."""
    guarded = False
    for index, token in enumerate(tokens):
        guarded |= token.text in {"try", "can"}
        if [each.text for each in tokens[index : index + 3]] != ["local", ".", "platform"]:
            continue
        window: list[Token | None] = [*tokens[index + 3 : index + 6], None, None, None]
        after, key, comma = window[:3]
        if after is None or key is None:
            continue
        if after.text == "." and key.kind == "name":
            yield key.text, key, guarded
        elif after.text == "," and key.kind == "text":
            yield key.text[1:-1], key, comma is not None and comma.text == ","
