"""Small trees to write, and what stands in a folder."""

from __future__ import annotations

import stat

from mlopsgen.artifact import Rendered


def tree(**texts: str) -> list[Rendered]:
    """Return files by path; `__` stands for a slash and `_yaml` for the ending."""
    return [
        a_file(name.replace("__", "/").replace("_yaml", ".yaml"), text)
        for name, text in texts.items()
    ]


def a_file(path: str, text: str = "x", origin: str = "iris") -> Rendered:
    return Rendered(path, text.encode(), "kserve", (("models", origin),))


def standing(root) -> dict[str, bytes | str | None]:
    """Return everything below *root*: content of files, targets of links, None for the rest."""
    found: dict[str, bytes | str | None] = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_symlink():
            found[name] = f"-> {path.readlink()}"
        else:
            found[name] = path.read_bytes() if path.is_file() else None
    return found


def touched(root) -> dict[str, tuple[int, int, int]]:
    """Return inode, mtime and mode of everything below *root* and of itself."""
    found = {}
    for path in (root, *root.rglob("*")):
        status = path.lstat()
        found[str(path.relative_to(root))] = (
            status.st_ino,
            status.st_mtime_ns,
            stat.S_IMODE(status.st_mode),
        )
    return found


def beside(out) -> set[str]:
    """Return the names next to *out* that a build may have left."""
    return {path.name for path in out.parent.iterdir()} - {out.name}
