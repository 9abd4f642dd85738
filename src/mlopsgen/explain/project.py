"""The platform that is asked about: its files, and each environment as far as it is right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from mlopsgen.check.checked import Checked
from mlopsgen.check.plaintext import secrets_are_elsewhere
from mlopsgen.compiler import (
    DEFAULT_ENVIRONMENT,
    Draft,
    drafted,
    everywhere,
    locked,
    specified,
    undeclared,
)
from mlopsgen.diagnostics import Finding, Place, SpecPath
from mlopsgen.explain.recorded import Recorded
from mlopsgen.load import Loaded, gathered, load, overlaid
from mlopsgen.lock import Lock
from mlopsgen.report.located import Located, located
from mlopsgen.resources import TEMPLATES
from mlopsgen.spec import Platform


@dataclass(frozen=True)
class Project:
    """A platform.yaml and the environments that are asked about."""

    loaded: Loaded
    environments: tuple[str, ...]
    findings: tuple[Finding, ...]
    """What keeps it from being read, or is wrong with what was asked."""

    lock: Lock

    @cached_property
    def values(self) -> Mapping[str, Mapping[str, Any]]:
        """What is written, by environment; empty where a file can't be read."""
        if self.findings:
            return {}
        return {name: overlaid(self.loaded, name) for name in self.environments}

    @cached_property
    def platforms(self) -> Mapping[str, Platform | list[Finding]]:
        """The platform of each environment, or what is wrong with it."""
        return {name: specified(self.loaded, name) for name in self.values}

    @cached_property
    def drafts(self) -> Mapping[str, tuple[Draft, Recorded]]:
        """Each environment compiled in memory, with the shapes that were filled on the way."""
        found: dict[str, tuple[Draft, Recorded]] = {}
        for name in self.values:
            shapes = Recorded(TEMPLATES)
            found[name] = drafted(self.loaded, name, self.lock, shapes), shapes
        return found

    def entry(self, path: SpecPath) -> str:
        """Return the path of the entry that has *path*'s only step as its name, "" without one."""
        for data in self.values.values():
            for section, entries in data.items():
                if isinstance(entries, Mapping) and path[0] in entries:
                    return f"{section}.{path[0]}"
        return ""

    def hidden(self, environment: str) -> frozenset[SpecPath]:
        """Return the places of secrets that stand in the files themselves."""
        platform = self.platforms.get(environment)
        if not isinstance(platform, Platform):
            return frozenset()
        found = secrets_are_elsewhere(Checked(platform, environment, self.lock))
        return frozenset(each.at for each in found if not isinstance(each.at, Place))

    def wrong(self, *, compiled: bool) -> tuple[Located, ...]:
        """Return what is wrong with the platform: as it is written, or *compiled* too."""
        findings = list(self.findings)
        for name, platform in self.platforms.items():
            told: Sequence[Finding] = platform if isinstance(platform, list) else ()
            if compiled and not self.drafts[name][0].ok:
                told = self.drafts[name][0].findings
            all_told = gathered(told, self.loaded.source, name)
            findings += (replace(each, environments=(name,)) for each in all_told)
        return tuple(everywhere(located(findings, self.loaded.source), self.environments))


def project(platform: Path, environments: Sequence[str]) -> Project:
    """Return the project of *platform*, looked at in *environments* or in all."""
    loaded = load(platform)
    wanted = tuple(dict.fromkeys(environments)) or tuple(loaded.overlays) or (DEFAULT_ENVIRONMENT,)
    lock, broken = locked(platform)
    findings = loaded.findings or tuple(undeclared(platform.name, wanted, loaded))
    return Project(loaded, wanted, (*findings, *broken), lock)
