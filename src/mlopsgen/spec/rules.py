"""What the codes of the spec stand for."""

from __future__ import annotations

from mlopsgen.diagnostics import Rule

UNKNOWN_KEY = Rule(
    "SPEC001",
    "every key is one that mlopsgen reads",
    "Nothing would read it: the platform would be built as if the line were not there.",
)
MISSING_KEY = Rule(
    "SPEC002",
    "every key without a default is there",
    "Nothing can be put in its place: mlopsgen has no default for it, and a guess would only "
    "show up as wrong in the cluster.",
)
WRONG_KIND = Rule(
    "SPEC003",
    "a value is of the kind that its key takes",
    "mlopsgen never turns one kind of value into another: what it would make of this one is not "
    "what stands in the file.",
)
UNQUOTED_TEXT = Rule(
    "SPEC004",
    "text that looks like a number is quoted",
    "YAML reads it as a number or a yes-or-no value, and digits get lost on the way: 1.10 becomes "
    "1.1, another version.",
)
UNKNOWN_CHOICE = Rule(
    "SPEC005",
    "a choice is one of those there are",
    "Each choice is built in its own way, and for this one there is none.",
)
OUT_OF_RANGE = Rule(
    "SPEC006",
    "a number is within its range",
    "The service it is meant for would refuse it, or could not work with it.",
)
ENTRY_NAME = Rule(
    "SPEC007",
    "the name of an entry has the form that its readers take",
    "It becomes a name in the cluster, which would be refused when it is applied.",
)
TEXT_FORM = Rule(
    "SPEC008",
    "a text has the form that its readers take",
    "What reads it later would refuse it, or find nothing under it.",
)
QUANTITY = Rule(
    "SPEC009",
    "a quantity is written with its unit",
    "Without a unit a number can be read in several ways, a thousandfold apart: Kubernetes takes "
    "a bare number of memory for bytes.",
)
LENGTH = Rule(
    "SPEC010",
    "texts, lists and maps are neither empty nor too long",
    "What is empty says nothing, and what is too long is refused where it is used.",
)
POOL_KIND = Rule(
    "SPEC011",
    "a node pool says what kind it is",
    "The kind decides who makes the nodes and which other keys the pool has: `managed` is a node "
    "group of EKS, `karpenter` a NodePool of Karpenter.",
)
VERSION = Rule(
    "SPEC012",
    "a platform is written in the version of the format that is read",
    "Another version has other keys, or gives them another meaning: what would be built is not "
    "what the file says.",
)

RULES = (
    UNKNOWN_KEY,
    MISSING_KEY,
    WRONG_KIND,
    UNQUOTED_TEXT,
    UNKNOWN_CHOICE,
    OUT_OF_RANGE,
    ENTRY_NAME,
    TEXT_FORM,
    QUANTITY,
    LENGTH,
    POOL_KIND,
    VERSION,
)

KEY_CODES = frozenset({UNKNOWN_KEY.code, ENTRY_NAME.code})
"""Codes of findings that point at a key rather than at its value."""
