import json
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlopsgen.artifact import Rendered
from mlopsgen.write import manifest
from mlopsgen.write.manifest import NOT_OURS, Broken, listed

DIGEST = "0" * 64
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
FILES = st.lists(
    st.builds(
        Rendered,
        path=st.from_regex(r"[a-zé\"]{1,8}(/[a-z.]{0,3}[a-z])?", fullmatch=True),
        data=st.binary(max_size=20),
        emitter=TEXT,
        origin=st.lists(st.tuples(TEXT, st.integers(0, 9)), max_size=3).map(tuple),
    ),
    max_size=6,
    unique_by=lambda file: file.path,
)


def test_a_manifest_names_hash_emitter_and_origins_of_each_file():
    files = [
        Rendered("b.yaml", b"two", "argocd", (("models", "iris", "scale", "max"), ("aws",))),
        Rendered("a.yaml", b"one", "kserve", (("labels", "example.com/team", 0),)),
    ]

    assert json.loads(manifest(files)) == {
        "version": 1,
        "files": {
            "a.yaml": {
                "sha256": sha256(b"one").hexdigest(),
                "emitter": "kserve",
                "origins": ['labels."example.com/team".0'],
            },
            "b.yaml": {
                "sha256": sha256(b"two").hexdigest(),
                "emitter": "argocd",
                "origins": ["models.iris.scale.max", "aws"],
            },
        },
    }


@given(FILES)
def test_a_manifest_is_sorted_json_with_one_value_a_line_and_a_newline(files):
    text = manifest(files).decode()

    content = json.loads(text)
    assert text == json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


@given(FILES, st.randoms())
def test_a_manifest_does_not_depend_on_the_order_of_files(files, random):
    shuffled = files.copy()
    random.shuffle(shuffled)

    assert manifest(shuffled) == manifest(files)


@given(FILES)
def test_a_manifest_reads_back_as_the_hashes_of_its_files(files):
    assert listed(manifest(files)) == {file.path: sha256(file.data).hexdigest() for file in files}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is not JSON"),
        (b"<<<<<<< HEAD\n{}", "is not JSON"),
        (b"\xff", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b'{"version": 2, "files": {}}', "has version 2; this mlopsgen reads version 1"),
        (b'{"version": 1, "files": {"a": {}}}', "has no sha256 for `a`"),
        (b'{"version": 1, "files": {"a": {"sha256": "abc"}}}', "has no sha256 for `a`"),
        (b'{"version": 1, "files": {"a": []}}', "has no sha256 for `a`"),
    ],
)
def test_a_broken_manifest_says_what_is_wrong_with_it(data, reason):
    assert listed(data) == Broken(reason)


@pytest.mark.parametrize("data", [b"[]", b"{}", b'{"version": true, "files": {}}', b"7", b"null"])
def test_json_of_another_shape_is_not_our_manifest(data):
    assert listed(data) == NOT_OURS


@pytest.mark.parametrize("path", ["../a", "/a", "a/../b", "a//b", "", ".", "a\\b", "a\0b", "a/"])
def test_a_manifest_whose_paths_escape_is_broken(path):
    files = {path: {"sha256": DIGEST}}

    found = listed(json.dumps({"version": 1, "files": files}).encode())

    assert isinstance(found, Broken)
    assert "lists a file whose name is empty or absolute" in found.reason


@given(
    st.binary(max_size=200)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | TEXT,
        lambda inner: (
            st.lists(inner) | st.dictionaries(TEXT | st.sampled_from(["version", "files"]), inner)
        ),
        max_leaves=8,
    ).map(lambda value: json.dumps(value).encode())
)
def test_no_content_makes_reading_a_manifest_fail(data):
    found = listed(data)

    assert isinstance(found, dict | Broken)
