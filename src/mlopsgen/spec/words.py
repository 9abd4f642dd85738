"""What pydantic finds wrong with a platform, in the words of the person who has to mend it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from mlopsgen.diagnostics import Finding, Mend, SpecPath
from mlopsgen.spec import values
from mlopsgen.spec.keys import alike, closest, meant_by, unknown_key
from mlopsgen.spec.platform import Platform
from mlopsgen.spec.route import follow
from mlopsgen.spec.rules import KEY_CODES, MISSING_KEY, POOL_KIND, UNKNOWN_CHOICE, UNKNOWN_KEY
from mlopsgen.spec.said import Mistake, listed, named, plain, quoted, sample, yaml_text
from mlopsgen.spec.versions import CURRENT, other_version

_VERSION = "apiVersion"


def findings(error: ValidationError, written: Callable[[SpecPath], str | None]) -> list[Finding]:
    """Return a finding for each mistake in *error*, in the order of the file's models.

    *written* gives the exact text of a scalar in the file: 1.10 where the value is 1.1.
    """
    mistakes = [*_told(_mistake(one, written) for one in error.errors(include_url=False))]
    found, mended = [], set()
    for mistake in mistakes:
        if mistake.kind == "extra_forbidden":
            meant = meant_by(mistake)
            mended |= {meant.path} if meant else set()
            found.append(unknown_key(mistake, meant))
        else:
            found.append(WORDS.get(mistake.kind, values.wrong_kind)(mistake))
    return [
        replace(one, on_key=one.code in KEY_CODES)
        for one in found
        if one.code != MISSING_KEY.code or one.at not in mended
    ]


def _mistake(error: ErrorDetails, written: Callable[[SpecPath], str | None]) -> Mistake:
    loc, kind = error["loc"], error["type"]
    on_key = loc[-1:] == ("[key]",) and kind not in {"extra_forbidden", "missing"}
    route = follow(Platform, loc, on_key=on_key)
    return Mistake(kind, route, error["input"], error.get("ctx", {}), written)


def _told(mistakes: Iterator[Mistake]) -> Iterator[Mistake]:
    """Yield *mistakes* without those that only follow from others.

    For a value that may be of several kinds pydantic finds fault with each of them. What is wrong
    inside of it says most; otherwise one is enough. And it counts only good items of a list.
    """
    everything = list(mistakes)
    inside = {one.path[:steps] for one in everything for steps in range(len(one.path))}
    seen: set[SpecPath] = set()
    for one in everything:
        union = one.route.union
        if union is not None and union == one.path:
            if union in inside or union in seen:
                continue
            seen.add(union)
        if one.kind == "too_short" and one.value:
            continue
        yield one


def _missing(mistake: Mistake) -> Finding:
    """Say which key isn't there, and show one that would do."""
    *parent, key = mistake.path
    message = f"{named(tuple(parent))} has no {quoted(key)}"
    mend = Mend(f"{_VERSION}: {CURRENT}", added=True) if mistake.path == (_VERSION,) else None
    fix = f"write {mistake.line(sample(mistake.asked))}"
    return MISSING_KEY.at(mistake.path, message, fix=fix, mend=mend)


def _choice(mistake: Mistake) -> Finding:
    """Say which words there are, and which was probably meant."""
    if mistake.path == (_VERSION,):
        return other_version(mistake)
    choices = mistake.asked.choices
    there = f"is one of {listed(choices)}" if len(choices) > 1 else f"is always {listed(choices)}"
    near = _near(mistake.value, choices)
    text = f"the text {mistake.text}" if near and near not in choices else mistake.text
    if mistake.route.on_key:
        *parent, key = mistake.path
        message = f"{named(tuple(parent))} has an entry {quoted(key)}; its name {there}"
        fix = f"write `{near}` instead" if near else f"take {quoted(key)} away"
        return UNKNOWN_KEY.at(mistake.path, message, fix=fix)
    if not isinstance(mistake.value, str) and mistake.route.union is not None:
        return values.wrong_kind(mistake)
    fix = f"write {mistake.line(near)}" if near else f"write one of {listed(choices)}"
    also = " or a list" if mistake.route.union == mistake.path else ""
    message = f"{mistake.name} is {text}; it {there}{also}"
    return UNKNOWN_CHOICE.at(
        mistake.path,
        message,
        fix=fix,
        why=_RENAMED.get(str(mistake.value), ""),
        mend=None if also else _certain(mistake, choices),
    )


