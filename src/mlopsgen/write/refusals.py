"""The findings for what `write` leaves alone unless it is forced."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mlopsgen.diagnostics import Finding, Place
from mlopsgen.write.manifest import MANIFEST
from mlopsgen.write.rules import ABANDONED, BLOCKED, BROKEN, BUSY, EDITED, LINKED
from mlopsgen.write.survey import GENERATED_NO_MORE, Change, Kind

_FORCE = "`mlopsgen build --force`"


def refusals(out: str, changes: Iterable[Change]) -> Iterator[Finding]:
    """Yield a finding for each of *changes* that would destroy what mlopsgen did not write."""
    for change in changes:
        path = out if change.path == "." else f"{out}/{change.path}"
        match change.kind:
            case "edited":
                yield _edited(path, change.note)
            case "blocked":
                yield _blocked(path, change)
            case "unlisted":
                yield _unlisted(path, f"{out}/{change.path.partition('/')[0]}/{MANIFEST}")
            case "linked":
                yield _linked(path, change)
            case "broken":
                yield BROKEN.at(
                    _top(path),
                    f"`{path}` {change.note}",
                    fix=f"restore it from version control; {_FORCE} writes it anew, and replaces "
                    "every file that differs from what is generated",
                )
            case "new" | "stale" | "missing" | "gone":
                pass


def busy(out: str) -> Finding:
    """Return the finding of a build that came while another one was writing."""
    return BUSY.at(
        _top(out),
        f"another build is writing `{out}` or a folder next to it",
        fix="run this build again when that one has ended",
    )


def abandoned(out: str, old: str) -> Finding:
    """Return the finding of an old tree that somebody else's *out* has taken the place of."""
    return ABANDONED.at(
        _top(old),
        f"`{old}` is what `{out}` was before a build was killed, and `{out}` was made anew since",
        fix=f"move what you need from `{old}`, then delete it",
    )


def _edited(path: str, note: str) -> Finding:
    match note:
        case Kind.FILE.value:
            message = f"`{path}` has been edited since mlopsgen wrote it"
            fix = f"make the change in platform.yaml; {_FORCE} overwrites the edit"
        case _ if note == GENERATED_NO_MORE:
            message = (
                f"`{path}` has been edited since mlopsgen wrote it, and nothing generates it now"
            )
            fix = f"rename it to keep it; {_FORCE} deletes it"
        case _:
            message = f"`{path}` is a {note}, and was a file when mlopsgen wrote it"
            fix = f"move the {note} away; {_FORCE} {_deletes(note)}"
    return EDITED.at(_top(path), message, fix=fix)


def _blocked(path: str, change: Change) -> Finding:
    if change.path == ".":
        message = f"`{path}` is a {change.note}, and mlopsgen has a folder to write there"
        fix = "rename it, or name another folder with `--out`"
    else:
        message = f"`{path}` is a {change.note} that mlopsgen did not write and has to replace"
        fix = f"rename the {change.note}; {_FORCE} {_deletes(change.note)}"
    return BLOCKED.at(_top(path), message, fix=fix)


def _unlisted(path: str, manifest: str) -> Finding:
    return BLOCKED.at(
        _top(path),
        f"`{path}` isn't what is generated, and no `{manifest}` that can be read says whether"
        " mlopsgen wrote it",
        fix=f"restore `{manifest}` from version control, or rename the file where there was none;"
        f" {_FORCE} overwrites it",
    )


def _linked(path: str, change: Change) -> Finding:
    if change.path == ".":
        fix = "name the folder that it points to with `--out`"
    else:
        fix = f"delete the link; {_FORCE} does so too, and leaves alone what it points to"
    return LINKED.at(
        _top(path), f"`{path}` is a symbolic link, and mlopsgen writes through none", fix=fix
    )


def _deletes(note: str) -> str:
    match note:
        case Kind.FOLDER.value:
            return "deletes it with all that is in it"
        case Kind.LINK.value:
            return "deletes it, and leaves alone what it points to"
        case _:
            return "deletes it"


def _top(path: str) -> Place:
    return Place(path, 1, 1)
