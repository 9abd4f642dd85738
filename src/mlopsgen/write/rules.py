"""What `write` refuses to do, and why: one rule for each thing that may stand in its way."""

from __future__ import annotations

from mlopsgen.diagnostics import Rule

EDITED = Rule(
    "WRITE001",
    "a generated file has been edited by hand",
    "Generated files are overwritten by every build, so an edit in one is lost with the next "
    "change of platform.yaml, and nobody who reads platform.yaml knows of it.",
)
BLOCKED = Rule(
    "WRITE002",
    "something that is not mlopsgen's stands where it has to write",
    "mlopsgen overwrites and deletes only what a manifest says it wrote. Anything else in the "
    "output folder is yours, and may exist nowhere else.",
)
LINKED = Rule(
    "WRITE003",
    "a symbolic link stands where mlopsgen has to write",
    "Files written through a link land outside the output folder, where they may overwrite "
    "something else and where no later build finds them to delete them.",
)
BROKEN = Rule(
    "WRITE004",
    "a manifest cannot be read",
    "The manifest tells the files that mlopsgen wrote from yours. Without it no file of the "
    "environment can be recognised as edited, or deleted when nothing generates it any more.",
)
BUSY = Rule(
    "WRITE005",
    "another build is writing",
    "Two builds that write at the same time would each delete what the other one has half "
    "finished.",
)
ABANDONED = Rule(
    "WRITE006",
    "a killed build left the output folder under another name",
    "On file systems that cannot swap two folders, a build moves the old tree aside for the "
    "moment of the change. It holds your own files as well, so it is not deleted unseen.",
)

RULES = (EDITED, BLOCKED, LINKED, BROKEN, BUSY, ABANDONED)
