"""What was imported, for people: the fragment to keep, and the list of what it lacks."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.imports.imported import Imported
from mlopsgen.imports.losses import Loss
from mlopsgen.imports.writing import commented, text_of
from mlopsgen.report.as_text import counted
from mlopsgen.report.characters import shown
from mlopsgen.report.located import dotted
from mlopsgen.report.prose import where

_HEAD = "# Imported by `mlopsgen import`; name this file under `include` in platform.yaml.\n"
_REFUSED = "#\n# What follows would be refused. Mend it, and take the marks away.\n"


def fragment(found: Imported) -> str:
    """Return the fragment as a file that platform.yaml can include.

    Entries that would be refused stand at its end, as comments.
    """
    entries = [one for one in found.refusals if isinstance(one.value, dict)]
    refused = "".join(commented(one.path, one.value, shown(one.finding.message)) for one in entries)
    return f"{_HEAD}{text_of(found.data)}{_REFUSED if refused else ''}{refused}"


def losses(found: Imported) -> str:
    """Return a line for each value that isn't carried over, in the order of files and lines."""
    lines = [
        *(f"{where(one.at)}: {shown(_subject(one))}: {shown(one.why)}" for one in sorted_(found)),
        *(
            f"{shown(name)}:1: it isn't applied: render it with kustomize, and import that"
            for name in found.kustomized
        ),
    ]
    head = f"{counted(len(lines), 'value')} not carried over\n" if lines else ""
    return head + "".join(f"  {line}\n" for line in lines)


def sorted_(found: Imported) -> list[Loss]:
    """Return what is lost in the order of its places."""
    return sorted(
        found.losses, key=lambda one: (one.at.file, one.at.line, one.at.column, dotted(one.path))
    )


def _subject(loss: Loss) -> str:
    whole = not loss.path or loss.path == ("kind",)
    return loss.manifest.title if whole else f"{loss.manifest.title}, `{dotted(loss.path)}`"


def summary(found: Imported) -> str:
    """Return how many entries the fragment has, by section."""

    def entries() -> Iterator[str]:
        for section, value in found.data.items():
            yield f"{len(value)} in {section}"

    return f"{counted(len(found.manifests), 'object')} read: {', '.join(entries()) or 'nothing'}"
