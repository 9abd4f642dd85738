import ctypes
import errno
import fcntl
import os
import stat
import tempfile
from dataclasses import fields, replace
from pathlib import Path

import pytest

from mlopsgen.write import MANIFEST, STEPS, Change, Steps, compare, manifest, write
from tests.write.trees import a_file, beside, standing, touched, tree

OLD = {
    "dev": tree(apps__a_yaml="a", apps__b_yaml="b"),
    "prod": tree(apps__a_yaml="a", old__only_yaml="gone soon"),
}
NEW = {
    "dev": tree(apps__a_yaml="a", apps__b_yaml="b2"),
    "prod": tree(apps__a_yaml="a", new__first_yaml="n"),
}


@pytest.fixture
def out(tmp_path):
    return tmp_path / "project" / "generated"


def _counts(written):
    return written.created, written.changed, written.deleted, written.unchanged


def _never(*arguments):
    raise AssertionError(arguments)


NOTHING = Steps(**{field.name: _never for field in fields(Steps)})


def test_the_first_build_creates_everything(out):
    written = write(out, OLD)

    assert _counts(written) == (6, 0, 0, 0)
    assert standing(out) == {
        "dev": None,
        "dev/apps": None,
        "dev/apps/a.yaml": b"a",
        "dev/apps/b.yaml": b"b",
        "dev/manifest.json": manifest(OLD["dev"]),
        "prod": None,
        "prod/apps": None,
        "prod/apps/a.yaml": b"a",
        "prod/manifest.json": manifest(OLD["prod"]),
        "prod/old": None,
        "prod/old/only.yaml": b"gone soon",
    }
    assert beside(out) == set()


def test_a_build_that_changes_nothing_takes_no_step(out):
    write(out, OLD)
    before = touched(out.parent)

    written = write(out, OLD, prune_environments=True, steps=NOTHING)

    assert _counts(written) == (0, 0, 0, 6)
    assert touched(out.parent) == before


def test_a_later_build_creates_changes_deletes_and_drops_empty_folders(out):
    write(out, OLD)

    written = write(out, NEW)

    assert _counts(written) == (1, 3, 1, 2)
    assert written.changes == (
        Change("dev/apps/b.yaml", "stale"),
        Change("dev/manifest.json", "stale"),
        Change("prod/manifest.json", "stale"),
        Change("prod/new/first.yaml", "new"),
        Change("prod/old/only.yaml", "gone"),
    )
    assert "prod/old" not in standing(out)
    assert standing(out)["dev/apps/b.yaml"] == b"b2"
    assert compare(out, NEW) == ()
    assert beside(out) == set()


def test_compare_says_what_write_would_do_and_does_none_of_it(out):
    write(out, OLD)
    before = touched(out.parent)

    changes = compare(out, NEW)

    assert touched(out.parent) == before
    assert changes == write(out, NEW).changes


def test_compare_works_without_an_output_folder(out):
    assert compare(out, {"dev": []}) == (Change("dev/manifest.json", "new"),)
    assert not out.parent.exists()


def test_unchanged_files_keep_inode_time_and_mode(out):
    write(out, OLD)
    (out / "dev/apps/a.yaml").chmod(0o600)
    before = touched(out)

    write(out, NEW)

    after = touched(out)
    assert after["dev/apps/a.yaml"] == before["dev/apps/a.yaml"]
    assert after["prod/apps/a.yaml"] == before["prod/apps/a.yaml"]


def test_a_new_origin_alone_changes_only_the_manifest(out):
    write(out, {"dev": [a_file("a.yaml", origin="iris")]})

    changes = compare(out, {"dev": [a_file("a.yaml", origin="wine")]})

    assert changes == (Change("dev/manifest.json", "stale"),)


@pytest.mark.parametrize("mask", [0o000, 0o027, 0o077])
def test_modes_do_not_depend_on_the_umask(out, mask):
    before = os.umask(mask)
    try:
        write(out, OLD)
    finally:
        os.umask(before)

    modes = {stat.S_IMODE(path.stat().st_mode) for path in out.rglob("*") if path.is_file()}
    folders = [out, *(path for path in out.rglob("*") if path.is_dir())]
    assert modes == {0o644}
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o755}


def test_a_file_deleted_by_hand_is_named_and_created_again(out):
    write(out, OLD)
    (out / "prod/apps/a.yaml").unlink()

    assert compare(out, OLD) == (Change("prod/apps/a.yaml", "missing"),)
    assert _counts(write(out, OLD)) == (1, 0, 0, 5)
    assert compare(out, OLD) == ()


def test_environments_that_are_not_built_stay(out):
    write(out, OLD)

    written = write(out, {"dev": NEW["dev"]})

    assert {change.path.partition("/")[0] for change in written.changes} == {"dev"}
    assert (out / "prod/old/only.yaml").read_bytes() == b"gone soon"


def test_environments_no_longer_declared_are_pruned_when_all_were_built(out):
    write(out, OLD)
    (out / "prod/notes.txt").write_text("mine")

    written = write(out, {"dev": OLD["dev"]}, prune_environments=True)

    assert written.deleted == 3
    assert {name for name in standing(out) if name.startswith("prod")} == {
        "prod",
        "prod/notes.txt",
    }


