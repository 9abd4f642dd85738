"""Documents of all layouts that the loader reads, for tests that must hold for every one."""

from hypothesis import strategies as st

WORDS = st.sampled_from(
    [
        "a",
        "iris",
        "x-y",
        "s3://b/c",
        "1.10",
        "no",
        "with space",
        "ü",
        "it's",
        "a # b",
        "k: v",
        "{m}",
    ]
)
COMMENT = st.sampled_from(["# c", "#", "#!x: y", "# ä [", "#\tt"])
LITERALS = st.sampled_from(["|", ">", "|-", ">+", "|2", "|+"])


def _quoted(word, style):
    if style == "'":
        return "'" + word.replace("'", "''") + "'"
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@st.composite
def scalars(draw):
    style = draw(st.sampled_from(["'", '"', "plain", "number"]))
    if style == "plain":
        return draw(st.sampled_from(["a", "iris", "x/y", "true", "null", "~", "b.c-d"]))
    if style == "number":
        return draw(st.sampled_from(["1", "-3", "0.5", "10.20"]))
    return _quoted(draw(WORDS), style)


@st.composite
def flows(draw, depth=0):
    kind = draw(st.sampled_from(["scalar", "list", "map"] if depth < 2 else ["scalar"]))
    space = draw(st.sampled_from(["", " ", "  "]))
    if kind == "scalar":
        return draw(scalars())
    below = draw(st.lists(flows(depth=depth + 1), max_size=3))
    if kind == "list":
        return f"[{space}{f'{space}, '.join(below)}{space}]"
    pairs = [f"k{index}:{space or ' '}{value}" for index, value in enumerate(below)]
    return "{" + space + f"{space}, ".join(pairs) + space + "}"


@st.composite
def _gap(draw, indent):
    """Empty lines and comments, at any depth."""
    lines = draw(st.lists(st.one_of(st.just(""), st.just("  "), COMMENT), max_size=2))
    at = draw(st.integers(0, indent + 3))
    return "".join(f"{' ' * at}{line}\n" if line.startswith("#") else f"{line}\n" for line in lines)


@st.composite
def _ending(draw):
    return draw(st.sampled_from(["\n", "\n", "  \n", " # end\n", "    # e: [\n"]))


@st.composite
def blocks(draw, indent=0, depth=0):
    """A mapping in lines of its own."""
    lines = ""
    for index in range(draw(st.integers(1, 3))):
        key = draw(st.sampled_from([f"k{index}", f'"q{index}"', f"'k {index}'"]))
        lines += f"{draw(_gap(indent))}{' ' * indent}{key}:{draw(_value(indent, depth))}"
    return lines


@st.composite
def _value(draw, indent, depth):
    kinds = ["flow", "flow", "empty", "literal", "lines", "next", "brackets"]
    kind = draw(st.sampled_from([*kinds, "map", "map", "list"] if depth < 3 else kinds))
    inner = indent + draw(st.integers(1, 4))
    pad = " " * inner
    if kind == "map":
        return draw(_ending()) + draw(blocks(indent=inner, depth=depth + 1))
    if kind == "list":
        return draw(_ending()) + draw(_items(draw(st.sampled_from([indent, inner])), depth))
    if kind == "literal":
        header = draw(LITERALS)
        at = " " * (indent + 2) if "2" in header else pad
        return f" {header}\n{at}one # no comment\n\n{at}  two \n{at}three\n"
    ending = draw(_ending())
    lines = {
        "lines": f' "one \n\n{pad}two # no comment"{ending}',
        "next": f"{draw(_ending())}{pad}{draw(scalars())}{ending}",
        "brackets": f" [a, # in brackets\n{pad}{draw(flows(depth=2))}\n{pad}]{ending}",
        "empty": ending,
        "flow": f" {draw(flows())}{ending}",
    }
    return lines[kind]


@st.composite
def _items(draw, indent, depth):
    lines = ""
    for _ in range(draw(st.integers(1, 3))):
        dash = f"{draw(_gap(indent))}{' ' * indent}-"
        if draw(st.booleans()):
            wide = draw(st.integers(1, 3))
            body = draw(blocks(indent=indent + 1 + wide, depth=depth + 1))
            lines += (
                f"{dash}\n{body}"
                if "#" in body.partition(":")[0]
                or not body.strip()
                or body.startswith(("\n", "  \n"))
                else dash + body[indent + 1 :]
            )
        else:
            lines += f"{dash}{draw(_value(indent, depth + 2))}"
    return lines


@st.composite
def documents(draw):
    text = draw(st.sampled_from(["", "# first\n", "---\n", "# a\n--- # b\n"])) + draw(blocks())
    text += draw(_gap(2))
    if draw(st.booleans()):
        text = text.removesuffix("\n")
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text
