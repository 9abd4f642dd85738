"""Revisions of a git repository as folders, without a checkout.

Blobs are read as they are stored: nothing that the repository configures is run, neither hooks
nor filters, and nothing is fetched.
"""

from __future__ import annotations

import os
import posixpath
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import click

from mlopsgen.cli.ending import TROUBLE

_LONGEST = 120
"""Seconds that git may take for one answer."""

_OF_A_REPOSITORY = {
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_NAMESPACE",
    "GIT_EXTERNAL_DIFF", "GIT_PAGER",
}  # fmt: skip
"""Variables that a hook of git has, and that lead to another repository than the folder's."""

_SAFE = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "LC_ALL": "C",
}
_CONFIG = ("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}")
_DEFAULTS = ("origin/main", "origin/master", "main", "master")
_LINK, _FILES = "120000", ("100644", "100755")
_RANGE = "..."
_ELSE = "commit platform.yaml, or write `--against FOLDER`"
_OF_A_COMMIT = re.compile(r"[~^:]|@\{|^HEAD$|^[0-9a-f]{7,64}$")
"""What is no name of a branch: an ancestor, an entry of the reflog, a hash."""


class GitError(click.ClickException):
    """Git isn't there, or has not what was asked for."""

    exit_code = TROUBLE


@dataclass(frozen=True, slots=True)
class Blob:
    """A file of a revision; `path` counts from the folder that was asked for."""

    path: str
    mode: str
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit of the repository around `folder`; `prefix` is where that lies in it."""

    folder: Path
    prefix: str
    commit: str
    title: str

    def blobs(self, below: str = "") -> tuple[Blob, ...]:
        """Return the files in the folder, or *below* a folder in it; none where it isn't there."""
        path = posixpath.normpath(f"{self.prefix}{below}").removeprefix(".")
        if path.startswith("."):
            return ()  # outside of the repository
        done = _git(
            self.folder, "ls-tree", "-r", "-z", "-l", "--full-tree", f"{self.commit}:{path}"
        )
        if done.returncode:
            return ()
        return tuple(_listed(done.stdout))

    def contents(self, blobs: Sequence[Blob]) -> dict[str, bytes]:
        """Return what *blobs* hold, by path."""
        asked = "".join(f"{blob.name}\n" for blob in blobs).encode()
        done = _git(self.folder, "cat-file", "--batch", given=asked)
        if done.returncode:
            raise GitError(_said(done))
        found: dict[str, bytes] = {}
        rest, start = done.stdout, 0
        for blob in blobs:
            end = rest.index(b"\n", start)
            head = rest[start:end].split()
            if len(head) != len(("name", "type", "size")):
                msg = (
                    f"this clone has not the file `{blob.path}` of {self.title}, and diff fetches"
                    " nothing; run `git fetch --refetch --no-filter` first"
                )
                raise GitError(msg)
            size = int(head[2])
            found[blob.path] = rest[end + 1 : end + 1 + size]
            start = end + 1 + size + 1
        return found


def revision(folder: Path, asked: str | None) -> Revision:
    """Return the commit that *asked* names in the repository around *folder*.

    Without one it is where HEAD left the default branch, so that a branch is seen as its review
    will see it; on the default branch itself that is HEAD. `REF...` is where HEAD left REF.
    """
    if shutil.which("git") is None:
        msg = "there is no `git` on PATH to read a revision with; write `--against FOLDER`"
        raise GitError(msg)
    inside = _git(folder, "rev-parse", "--show-prefix")
    if inside.returncode:
        absent = f"there is no folder `{asked}`, and " if asked else ""
        msg = (
            f"{absent}`{folder}` is in no git repository that can be read: {_said(inside)}; {_ELSE}"
        )
        raise GitError(msg)
    prefix = inside.stdout.decode("utf-8", "surrogateescape").removesuffix("\n")
    if asked is None:
        commit, title = _default(folder)
    elif asked.endswith(_RANGE):
        other = asked.removesuffix(_RANGE)
        start = _merge_base(folder, _commit(folder, other))
        if start is None:
            hint = _hint(folder, other)
            msg = f"HEAD and `{other}` have no commit in common in this clone{hint}"
            raise GitError(msg)
        commit, title = start, f"where HEAD left {other}"
    else:
        commit, title = _commit(folder, asked), asked
    return Revision(folder, prefix, commit, f"{title} ({commit[:10]})")