def test_an_environment_without_files_of_the_user_is_pruned_with_its_folder(out):
    write(out, OLD)

    write(out, {"dev": OLD["dev"]}, prune_environments=True)

    assert not (out / "prod").exists()


def test_what_nobody_generated_is_kept_as_it_is(out):
    write(out, OLD)
    (out / "README.md").write_text("mine")
    (out / "prod/old/notes.txt").write_text("mine too")
    (out / "prod/tool").write_text("#!/bin/sh\n")
    (out / "prod/tool").chmod(0o750)
    (out / "prod/empty/deep").mkdir(parents=True)
    (out / "prod/private").mkdir(mode=0o700)
    (out / "prod/private/key").write_text("k")
    (out / "prod/link").symlink_to("../../elsewhere")
    (out / "prod/dangling").symlink_to("/nowhere/at/all")
    os.mkfifo(out / "prod/pipe")
    mine = ("README.md", "prod/old/notes.txt", "prod/tool", "prod/private/key", "prod/link")
    before = touched(out)

    written = write(out, NEW)

    assert written.findings == ()
    after = touched(out)
    for name in (*mine, "prod/dangling", "prod/pipe"):
        assert after[name] == before[name]
    assert (out / "prod/link").readlink() == Path("../../elsewhere")
    assert (out / "prod/empty/deep").is_dir()
    assert stat.S_IMODE((out / "prod/private").stat().st_mode) == 0o700
    assert not (out / "prod/old/only.yaml").exists()


def test_a_folder_with_another_programs_manifest_is_not_pruned(out):
    write(out, OLD)
    (out / "site").mkdir()
    (out / "site/manifest.json").write_text('{"name": "App", "icons": []}')

    assert write(out, NEW, prune_environments=True).findings == ()
    assert (out / "site/manifest.json").is_file()


def test_a_file_of_ours_may_become_a_folder_and_back(out):
    write(out, {"dev": tree(apps="a file")})

    as_folder = write(out, {"dev": tree(apps__a_yaml="a")})
    assert as_folder.findings == ()
    assert (out / "dev/apps/a.yaml").read_bytes() == b"a"

    assert write(out, {"dev": tree(apps="a file")}).findings == ()
    assert (out / "dev/apps").read_bytes() == b"a file"


@pytest.mark.parametrize("as_link", [True, False])
def test_what_took_the_place_of_a_file_that_is_generated_no_more_is_kept(out, as_link):
    write(out, OLD)
    place = out / "prod/old/only.yaml"
    place.unlink()
    if as_link:
        place.symlink_to("/nowhere/at/all")
    else:
        place.mkdir()

    assert write(out, NEW).findings == ()
    assert place.is_symlink() if as_link else place.is_dir()


def test_a_lost_manifest_is_made_again_when_the_files_are_what_is_generated(out):
    write(out, OLD)
    (out / "dev" / MANIFEST).unlink()

    assert _counts(write(out, OLD)) == (1, 0, 0, 5)


def test_a_file_system_without_hard_links_gets_copies(out, monkeypatch):
    def link(source, target, **_options):
        raise OSError(errno.EPERM, "no links here", source, None, target)

    write(out, OLD)
    (out / "prod/tool").write_text("#!/bin/sh\n")
    (out / "prod/tool").chmod(0o750)
    (out / "prod/link").symlink_to("/nowhere/at/all")
    before = touched(out)
    monkeypatch.setattr(os, "link", link)

    assert write(out, NEW).findings == ()

    after = touched(out)
    assert after["prod/tool"][1:] == before["prod/tool"][1:]
    assert after["dev/apps/a.yaml"][1:] == before["dev/apps/a.yaml"][1:]
    assert (out / "prod/link").readlink() == Path("/nowhere/at/all")


def test_another_error_of_linking_is_not_hidden(out, monkeypatch):
    def link(source, target, **_options):
        raise OSError(errno.EIO, "broken disk", source, None, target)

    write(out, OLD)
    before = standing(out)
    monkeypatch.setattr(os, "link", link)

    with pytest.raises(OSError, match="broken disk"):
        write(out, NEW)

    assert standing(out) == before
    assert beside(out) == set()


