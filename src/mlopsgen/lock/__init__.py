"""What aliases, versions and tags in platform.yaml stand for, as written in platform.lock."""

from mlopsgen.lock.lockfile import LOCK, Lock, LockedImage, LockedModel, read, save, text_of
from mlopsgen.lock.reference import Reference, reference
from mlopsgen.lock.rules import MISSING, RULES, UNPINNED

__all__ = [
    "LOCK", "MISSING", "RULES", "UNPINNED", "Lock", "LockedImage", "LockedModel", "Reference",
    "read", "reference", "save", "text_of",
]  # fmt: skip
