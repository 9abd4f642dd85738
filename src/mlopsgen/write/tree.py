"""Building the new tree beside the old one, and putting it in its place in one step."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass

from mlopsgen.write import paths
from mlopsgen.write.steps import FOLDER_MODE, Steps
from mlopsgen.write.survey import Kind, Survey, scan

_NO_EXCHANGE = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP}
"""What renameat2(2) and renamex_np(2) say where kernel or file system cannot swap folders."""


@dataclass(frozen=True, slots=True)
class Tree:
    """The output folder, and the two names beside it that a build may use while it writes."""

    out: str
    stage: str
    old: str

    @property
    def abandoned(self) -> bool:
        """Whether `old` holds a tree that exists nowhere else.

        `old` and `stage` stand together only between the two renames of `_replace`, when `out`
        does not: if it does, somebody else has made it since.
        """
        return all(map(os.path.lexists, (self.out, self.stage, self.old)))


def stage(tree: Tree, survey: Survey, steps: Steps) -> None:
    """Build the tree that *survey* asks for in `tree.stage`.

    Files that stay are hard links to those in `tree.out`: they keep inode, mode and times.
    """
    replaced = tuple(f"{path}/" for path in survey.wanted if _kind(survey, path) is Kind.FOLDER)
    needed = paths.parents(survey.wanted)
    ours = needed | paths.parents(survey.owned)
    kept, folders = [], dict(needed)
    for path, entry in survey.found.items():
        if path in survey.wanted or path in survey.dropped or path.startswith(replaced):
            continue
        if entry.kind is not Kind.FOLDER and path not in needed:
            kept.append(path)
        elif entry.kind is Kind.FOLDER and path not in ours:
            folders[path] = None
    folders |= paths.parents((*kept, *folders))
    steps.mkdir(tree.stage)
    for path in sorted(folders):
        steps.mkdir(f"{tree.stage}/{path}")
    for path in kept:
        steps.link(f"{tree.out}/{path}", f"{tree.stage}/{path}")
    for path, data in survey.wanted.items():
        if path in survey.same:
            steps.link(f"{tree.out}/{path}", f"{tree.stage}/{path}")
        else:
            steps.write(f"{tree.stage}/{path}", data)
    _keep_modes(tree, [path for path in folders if path not in ours], steps)


def _kind(survey: Survey, path: str) -> Kind | None:
    entry = survey.found.get(path)
    return entry.kind if entry else None


def _keep_modes(tree: Tree, folders: list[str], steps: Steps) -> None:
    """Give folders that are not ours their mode back, once everything is in them."""
    for path in folders:
        mode = stat.S_IMODE(os.lstat(f"{tree.out}/{path}").st_mode)
        if mode != FOLDER_MODE:
            steps.chmod(f"{tree.stage}/{path}", mode)


def swap(tree: Tree, steps: Steps) -> None:
    """Put `tree.stage` in the place of `tree.out`; what stood there stands in `tree.stage` then."""
    if not os.path.lexists(tree.out):
        steps.rename(tree.stage, tree.out)
        return
    try:
        steps.exchange(tree.stage, tree.out)
    except OSError as error:
        if error.errno not in _NO_EXCHANGE:
            raise
        steps.rename(tree.out, tree.old)
        steps.rename(tree.stage, tree.out)


def rescue(tree: Tree, survey: Survey, steps: Steps) -> None:
    """Bring over what somebody else put into the old tree after *survey* had looked at it.

    That is a file under a new name or, as editors save, another file under an old one; what was
    written into a file that was there is in its hard link as well. Only a build killed between
    the swap and this call loses such a file.
    """
    old = tree.old if os.path.lexists(tree.old) else tree.stage
    for path, entry in scan(old).items():
        if entry.kind is Kind.FOLDER or survey.found.get(path) == entry:
            continue
        for folder in reversed(paths.parents([path])):
            if not os.path.lexists(f"{tree.out}/{folder}"):
                steps.mkdir(f"{tree.out}/{folder}")
        steps.rename(f"{old}/{path}", f"{tree.out}/{path}")


def settle(tree: Tree, steps: Steps) -> None:
    """Leave `tree.out` alone in its place, whatever point a build has come to or was killed at."""
    if os.path.lexists(tree.old) and not os.path.lexists(tree.out):
        steps.rename(tree.old, tree.out)
    _remove(tree.stage, steps)
    _remove(tree.old, steps)


def _remove(path: str, steps: Steps) -> None:
    """Delete *path* and all below it; links in it are deleted, never followed."""
    if not os.path.lexists(path):
        return
    above, name = os.path.split(path)
    folder = os.open(above or ".", os.O_RDONLY | os.O_DIRECTORY)
    try:
        if stat.S_ISDIR(os.lstat(name, dir_fd=folder).st_mode):
            _empty(name, folder, steps)
            steps.rmdir(name, folder)
        else:
            steps.unlink(name, folder)
    finally:
        os.close(folder)


def _empty(name: str, above: int, steps: Steps) -> None:
    folder = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=above)
    try:
        if os.fstat(folder).st_mode & stat.S_IRWXU != stat.S_IRWXU:
            steps.chmod(folder, stat.S_IRWXU)  # a read-only folder of the user's, or half a mkdir
        with os.scandir(folder) as entries:
            names = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
        for entry, is_folder in names:
            if is_folder:
                _empty(entry, folder, steps)
                steps.rmdir(entry, folder)
            else:
                steps.unlink(entry, folder)
    finally:
        os.close(folder)