@pytest.mark.parametrize("step", ["mkdir", "write", "link", "exchange"])
def test_an_error_of_the_file_system_leaves_the_old_tree_and_nothing_else(out, step):
    def full(*_arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    write(out, OLD)
    before = touched(out)

    with pytest.raises(OSError, match="No space left"):
        write(out, NEW, steps=replace(STEPS, **{step: full}))

    assert touched(out) == before
    assert beside(out) == set()


def test_without_an_exchange_a_failed_second_rename_brings_the_old_tree_back(out):
    def rename(source, target):
        if source.endswith("-stage"):
            raise OSError(errno.EIO, "broken disk")
        STEPS.rename(source, target)

    write(out, OLD)
    before = touched(out)

    with pytest.raises(OSError, match="broken disk"):
        write(out, NEW, steps=replace(STEPS, exchange=_not_here, rename=rename))

    assert touched(out) == before
    assert beside(out) == set()


def _not_here(first, second):
    raise OSError(errno.EINVAL, "no exchange here", first, None, second)


def test_without_an_exchange_two_renames_put_the_new_tree_in_place(out):
    write(out, OLD)

    assert _counts(write(out, NEW, steps=replace(STEPS, exchange=_not_here))) == (1, 3, 1, 2)

    assert compare(out, NEW) == ()
    assert beside(out) == set()


def _as_an_ordinary_user(work):
    """Return the exit code of a child that runs *work*, root's rights laid down."""
    child = os.fork()
    if child == 0:
        try:
            if os.getuid() == 0:
                os.setuid(65534)
            work()
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_a_c_library_that_knows_no_exchange_gets_the_two_renames(out, monkeypatch):
    write(out, OLD)
    monkeypatch.setattr(ctypes, "CDLL", lambda *_arguments, **_options: object())

    assert write(out, NEW).findings == ()
    assert compare(out, NEW) == ()
    assert beside(out) == set()


def test_a_read_only_folder_of_the_user_does_not_stop_an_ordinary_user():
    def build():
        write(out, OLD)
        (out / "mine").mkdir()
        (out / "mine/file").write_text("x")
        (out / "mine").chmod(0o555)
        write(out, NEW)

    with tempfile.TemporaryDirectory() as folder:  # tmp_path is closed to other users
        Path(folder).chmod(0o777)
        out = Path(folder) / "generated"

        assert _as_an_ordinary_user(build) == 0

        assert stat.S_IMODE((out / "mine").stat().st_mode) == 0o555
        assert (out / "mine/file").read_text() == "x"
        assert compare(out, NEW) == ()
        assert beside(out) == set()
        (out / "mine").chmod(0o755)


def test_a_second_build_in_the_same_folder_is_told_of_the_first(out):
    out.parent.mkdir(parents=True)
    held = os.open(out.parent, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    try:
        written = write(out, OLD)
    finally:
        os.close(held)

    [finding] = written.findings
    assert finding.code == "WRITE005"
    assert not out.exists()
    assert write(out, OLD).findings == ()


def test_a_build_holds_the_lock_while_it_writes(out):
    seen = []

    def exchange(first, second):
        seen.extend(write(out, OLD).findings)
        seen.extend(write(out.with_name("other"), OLD).findings)
        STEPS.exchange(first, second)

    write(out, OLD)
    write(out, NEW, steps=replace(STEPS, exchange=exchange))

    assert [finding.code for finding in seen] == ["WRITE005", "WRITE005"]
    assert compare(out, NEW) == ()


def test_a_file_system_without_locks_on_folders_is_built_on_all_the_same(out, monkeypatch):
    def flock(*_arguments):
        raise OSError(errno.EBADF, "Bad file descriptor")

    monkeypatch.setattr(fcntl, "flock", flock)

    assert write(out, OLD).findings == ()


def test_files_that_appear_during_a_build_are_brought_over(out):
    def exchange(first, second):
        (out / "prod/old/.terraform").mkdir()
        (out / "prod/old/.terraform/state").write_text("late")
        (out / "notes.txt.tmp").write_text("saved late")
        (out / "notes.txt.tmp").rename(out / "notes.txt")
        STEPS.exchange(first, second)

    write(out, OLD)
    (out / "notes.txt").write_text("early")

    write(out, NEW, steps=replace(STEPS, exchange=exchange))

    assert (out / "prod/old/.terraform/state").read_text() == "late"
    assert (out / "notes.txt").read_text() == "saved late"
    assert not (out / "prod/old/only.yaml").exists()
    assert beside(out) == set()


def test_leftovers_that_are_links_or_files_are_deleted_and_not_followed(out):
    write(out, OLD)
    precious = out.parent / "precious"
    precious.mkdir()
    (precious / "file").write_text("mine")
    (out.parent / ".generated.mlopsgen-stage").symlink_to(precious)
    (out.parent / ".generated.mlopsgen-old").write_text("")

    # three names at once look like an abandoned tree, and are not touched
    assert [finding.code for finding in write(out, NEW).findings] == ["WRITE006"]
    (out.parent / ".generated.mlopsgen-old").unlink()
    write(out, NEW)

    assert (precious / "file").read_text() == "mine"
    assert beside(out) == {"precious"}


def test_names_beyond_ascii_are_utf_8_on_the_disk(out):
    write(out, {"dev": [a_file("modèle.yaml", "é")]})

    with os.scandir(os.fsencode(out / "dev")) as entries:
        names = {entry.name for entry in entries}
    assert names == {b"manifest.json", b"mod\xc3\xa8le.yaml"}


def test_a_relative_output_folder_counts_from_the_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    write(Path("generated"), OLD)
    write(Path("generated"), NEW)

    assert compare(tmp_path / "generated", NEW) == ()
    assert beside(tmp_path / "generated") == set()
