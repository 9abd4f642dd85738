"""A build killed before any of its steps, or within one, leaves the old tree or the new."""

import errno
import os
import shutil
import signal
from dataclasses import fields, replace

import pytest

from mlopsgen.write import STEPS, Steps, compare, write
from tests.write.trees import beside, standing, tree

OLD = {
    "dev": tree(apps__a_yaml="a", apps__b_yaml="b", helm__kserve_yaml="values"),
    "prod": tree(apps__a_yaml="a", old__only_yaml="gone soon", turned="a file"),
    "test": tree(a_yaml="an environment that is no longer declared"),
}
NEW = {
    "dev": tree(apps__a_yaml="a", apps__b_yaml="b2", new__c_yaml="c"),
    "prod": tree(apps__a_yaml="a2", turned__inner_yaml="a folder now"),
}
MINE = {
    "README.md": b"mine",
    "prod/old/notes.txt": b"mine too",
    "test/data": b"and mine",
    "prod/link": "-> /nowhere/at/all",
}


def _no_exchange(first, second):
    raise OSError(errno.ENOSYS, "Function not implemented", first, None, second)


def _torn_write(path, data):
    """Write half of *data*, as a build killed within a write does."""
    STEPS.write(path, data[: len(data) // 2])
    os.kill(os.getpid(), signal.SIGKILL)


EXCHANGE = STEPS
FALLBACK = replace(STEPS, exchange=_no_exchange)


def _counted(steps, before_each):
    """Return *steps*, each of which calls *before_each* with its name first."""

    def counted(name, step):
        def run(*arguments):
            before_each(name)
            return step(*arguments)

        return run

    every = {field.name: getattr(steps, field.name) for field in fields(Steps)}
    return Steps(**{name: counted(name, step) for name, step in every.items()})


def _names(out, trees, steps):
    """Return the name of each step that writing *trees* takes, in order."""
    names = []
    write(out, trees, prune_environments=True, steps=_counted(steps, names.append))
    return names


def _killed(out, trees, steps, number):
    """Write *trees* in a child that SIGKILL ends before its step *number*, counted from 0."""
    child = os.fork()
    if child == 0:
        try:
            taken = []

            def before_each(name):
                if len(taken) == number:
                    os.kill(os.getpid(), signal.SIGKILL)
                taken.append(name)

            write(out, trees, prune_environments=True, steps=_counted(steps, before_each))
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def _without_mine(found):
    return {
        name: content for name, content in found.items() if name not in MINE and content is not None
    }


def _start(out):
    """Write the old tree to *out*, with files of the user's in it."""
    shutil.rmtree(out.parent, ignore_errors=True)
    write(out, OLD)
    for name, content in MINE.items():
        if isinstance(content, bytes):
            (out / name).write_bytes(content)
        else:
            (out / name).symlink_to(content.removeprefix("-> "))


@pytest.fixture
def out(tmp_path):
    return tmp_path / "project" / "generated"


@pytest.fixture
def old_and_new(out):
    """What a reader may find: all of the old tree, or all of the new one."""
    _start(out)
    old = standing(out)
    write(out, NEW, prune_environments=True)
    new = standing(out)
    assert _without_mine(old) != _without_mine(new)
    for found in (old, new):
        assert {name: found[name] for name in MINE} == MINE
    return old, new


def _assert_the_next_build_is_right(out, new):
    assert write(out, NEW, prune_environments=True).findings == ()
    assert standing(out) == new
    assert beside(out) == set()
    assert compare(out, NEW, prune_environments=True) == ()


def test_a_build_killed_before_any_step_leaves_the_old_tree_or_the_new(out, old_and_new):
    old, new = old_and_new
    _start(out)
    names = _names(out, NEW, EXCHANGE)
    seen = []

    for number in range(len(names)):
        _start(out)
        _killed(out, NEW, EXCHANGE, number)
        found = standing(out)
        assert found in (old, new), f"before step {number}, {names[number]}"
        seen.append(found == new)
        _assert_the_next_build_is_right(out, new)

    assert {"mkdir", "write", "link", "exchange", "unlink", "rmdir"} <= set(names)
    assert seen.index(True) == names.index("exchange") + 1
    assert all(seen[seen.index(True) :])


def test_a_first_build_killed_before_any_step_leaves_nothing_or_everything(out):
    names = _names(out, NEW, EXCHANGE)
    new = standing(out)

    for number in range(len(names)):
        shutil.rmtree(out.parent)
        _killed(out, NEW, EXCHANGE, number)
        assert not out.exists(), f"before step {number}, {names[number]}"
        _assert_the_next_build_is_right(out, new)

    assert names[-1] == "rename"


def test_without_an_exchange_the_next_build_mends_whatever_a_kill_left(out, old_and_new):
    old, new = old_and_new
    _start(out)
    names = _names(out, NEW, FALLBACK)
    second_rename = names.index("rename") + 1

    for number in range(len(names)):
        _start(out)
        _killed(out, NEW, FALLBACK, number)
        if number == second_rename:
            assert not out.exists()
        else:
            assert standing(out) == (old if number < second_rename else new)
        _assert_the_next_build_is_right(out, new)


def test_a_build_that_mends_and_is_killed_is_mended_by_the_next(out, old_and_new):
    """What a kill left in the one moment without an output folder may be killed at again."""
    old, new = old_and_new
    _start(out)
    names = _names(out, NEW, FALLBACK)
    worst = names.index("rename") + 1
    _start(out)
    _killed(out, NEW, FALLBACK, worst)
    steps = _names(out, NEW, FALLBACK)

    for number in range(len(steps)):
        _start(out)
        _killed(out, NEW, FALLBACK, worst)
        _killed(out, NEW, FALLBACK, number)
        assert not out.exists() or standing(out) in (old, new)
        _assert_the_next_build_is_right(out, new)


def test_a_build_killed_within_a_write_leaves_the_old_tree(out, old_and_new):
    old, new = old_and_new
    _start(out)

    _killed(out, NEW, replace(EXCHANGE, write=_torn_write), -1)

    assert standing(out) == old
    _assert_the_next_build_is_right(out, new)


def test_a_tree_made_by_hand_after_a_kill_costs_nobody_a_file(out):
    _start(out)
    names = _names(out, NEW, FALLBACK)
    _start(out)
    _killed(out, NEW, FALLBACK, names.index("rename") + 1)
    out.mkdir()
    left = standing(out.parent)

    [finding] = write(out, NEW).findings

    assert finding.code == "WRITE006"
    assert standing(out.parent) == left
    shutil.rmtree(out.parent / ".generated.mlopsgen-old")
    assert write(out, NEW).findings == ()
    assert beside(out) == set()


def test_the_lock_of_a_killed_build_ends_with_it(out):
    _start(out)

    _killed(out, NEW, EXCHANGE, 3)

    assert write(out, NEW).findings == ()