def is_revision(folder: Path, text: str) -> bool:
    """Whether *text* names a commit of the repository around *folder*, if there is one."""
    return shutil.which("git") is not None and _found(folder, text) is not None


def _default(folder: Path) -> tuple[str, str]:
    head = _found(folder, "HEAD")
    if head is None:
        msg = f"nothing is committed here yet; {_ELSE}"
        raise GitError(msg)
    named = _git(folder, "symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD")
    names = [named.stdout.decode("utf-8", "replace").strip()] if not named.returncode else []
    for name in (*names, *_DEFAULTS):
        found = _found(folder, name)
        start = _merge_base(folder, found) if found else None
        if start is not None and start != head:
            return start, f"where HEAD left {name}"
        if start is not None:
            break
    return head, "HEAD"


def _commit(folder: Path, name: str) -> str:
    found = _found(folder, name)
    if found is None:
        hint = _hint(folder, name)
        msg = f"there is no revision `{name}` in this clone, and no such folder{hint}"
        raise GitError(msg)
    return found


def _found(folder: Path, name: str) -> str | None:
    if not name or name.startswith("-"):
        return None
    done = _git(folder, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
    return None if done.returncode else done.stdout.decode().strip()


def _merge_base(folder: Path, commit: str) -> str | None:
    done = _git(folder, "merge-base", "HEAD", commit)
    return None if done.returncode else done.stdout.decode().strip()


def _hint(folder: Path, name: str) -> str:
    """Return what to do about a revision that isn't there."""
    shallow = _git(folder, "rev-parse", "--is-shallow-repository").stdout.strip() == b"true"
    if shallow:
        return "; it is shallow: `git fetch --unshallow`, or `fetch-depth: 0` of actions/checkout"
    if _OF_A_COMMIT.search(name):
        return ""
    return f"; if it is a branch, `git fetch origin {name.removeprefix('origin/')}` brings it"


def materialised(files: dict[str, bytes], links: Iterable[Blob], folder: Path) -> None:
    """Write *files* into *folder*, which is empty; what of them is in *links* is a link.

    Links come last, so that nothing is written through one.
    """
    linked = {blob.path for blob in links}
    for path, data in files.items():
        if path not in linked and _plain(path):
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
    for path in linked:
        target = folder / path
        if _plain(path) and not os.path.lexists(target) and b"\0" not in files[path]:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(os.fsdecode(files[path]))


def is_link(blob: Blob) -> bool:
    """Whether *blob* is a symbolic link."""
    return blob.mode == _LINK


def _plain(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return bool(parts) and ".." not in parts and not path.startswith("/")


def _listed(output: bytes) -> Iterator[Blob]:
    for row in output.split(b"\0"):
        head, tab, path = row.partition(b"\t")
        words = head.decode().split()
        if tab and words[0] in (*_FILES, _LINK):
            yield Blob(os.fsdecode(path), words[0], words[2], int(words[3]))


def _git(folder: Path, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run git in *folder*; what it is asked for reads objects and nothing else."""
    kept = {name: text for name, text in os.environ.items() if name not in _OF_A_REPOSITORY}
    try:
        return subprocess.run(  # noqa: S603 - git, with arguments that are no options of the user's
            [shutil.which("git") or "git", "--no-pager", *_CONFIG, *arguments],
            cwd=folder,
            env=kept | _SAFE,
            input=given,
            capture_output=True,
            check=False,
            timeout=_LONGEST,
        )
    except subprocess.TimeoutExpired as error:
        msg = f"git has not answered for {_LONGEST} s"
        raise GitError(msg) from error


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    """Return the first line of what git complained of."""
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[0].removeprefix("fatal: ") if lines else f"it ended with {done.returncode}"
