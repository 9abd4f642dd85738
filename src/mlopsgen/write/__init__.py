"""Writing the output folder: all of it or nothing, and nothing that is not ours.

A build makes the whole new tree in a folder beside the output, `.generated.mlopsgen-stage`, and
swaps the two in one step of the kernel (renameat2 with RENAME_EXCHANGE on Linux, renamex_np with
RENAME_SWAP on macOS). Whoever reads the output, and whenever the build is killed, finds the old
tree or the new one, whole. The next build deletes what a killed one has left beside it. Where the
file system cannot swap folders (NFS, some FUSE ones), two renames stand in: a build killed between
them leaves no output folder, and the next one brings the old tree back before it does anything.
A mount point or a folder of a container image's lower layer cannot be renamed at all; that is an
OSError, like a full disk, and the old tree is as it was.

The promise is about killed builds, not about power cuts: nothing is flushed to the disk, because
fsync of 6,000 files takes 1.0 s where writing them takes 0.2 s, and a tree that a crash of the
machine has torn is found by the next build, which compares content, and is rebuilt with force.

Since the swap puts a new folder in place, a shell that stands in the output folder has to `cd` out
of it and back. Windows is not supported: it has neither the swap nor flock.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mlopsgen.artifact import Rendered
from mlopsgen.diagnostics import Finding
from mlopsgen.write.alone import alone
from mlopsgen.write.manifest import MANIFEST, manifest
from mlopsgen.write.refusals import abandoned, busy, refusals
from mlopsgen.write.rules import RULES
from mlopsgen.write.steps import STEPS, Steps
from mlopsgen.write.survey import Change, Kind, Survey, survey
from mlopsgen.write.tree import Tree, rescue, settle, stage, swap

__all__ = [
    "MANIFEST",
    "RULES",
    "STEPS",
    "Change",
    "Steps",
    "Written",
    "compare",
    "manifest",
    "write",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What became of a build: how many files, manifests counted, or why nothing was written.

    `changes` is what `compare` would have said just before. With force, the refused kinds in it
    are what was overwritten or deleted all the same.
    """

    created: int = 0
    changed: int = 0
    deleted: int = 0
    unchanged: int = 0
    changes: tuple[Change, ...] = ()
    findings: tuple[Finding, ...] = ()


def compare(
    out: Path, trees: Mapping[str, Sequence[Rendered]], *, prune_environments: bool = False
) -> tuple[Change, ...]:
    """Return what `write` would do or refuse, by path. Changes nothing, and waits for nobody."""
    seen = _misplaced(out)
    return seen or survey(os.fspath(out), trees, prune_environments=prune_environments).changes


def write(
    out: Path,
    trees: Mapping[str, Sequence[Rendered]],
    *,
    force: bool = False,
    prune_environments: bool = False,
    steps: Steps = STEPS,
) -> Written:
    """Make the folders *out*/<environment> hold exactly the files of *trees*, and yours.

    Environments that *trees* does not name are left as they are, or emptied of what mlopsgen
    wrote into them with *prune_environments*. Files that no manifest lists are kept. What would
    destroy anything mlopsgen did not write is refused with findings; *force* does it, except
    where *out* itself is a link or no folder. When nothing has to change, nothing is touched.

    Raises ValueError for paths that cannot stand in one folder, and OSError for what the file
    system refuses; *out* is as it was then.
    """
    tree = _tree(out)
    with _turn(tree) as finding:
        if finding:
            return Written(findings=(finding,))
        settle(tree, steps)
        if misplaced := _misplaced(out):
            return _refused(tree.out, misplaced)
        seen = survey(tree.out, trees, prune_environments=prune_environments)
        refused = _refused(tree.out, seen.changes)
        if refused.findings and not force:
            return refused
        if seen.changes:
            _replace(tree, seen, steps)
        return _counted(seen)


def _tree(out: Path) -> Tree:
    """Return *out* and the names beside it. They share its parent, and so its file system."""
    if out.name in ("", ".."):
        message = "the output folder needs a name of its own"
        raise OSError(errno.EINVAL, message, os.fspath(out))
    beside = os.fspath(out.with_name(f".{out.name}.mlopsgen"))
    return Tree(out=os.fspath(out), stage=f"{beside}-stage", old=f"{beside}-old")


@contextmanager
def _turn(tree: Tree) -> Iterator[Finding | None]:
    """Keep other builds out while the block runs; yield why this one has to stay out itself."""
    above = Path(tree.out).parent
    above.mkdir(parents=True, exist_ok=True)
    with alone(above) as ours:
        if not ours:
            yield busy(tree.out)
        else:
            yield abandoned(tree.out, tree.old) if tree.abandoned else None


def _misplaced(out: Path) -> tuple[Change, ...]:
    """Return what stands in place of the output folder when that is no folder."""
    if out.is_symlink():
        return (Change(".", "linked", Kind.LINK.value),)
    if out.exists() and not out.is_dir():
        kind = Kind.FILE if out.is_file() else Kind.OTHER
        return (Change(".", "blocked", kind.value),)
    return ()


def _refused(out: str, changes: tuple[Change, ...]) -> Written:
    return Written(changes=changes, findings=tuple(refusals(out, changes)))


def _replace(tree: Tree, seen: Survey, steps: Steps) -> None:
    try:
        stage(tree, seen, steps)
        swap(tree, steps)
        rescue(tree, seen, steps)
    finally:
        settle(tree, steps)


def _counted(seen: Survey) -> Written:
    written = seen.wanted.keys() - seen.same
    changed = sum(path in seen.found and seen.found[path].kind is Kind.FILE for path in written)
    return Written(
        created=len(written) - changed,
        changed=changed,
        deleted=len(seen.dropped),
        unchanged=len(seen.same),
        changes=seen.changes,
    )
