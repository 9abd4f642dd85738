"""What aliases and versions in platform.yaml stand for, as written in platform.lock."""

from mlopsgen.lock.lockfile import LOCK, Lock, LockedModel, read, save, text_of
from mlopsgen.lock.rules import MISSING, RULES

__all__ = ["LOCK", "MISSING", "RULES", "Lock", "LockedModel", "read", "save", "text_of"]