def _certain(mistake: Mistake, choices: tuple[str, ...]) -> Mend | None:
    """Return the choice that differs in capitals, `-`, `_` or quotes only."""
    if not isinstance(mistake.value, str):
        written = mistake.written(mistake.path)
        return mistake.instead(written) if written in choices else None
    same: set[object] = {word for word in choices if alike(mistake.value, str(word))}
    if mistake.value in _SUCCEEDED and _SUCCEEDED[mistake.value] in choices:
        return mistake.instead(_SUCCEEDED[mistake.value])
    word = same.pop() if len(same) == 1 else None
    return mistake.instead(word) if isinstance(word, str) else Mend(str(word)) if word else None


def _near(value: object, choices: tuple[str, ...]) -> str:
    """Return the choice that was probably meant, as it is written; some choices are numbers."""
    if len(choices) == 1:
        return choices[0]
    words = tuple(map(str, choices))
    return closest(value, words) if isinstance(value, str) else ""


def _no_pool_kind(mistake: Mistake) -> Finding:
    """Say that a pool has no kind, and tell the kinds by the keys that are there."""
    keys = mistake.value if isinstance(mistake.value, Mapping) else {}
    karpenter = "instanceFamilies" in keys
    line = f"kind: {'karpenter' if karpenter else 'managed'}"
    return POOL_KIND.at(
        (*mistake.path, "kind"), f"{mistake.name} has no `kind`", fix=f"write `{line}`"
    )


def _other_pool_kind(mistake: Mistake) -> Finding:
    """Say that a pool is of a kind there isn't."""
    kinds = ("managed", "karpenter")
    tag = mistake.value.get("kind") if isinstance(mistake.value, Mapping) else None
    if tag is None:
        return _no_pool_kind(mistake)
    near = closest(tag, kinds) if isinstance(tag, str) else ""
    at = (*mistake.path, "kind")
    text = quoted(tag) if isinstance(tag, str) else plain(tag)
    message = f"{named(at)} is {text}; it is one of {listed(kinds)}"
    fix = f"write `kind: {yaml_text(near)}`" if near else f"write one of {listed(kinds)}"
    mend = Mend(near) if near and alike(str(tag), near) else None
    return POOL_KIND.at(at, message, fix=fix, mend=mend)


def _key_kind(mistake: Mistake) -> Finding:
    """Say that a key isn't text."""
    message = f"{named(mistake.path[:-1])} has the key {quoted(mistake.value)}, which isn't text"
    return UNKNOWN_KEY.at(mistake.path, message, fix=f"take {quoted(mistake.value)} away")


_RENAMED: Mapping[str, str] = MappingProxyType(
    {
        "RawDeployment": "KServe 0.16 calls RawDeployment Standard.",
        "Serverless": "It needs Knative, which mlopsgen doesn't install.",
        "Knative": "It needs Knative, which mlopsgen doesn't install.",
    }
)
"""Choices of other versions, and what became of them."""

_SUCCEEDED: Mapping[str, str] = MappingProxyType({"RawDeployment": "Standard"})
"""Those that have another name only."""

WORDS: Mapping[str, Callable[[Mistake], Finding]] = MappingProxyType(
    {
        "bool_type": values.wrong_kind,
        "cpu": values.quantity,
        "dict_type": values.wrong_kind,
        "duration": values.quantity,
        "float_type": values.wrong_kind,
        "greater_than": values.out_of_range,
        "greater_than_equal": values.out_of_range,
        "int_type": values.wrong_kind,
        "invalid_key": _key_kind,
        "less_than": values.out_of_range,
        "less_than_equal": values.out_of_range,
        "literal_error": _choice,
        "memory": values.quantity,
        "missing": _missing,
        "model_attributes_type": values.wrong_kind,
        "model_type": values.wrong_kind,
        "string_pattern_mismatch": values.form,
        "string_too_long": values.too_long,
        "string_too_short": values.empty,
        "string_type": values.wrong_kind,
        "string_unicode": values.form,
        "too_short": values.empty,
        "tuple_type": values.wrong_kind,
        "union_tag_invalid": _other_pool_kind,
        "union_tag_not_found": _no_pool_kind,
    }
)
"""Who says what for each kind of error that the spec can give."""
