"""Generated files arrive and the user's stay, or nothing moves, whatever stands in the output."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from mlopsgen.write import MANIFEST, compare, write
from mlopsgen.write.paths import clash
from tests.write.trees import a_file, beside, standing, touched

PATHS = st.sampled_from(["a", "b", "a/x", "a/y", "b/x", "c/x/y", "c/x"])
TEXTS = st.sampled_from(["one", "two", ""])
FILES = st.dictionaries(PATHS, TEXTS, max_size=4).filter(lambda files: not clash(files))
TREES = st.dictionaries(st.sampled_from(["dev", "prod"]), FILES, max_size=2)
MINE = st.dictionaries(
    st.tuples(st.sampled_from(["dev/", "prod/", "docs/", ""]), PATHS | st.just("mine")).map(
        "".join
    ),
    TEXTS,
    max_size=4,
)


def _trees(files):
    return {
        environment: [a_file(path, text) for path, text in each.items()]
        for environment, each in files.items()
    }


def _put(out, mine):
    """Write *mine* over whatever stands there, as far as no folder and file collide."""
    for path, text in mine.items():
        target = out / path
        if target.is_dir() or any(above.is_file() for above in target.parents):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)


def _files(found):
    return {name: content for name, content in found.items() if content is not None}


@settings(max_examples=150, deadline=None)
@given(old=TREES, new=TREES, mine=MINE, force=st.booleans(), prune=st.booleans())
def test_a_build_gives_the_generated_files_and_keeps_the_users(old, new, mine, force, prune):
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "generated"
        out.mkdir()
        write(out, _trees(old))
        _put(out, mine)
        before, inodes = _files(standing(out)), touched(out)
        ours = {
            f"{environment}/{path}"
            for environment, each in old.items()
            for path in (*each, MANIFEST)
            if environment in new or prune
        }

        planned = compare(out, _trees(new), prune_environments=prune)
        written = write(out, _trees(new), force=force, prune_environments=prune)

        after = _files(standing(out))
        assert written.changes == planned
        assert beside(out) == set()
        if written.findings:
            assert not force
            assert touched(out) == inodes
            return
        wanted = {
            f"{environment}/{path}": text.encode()
            for environment, each in new.items()
            for path, text in each.items()
        }
        manifests = {f"{environment}/{MANIFEST}" for environment in new}
        kept = {name: text for name, text in before.items() if name not in ours | manifests}
        assert wanted.items() <= after.items()
        lost = kept.keys() - after.keys() - wanted.keys()
        assert lost <= {
            name
            for name in kept
            for path in wanted
            if name.startswith(f"{path}/") or path.startswith(f"{name}/")
        }
        if not force:
            assert lost == set()
            assert {name: after[name] for name in kept} == kept
        assert after.keys() - wanted.keys() - manifests <= kept.keys()
        assert compare(out, _trees(new), prune_environments=prune) == ()
