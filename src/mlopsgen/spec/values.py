"""Words for values that are of the wrong kind, size or form."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from typing import get_args

from mlopsgen.diagnostics import Finding, numeral
from mlopsgen.spec.certain import YES_NO, certain_kind, certain_text
from mlopsgen.spec.form import Notation
from mlopsgen.spec.route import Asked, bare, fields, required
from mlopsgen.spec.rules import (
    ENTRY_NAME,
    LENGTH,
    OUT_OF_RANGE,
    QUANTITY,
    TEXT_FORM,
    UNQUOTED_TEXT,
    WRONG_KIND,
)
from mlopsgen.spec.said import Mistake, kind_of, listed, named, quoted, sample, yaml_text

_NUMBER = re.compile(r"\s*(-?[0-9]{1,18}(?:\.[0-9]{1,9})?)\s*%?\s*")
_SHELL = re.compile(r"[|&;<>`*?\n]|\$(?!\()")
"""What only a shell acts on."""


def wrong_kind(mistake: Mistake) -> Finding:
    """Say what kind of value is asked for, and which is there."""
    if mistake.route.on_key:
        return form(mistake)
    shown = mistake.asked.form is None or mistake.asked.form.shown
    clause = (
        mistake.clause
        if shown or not isinstance(mistake.value, str)
        else "another text is written there"
    )
    message = f"{mistake.name} is {kind_of(mistake.asked)}; {clause}"
    if str in mistake.asked.members and isinstance(mistake.value, (bool, int, float)):
        mend = certain_text(mistake)
        return UNQUOTED_TEXT.at(mistake.path, message, fix=_quoting(mistake), mend=mend)
    return WRONG_KIND.at(mistake.path, message, fix=_kind_fix(mistake), mend=certain_kind(mistake))


def _quoting(mistake: Mistake) -> str:
    """Return the value in quotes, or what would do where that is of another form as well."""
    text = mistake.text if mistake.asked.form is None else next(_right(mistake), "")
    if not text:
        return f"write it like {mistake.line(sample(mistake.asked))}"
    return f"write {mistake.line(json.dumps(text))}"


def _kind_fix(mistake: Mistake) -> str:
    """Return the smallest change that makes the value one of the kind that is asked for."""
    asked, value, last = mistake.asked, mistake.value, mistake.path[-1:]
    owner = mistake.route.owner
    if value is None and owner and last[0] not in required(owner):
        return f"write a value, or take {quoted(last[0])} away"
    if isinstance(value, str) and mistake.kind == "tuple_type" and _fits(asked, value):
        words = _arguments(value) if last[0] in {"command", "args"} else [value]
        items = ", ".join(yaml_text(word) for word in words)
        return f"write {mistake.line(f'[{items}]')}"
    if isinstance(value, str) and mistake.kind == "bool_type":
        return f"write {mistake.line(YES_NO.get(value.lower(), 'false'))}"
    if mistake.kind in {"int_type", "float_type"}:
        return f"write {mistake.line(_number(mistake))}"
    example = sample(asked)
    if example == "{}" and asked.model:
        return f"write its keys below it: {listed(list(fields(asked.model)))}"
    return f"write {mistake.line(example)}"


def _arguments(text: str) -> list[str]:
    """Return the arguments that *text* is as a line of a shell, or those for a shell."""
    try:
        words = [] if _SHELL.search(text) else shlex.split(text)
    except ValueError:
        words = []
    return words or ["sh", "-c", text]


def _fits(asked: Asked, text: str) -> bool:
    """Whether *text* may be the only item of the list that *asked* is."""
    item = bare(get_args(asked.type)[0])
    if item.choices:
        return text in item.choices
    return re.search(item.limit("pattern") or ".", text) is not None


def _number(mistake: Mistake) -> str:
    """Return the number that was probably meant, within its bounds."""
    written = _NUMBER.fullmatch(str(mistake.value))
    if not written or isinstance(mistake.value, bool):
        return sample(mistake.asked)
    number = float(written[1])
    least, most = mistake.asked.limit("ge", "gt"), mistake.asked.limit("le", "lt")
    if mistake.kind == "int_type":
        above = 0 if mistake.asked.limit("gt") is None else 1
        whole = round(number) if least is None else max(round(number), least + above)
        return str(whole if most is None else min(whole, most))
    fits = (least is None or number > least) and (most is None or number < most)
    return written[1] if fits else sample(mistake.asked)


def out_of_range(mistake: Mistake) -> Finding:
    """Say the bounds of a number, and the nearest within them."""
    notation = mistake.asked.form
    shown = notation.written if isinstance(notation, Notation) else numeral
    least = mistake.asked.limit("ge")
    bounds = [
        f"{word} {shown(limit) if limit else 0}"
        for name, word in (
            ("ge", "at least"),
            ("gt", "more than"),
            ("le", "at most"),
            ("lt", "less than"),
        )
        if (limit := mistake.asked.limit(name)) is not None and (name != "gt" or least is None)
    ]
    message = f"{mistake.name} is {mistake.text}; it must be {' and '.join(bounds)}"
    nearest = mistake.limits.get("ge", mistake.limits.get("le"))
    if nearest is not None:
        fix = f"write {mistake.line(shown(nearest))}"
    elif isinstance(notation, Notation):
        fix = f"write {mistake.line(sample(mistake.asked))}"
    else:
        fix = f"write a number {' and '.join(bounds)}"
    return OUT_OF_RANGE.at(mistake.path, message, fix=fix)


def quantity(mistake: Mistake) -> Finding:
    """Say how the quantity is written, and which was probably meant."""
    notation = mistake.asked.form
    if mistake.value is None or not isinstance(notation, Notation):
        return wrong_kind(mistake)
    message = f"{mistake.name} is {mistake.text}; it must be {notation.words}"
    meant = notation.meant(mistake.value) or str(notation.examples[0])
    mend = mistake.instead(notation.certain(mistake.value), bare=True)
    return QUANTITY.at(mistake.path, message, fix=f"write {mistake.line(meant)}", mend=mend)


def form(mistake: Mistake) -> Finding:
    """Say which form the text must have, and what would have it."""
    expected = mistake.asked.form
    words = expected.words if expected else kind_of(mistake.asked)
    why = expected.why if expected else ""
    right = next(_right(mistake), "")
    example = right or str(expected.examples[0] if expected and expected.examples else "")
    if mistake.route.on_key:
        *parent, key = mistake.path
        message = f"{named(tuple(parent))} has an entry {quoted(key)}; it must be {words}"
        fix = f"write `{example}` instead" if right else f"name it like `{example}`"
        return ENTRY_NAME.at(mistake.path, message, fix=fix, why=why)
    if expected and not expected.shown:
        message = f"{mistake.name} is a text of another form; it must be {words}"
    else:
        message = f"{mistake.name} is {mistake.text}; it must be {words}"
    verb = "write" if right else "write it like"
    fix = f"{verb} {mistake.line(yaml_text(example))}"
    return TEXT_FORM.at(mistake.path, message, fix=fix, why=why)


def _right(mistake: Mistake) -> Iterator[str]:
    """Yield texts near the value that have the form it should have; none near a secret."""
    if mistake.asked.form and not mistake.asked.form.shown:
        return
    text = (mistake.value if isinstance(mistake.value, str) else mistake.text).strip()
    pattern = mistake.asked.limit("pattern") or "."
    longest = mistake.asked.limit("max_length") or len(text) + 8
    for candidate in _candidates(text):
        if re.search(pattern, candidate) and len(candidate) <= longest:
            yield candidate


def _candidates(text: str) -> Iterator[str]:
    """Yield what *text* may be a slip of, the smallest change first."""
    yield text
    yield text.lower()
    yield text.lstrip("*")
    yield re.sub(r"[^a-z0-9]+", "-", re.sub(r"(?<=[a-z])(?=[A-Z])", "-", text).lower()).strip("-")
    yield re.sub(r"[^A-Za-z0-9]+", "_", text)
    yield text.replace("-", "")
    yield text[:1].upper() + text[1:]
    yield text.strip("/")
    yield re.sub(r"^[a-z]+://|[:/].*$", "", text.lower())
    yield f"{text}/32"
    yield f"{text}.0"
    yield text.rpartition(".")[0]
    yield f"{text}/"
    if text[:1].isalnum():
        yield from (f"{start}{text}" for start in ("hf://", "https://", "/", "db."))


def too_long(mistake: Mistake) -> Finding:
    """Say how long a text is, and how long it may be."""
    most = mistake.limits["max_length"]
    length = len(str(mistake.value))
    over = length - most
    fix = f"shorten it by {over} character{'s' if over > 1 else ''}"
    why = mistake.asked.form.why if mistake.asked.form else ""
    if mistake.route.on_key:
        message = f"the name {named(mistake.path)} has {length} characters; {most} are allowed"
        return ENTRY_NAME.at(mistake.path, message, fix=fix, why=why)
    message = f"{mistake.name} has {length} characters; {most} are allowed"
    return LENGTH.at(mistake.path, message, fix=fix, why=why)


def empty(mistake: Mistake) -> Finding:
    """Say that there must be something in a text, list or map."""
    message = f"{mistake.name} is empty; it must be {kind_of(mistake.asked)} with something in it"
    return LENGTH.at(mistake.path, message, fix=f"write {mistake.line(sample(mistake.asked))}")
