"""The rules about platform.lock and about what it is made from."""

from __future__ import annotations

from mlopsgen.diagnostics import Rule

MALFORMED = Rule(
    "LOCK001",
    "platform.lock is a lock file",
    "A lock that can't be read can't say which version an alias stands for, and guessing would"
    " serve a model that nobody reviewed.",
)
MISSING = Rule(
    "LOCK002",
    "every alias is locked to a version",
    "KServe knows nothing of MLflow's aliases: it would take `models:/name@alias` for a path in"
    " the image, and the pod would crash. A build asks no registry, so platform.lock has to say"
    " which version and which files the alias stands for.",
)
UNREGISTERED = Rule(
    "LOCK003",
    "what is locked is in the registry",
    "A source names a model of MLflow with an alias or a version. What the registry doesn't have"
    " stands for no files, so there is nothing that could be served.",
)
UNSERVABLE = Rule(
    "LOCK004",
    "the files of a locked version are ready and lie in S3",
    "KServe downloads the files from S3 before the model server starts, with the model's own role."
    " It doesn't go through MLflow, and can't read a disk of the tracking server.",
)
UNPINNED = Rule(
    "LOCK005",
    "every pinned image is locked to a digest",
    "A tag says what an image is called, not what is in it: whoever may push can put another image"
    " under it, and two nodes would run different code. A build asks no registry, so platform.lock"
    " has to say which digest the tag stands for.",
)
UNKNOWN_IMAGE = Rule(
    "LOCK006",
    "a pinned image is in its registry",
    "There is no digest of an image that its registry doesn't have, and the kubelet couldn't pull"
    " it: the pod would wait with ErrImagePull.",
)
UNRUNNABLE = Rule(
    "LOCK007",
    "a pinned image runs on the nodes",
    "Every node has linux/amd64. The kubelet can't pull an image that is for others only, or that"
    " is no image of a container at all: the pod would wait with ErrImagePull.",
)
RULES = (
    MALFORMED,
    MISSING,
    UNREGISTERED,
    UNSERVABLE,
    UNPINNED,
    UNKNOWN_IMAGE,
    UNRUNNABLE,
)
