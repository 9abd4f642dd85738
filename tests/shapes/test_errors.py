from types import SimpleNamespace

import pytest

from mlopsgen.shapes import ShapeError, Shapes

STANDS = "must stand around whole entries, in their column"
STARTS = "starts neither a whole value nor a statement among entries"
DIFFER = "quote it, or write it plainly"
NOT_A_SHAPE = {
    "not yaml": ("a: 1\nb: {\n", 3, "is not YAML"),
    "control character": ("a: \x07\n", 1, "is not YAML"),
    "empty": ("# nothing\n", 1, "holds no document"),
    "list at the root": ("- a\n", 1, "a document that is no mapping"),
    "text at the root": ("--- \nabc\n", 2, "a document that is no mapping"),
    "hole at the root": ("[[ a ]]\n", 1, "a document that is no mapping"),
    "hole in text": ("a: 1\nb: x [[ y ]]\n", 2, STARTS),
    "hole in quotes": ('a: "[[ y ]]"\n', 1, STARTS),
    "hole in a comment": ("# [[ y ]]\na: 1\n", 1, STARTS),
    "hole in a block": ("a: |\n  if [[ -f x ]]; then\n", 2, STARTS),
    "hole as a key": ("a:\n  [[ y ]]: 1\n", 2, "a key that is no text"),
    "hole in a key": ('"[[ y ]]": 1\n', 1, STARTS),
    "hole without spaces": ("a: [[y]]\n", 1, STARTS),
    "hole over two lines": ("a: [[ y\n  ]]\n", 1, STARTS),
    "hole with two names": ("a: [[ x, y ]]\n", 1, STARTS),
    "hole with a call": ("a: [[ x() ]]\n", 1, STARTS),
    "hole with a private name": ("a: [[ x.__class__ ]]\n", 1, STARTS),
    "hole with a list around": ("a: [[[ y ]]]\n", 1, STARTS),
    "list of lists": ("a: [[1, 2], [3]]\n", 1, STARTS),
    "statement after a value": ("a: 1 #% if x\nb: 2\n", 1, STARTS),
    "statement in a block": ("a: |\n  #% if x\n  b\n  #% endif\n", 2, STARTS),
    "statement in quotes": ('a: "x\n  #% if x\n  #% endif"\n', 3, "is no statement"),
    "statement in quotes, same column": ('a: "x\n#% if x\n #% endif\n"\n', 3, "another column"),
    "statements in quotes, same column": ('a: "x\n\n#% if x\n#% endif\n  "\nb: 1\n', 3, STANDS),
    "statement in flow": ("a: {\n  #% if x\n  b: 1\n  #% endif\n  }\n", 2, STARTS),
    "statement in flow, same column": ("a: {\n#% if x\n  b: 1\n#% endif\n  }\n", 2, STANDS),
    "unknown statement": ("#% while x\na: 1\n", 1, "is no statement"),
    "statement with logic": ("#% if x and y\na: 1\n#% endif\n", 1, "is no statement"),
    "statement without space": ("#%if x\na: 1\n#%endif\n", 1, "is no statement"),
    "end without beginning": ("a: 1\n#% endif\n", 2, "closes no `#% if`"),
    "end of another": ("#% if x\na: 1\n#% endfor\n", 3, "closes no `#% for`"),
    "else of a loop": ("a:\n  #% for x in y\n  - 1\n  #% else\n  - 2\n", 4, "closes no `#% if`"),
    "two elses": ("#% if x\na: 1\n#% else\nb: 1\n#% else\nc: 1\n#% endif\n", 5, "a second"),
    "never closed": ("a: 1\n#% if x\nb: 1\n", 2, "is never closed"),
    "closed in another column": ("a:\n  #% if x\n  b: 1\n#% endif\n", 4, "in another column"),
    "column of nothing": ("a:\n   #% if x\n  b: 1\n   #% endif\n", 2, STARTS),
    "around nothing": ("a: 1\n#% if x\n#% endif\nb: 1\n", 2, STANDS),
    "else around nothing": ("#% if x\na: 1\n#% else\n#% endif\nb: 1\n", 3, STANDS),
    "around half an entry": ("a:\n  b: 1\n#% if x\n  c: 1\n#% endif\n", 3, STANDS),
    "between key and value": ("#% if x\na:\n#% endif\n  b: 1\n", 3, STANDS),
    "over two mappings": ("a:\n  #% if x\n  b: 1\nc:\n  d: 1\n  #% endif\n", 2, STANDS),
    "over two documents": ("#% if x\na: 1\n---\nb: 1\n#% endif\n", 1, STANDS),
    "around a document": ("#% if x\n---\na: 1\n#% endif\n", 4, STANDS),
    "loop around keys": ("a: 1\n#% for x in y\nb: [[ x ]]\n#% endfor\n", 2, "would repeat keys"),
    "loop around keys in a choice": (
        "#% if z\n#% for x in y\nb: 1\n#% endfor\n#% endif\n",
        2,
        "would repeat keys",
    ),
    "key twice": ("a: 1\nb: 1\na: 2\n", 3, "the key `a` can be there twice"),
    "key twice in flow": ("a: {b: 1, b: 2}\n", 1, "the key `b` can be there twice"),
    "key perhaps twice": ("a: 1\n#% if x\na: 2\n#% endif\n", 2, "the key `a` can be there twice"),
    "key in two choices": (
        "#% if x\na: 1\n#% endif\n#% if y\na: 2\n#% endif\n",
        4,
        "the key `a` can be there twice",
    ),
    "key that is a number": ("8080: a\n", 1, "a key that is no text"),
    "key that is a boolean to some": ("on: a\n", 1, DIFFER),
    "list in the column of its key": ("a:\n- b\n", 2, "a list in the column of its key"),
    "alias": ("a: &x [1]\nb: *x\n", 1, "an anchor"),
    "alias of itself": ("a: &x\n  b: *x\n#% if y\nc: 1\n#% endif\n", 1, "an anchor"),
    "tag": ("a: !secret b\n", 1, DIFFER),
    "tag on a mapping": ("a: !!set {b, c}\n", 1, "a tag"),
    "merge key": ("a:\n  <<: {b: 1}\n", 2, DIFFER),
    "yes": ("a: yes\n", 1, DIFFER),
    "octal": ("a: 0644\n", 1, DIFFER),
    "number to some": ("a: 1e3\n", 1, DIFFER),
    "time of day": ("a: 12:30\n", 1, DIFFER),
    "date": ("a: 2001-12-14\n", 1, DIFFER),
    "infinity": ("a: .inf\n", 1, DIFFER),
}


