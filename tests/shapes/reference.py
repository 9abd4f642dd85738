"""Random shapes, each with what it must become, made without reading any YAML.

A sketch is drawn first. `lines` writes it down as a shape, `result` evaluates it.
"""

from dataclasses import dataclass
from types import MappingProxyType, SimpleNamespace

from hypothesis import strategies as st

VALUES = {
    "yes": True,
    "zero": 0,
    "nothing": None,
    "full": ["x", "y"],
    "empty": [],
    "yaml": "x: {a: b}\n- !!python/object:os.system",
    "braces": "{{ inputs.x }}",
    "brackets": "[[ yes ]]",
    "statement": "#% endif",
    "tree": {"a": [1, {"b": None}]},
    "model": SimpleNamespace(
        name="iris",
        ports=({"name": "http", "items": 80}, {"name": "grpc", "items": 81}),
        scale=MappingProxyType({"min": 0, "max": 5, "values": [1, 2]}),
    ),
}
NAMES = [
    *VALUES,
    "model.name",
    "model.ports",
    "model.scale.max",
    "model.scale.values",
    "tree.a",
]
LISTS = ["full", "empty", "model.ports", "model.scale.values", "tree.a"]
LITERALS = [
    (["plain"], "plain"),
    (['"8080"'], "8080"),
    (["'it''s'"], "it's"),
    (["-12"], -12),
    (["1.50"], 1.5),
    (["true"], True),
    (["~"], None),
    ([""], None),
    (["a:b  # a remark"], "a:b"),
    (["{}"], {}),
    (["{a: 1, b: [x, {c: null}]}"], {"a": 1, "b": ["x", {"c": None}]}),
    (["|", "set -e", "  {{ x }}", "", "# end"], "set -e\n  {{ x }}\n\n# end\n"),
    (["|-", "one"], "one"),
    ([">", "two", "words", "", ""], "two words\n"),
    (['"over', '  two  lines"'], "over two  lines"),
    (["[a,", "  b]"], ["a", "b"]),
]


@dataclass(frozen=True)
class Literal:
    lines: list
    value: object


@dataclass(frozen=True)
class Hole:
    name: str
    flow: bool = False


@dataclass(frozen=True)
class Entries:
    """A mapping or, when the keys are None, a list."""

    members: list


@dataclass(frozen=True)
class Entry:
    key: str | None
    node: object


@dataclass(frozen=True)
class If:
    name: str
    then: list
    otherwise: list


@dataclass(frozen=True)
class For:
    variable: str
    name: str
    body: list


@st.composite
def sketches(draw):
    """Draw a root mapping."""
    counter = iter(range(1000))

    def node(depth, names, inline):
        kind = draw(
            st.sampled_from(["literal", "hole", "flow", "table", "list"][: 5 if depth else 3])
        )
        if kind == "literal":
            return Literal(*draw(st.sampled_from(LITERALS)))
        if kind in {"hole", "flow"}:
            return Hole(draw(st.sampled_from(names)), kind == "flow")
        return Entries(members(depth - 1, names, kind == "table", inline))

    def members(depth, names, keyed, inline):
        """Draw members; the first must be an entry where it shares a line with a dash."""
        found = [entry(depth, names, keyed)] if inline else []
        found += [member(depth, names, keyed) for _ in range(draw(st.integers(0, 2)))]
        return found or [entry(depth, names, keyed)]

    def entry(depth, names, keyed):
        key = f"key{next(counter)}" if keyed else None
        return Entry(key, node(depth, names, inline=not keyed))

    def member(depth, names, keyed):
        kind = draw(st.sampled_from(["entry", "entry", "if", "if" if keyed else "for"]))
        if kind == "entry":
            return entry(depth, names, keyed)
        if kind == "if":
            then, otherwise = (
                members(max(depth - 1, 0), names, keyed, inline=False) for _ in range(2)
            )
            return If(draw(st.sampled_from(names)), then, draw(st.sampled_from([[], otherwise])))
        variable = draw(st.sampled_from(["port", "each", "model"]))
        inside = [name for name in names if name.split(".")[0] != variable] + [variable]
        lists = [name for name in inside if name in LISTS]
        body = members(max(depth - 1, 0), inside, keyed, inline=False)
        return For(
            variable,
            draw(st.sampled_from([name for name in names if name in LISTS] or lists)),
            body,
        )

    return Entries(members(3, NAMES, keyed=True, inline=False))


def lines(sketch, pad=""):
    """Return the lines of *sketch*, its members in column *pad*."""
    return [line for member in sketch.members for line in _member(member, pad)]


def _member(member, pad):
    match member:
        case If(name, then, otherwise):
            yield f"{pad}#% if {name}"
            yield from lines(Entries(then), pad)
            if otherwise:
                yield f"{pad}#% else"
                yield from lines(Entries(otherwise), pad)
            yield f"{pad}#% endif"
        case For(variable, name, body):
            yield f"{pad}#% for {variable} in {name}"
            yield from lines(Entries(body), pad)
            yield f"{pad}#% endfor"
        case Entry(key, node):
            yield from _entry(f"{pad}-" if key is None else f"{pad}{key}:", node, f"{pad}  ")


def _entry(start, node, pad):
    match node:
        case Hole(name, flow=False):
            yield f"{start} [[ {name} ]]"
        case Hole(name):
            yield f"{start} {{a: [[ {name} ]], b: [1, [[ {name} ]]]}}"
        case Literal([first, *rest]):
            yield f"{start} {first}".rstrip()
            yield from (f"{pad}{line}".rstrip() for line in rest)
        case Entries(members) if start.endswith("-") and isinstance(members[0], Entry):
            first, *rest = lines(node, pad)
            yield f"{start} {first.lstrip()}"
            yield from rest
        case Entries():
            yield start
            yield f"{pad[2:]}# a remark in another column"
            yield from lines(node, pad)


def result(node, scope):
    """Return what *node* must become."""
    match node:
        case Literal(value=value):
            return value
        case Hole(name, flow=False):
            return look_up(name, scope)
        case Hole(name):
            return {"a": look_up(name, scope), "b": [1, look_up(name, scope)]}
        case Entries(members):
            found = list(_standing(members, scope))
            if _keyed(members):
                return dict(found)
            return [value for _, value in found]


def _standing(members, scope):
    for member in members:
        match member:
            case Entry(key, node):
                yield key, result(node, scope)
            case If(name, then, otherwise):
                yield from _standing(then if look_up(name, scope) else otherwise, scope)
            case For(variable, name, body):
                for value in look_up(name, scope):
                    yield from _standing(body, scope | {variable: value})


def _keyed(members):
    match members[0]:
        case Entry(key):
            return key is not None
        case If(_, then):
            return _keyed(then)
        case For():
            return False


def look_up(name, scope):
    first, *rest = name.split(".")
    value = scope[first]
    for step in rest:
        value = vars(value)[step] if isinstance(value, SimpleNamespace) else value[step]
    return value