@pytest.mark.parametrize(("text", "line", "reason"), NOT_A_SHAPE.values(), ids=NOT_A_SHAPE)
def test_what_is_no_shape_is_refused_at_its_line(tmp_path, text, line, reason):
    (tmp_path / "x.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(ShapeError) as refused:
        Shapes(tmp_path).fill("x.yaml", x=1, y=[1], z=1)

    assert str(refused.value).startswith(f"x.yaml:{refused.value.line}: ")
    assert (refused.value.shape, refused.value.line) == ("x.yaml", line), str(refused.value)
    assert reason in refused.value.reason


MODEL = SimpleNamespace(name="iris", labels={"team": "x"})
UNFILLED = [
    ("a: 1\nb: [[ nome ]]\n", 2, "`nome` has no value; given are `model`"),
    ("b: [[ model.nme ]]\n", 1, "`model.nme` has no value; `model` has no `nme`"),
    ("b: {c: [[ model.labels.tem ]]}\n", 1, "`model.labels.tem` has no value; `model.labels` has"),
    ("b: [[ model.name.x ]]\n", 1, "`model.name.x` has no value; `model.name` has no `x`"),
    ("#% if nome\na: 1\n#% endif\nb: 1\n", 1, "`nome` has no value"),
    ("a:\n  #% for x in nome\n  - 1\n  #% endfor\n", 2, "`nome` has no value"),
    (
        "a:\n  #% for x in model.name\n  - 1\n  #% endfor\n",
        2,
        "`model.name` is no list but of type",
    ),
    ("a:\n  #% for x in model.labels\n  - 1\n  #% endfor\n", 2, "`model.labels` is no list"),
]


@pytest.mark.parametrize(("text", "line", "reason"), UNFILLED)
def test_a_missing_value_is_named_with_the_line_of_its_hole(tmp_path, text, line, reason):
    (tmp_path / "x.yaml").write_text(text, encoding="utf-8")
    shapes = Shapes(tmp_path)

    for fill in (shapes.fill, shapes.trace):
        with pytest.raises(ShapeError) as refused:
            fill("x.yaml", model=MODEL)
        assert refused.value.line == line
        assert reason in refused.value.reason


def test_a_loop_variable_ends_with_its_loop(tmp_path):
    text = "a:\n  #% for x in xs\n  - [[ x ]]\n  #% endfor\nb: [[ x ]]\n"
    (tmp_path / "x.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(ShapeError, match=r"x\.yaml:5: `x` has no value; given are `xs`"):
        Shapes(tmp_path).fill("x.yaml", xs=[1])


def test_a_shape_that_is_nowhere_is_an_error(tmp_path):
    with pytest.raises(ShapeError, match=r"x\.yaml:1: there is no such file in "):
        Shapes(tmp_path).fill("x.yaml")


def test_one_wants_one_document(tmp_path):
    (tmp_path / "x.yaml").write_text("a: 1\n---\nb: 1\n", encoding="utf-8")

    with pytest.raises(ShapeError, match="holds 2 documents where one is wanted"):
        Shapes(tmp_path).one("x.yaml")
