"""Files that somebody might write to hurt the build, each with the finding that they end in."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

MEGABYTE = 1024 * 1024
NEARLY_ALL = 4 * MEGABYTE - 64
"""Bytes that fit into the largest file that is read, with a short start."""

Make = Callable[[Path], None]


@dataclass(frozen=True)
class Attack:
    name: str
    code: str
    make: Make


def holding(data: bytes) -> Make:
    return lambda folder: (folder / "platform.yaml").write_bytes(data) and None


def filled(start: bytes, unit: bytes, end: bytes = b"") -> Make:
    """Make a file of nearly 4 MiB from one unit; built late, so that no test holds them all."""

    def make(folder: Path) -> None:
        holding(start + unit * (NEARLY_ALL // len(unit)) + end)(folder)

    return make


def including(pattern: str, make: Make) -> Make:
    def both(folder: Path) -> None:
        holding(f'name: acme\ninclude: ["{pattern}"]\n'.encode())(folder)
        make(folder)

    return both


def laughs(levels: int) -> bytes:
    lines = [b"a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    for level in range(1, levels):
        again = b", ".join([b"*a%d" % (level - 1)] * 9)
        lines.append(b"a%d: &a%d [%s]" % (level, level, again))
    return b"\n".join(lines)


def merges(levels: int) -> bytes:
    lines = [b"a0: &a0 {x: 1}"]
    for level in range(1, levels):
        again = b", ".join([b"*a%d" % (level - 1)] * 9)
        lines.append(b"a%d: &a%d {<<: [%s]}" % (level, level, again))
    return b"\n".join(lines)


def stairs(levels: int) -> bytes:
    return b"".join(b" " * level + b"a:\n" for level in range(levels))


def sparse(folder: Path) -> None:
    with (folder / "platform.yaml").open("wb") as file:
        file.truncate(100 * MEGABYTE)


def linked(target: str) -> Make:
    return lambda folder: (folder / "platform.yaml").symlink_to(target)


def piped(folder: Path) -> None:
    os.mkfifo(folder / "platform.yaml")


def a_folder(folder: Path) -> None:
    (folder / "platform.yaml").mkdir()


def team_pipe(folder: Path) -> None:
    os.mkfifo(folder / "team.yaml")


def team_link(target: str) -> Make:
    return lambda folder: (folder / "team.yaml").symlink_to(target)


def folder_link(folder: Path) -> None:
    (folder / "teams").symlink_to("/etc")


def team_of(data: bytes) -> Make:
    return lambda folder: (folder / "team.yaml").write_bytes(data) and None


def named(name: bytes) -> Make:
    return lambda folder: Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).touch()


def many_teams(count: int, data: bytes) -> Make:
    def make(folder: Path) -> None:
        for index in range(count):
            (folder / f"team-{index:04}.yaml").write_bytes(data)

    return make


def long_teams(folder: Path) -> None:
    many_teams(10, b"#" * NEARLY_ALL + b"\na: \n")(folder)


def different_keys(folder: Path) -> None:
    holding(b"".join(b"k%x:\n" % number for number in range(510_000)))(folder)


def patterns(folder: Path) -> None:
    holding(b"include:\n" + b"- '*'\n" * 100_000)(folder)


ATTACKS = (
    Attack("merge-key bomb", "LOAD014", holding(merges(30))),
    Attack("billion laughs", "LOAD013", holding(laughs(12))),
    Attack("recursive alias", "LOAD013", holding(b"a: &a [*a]\n")),
    Attack("alias as a key", "LOAD013", holding(b"a: &a b\n*a : c\n")),
    Attack("100 MB", "LOAD002", sparse),
    Attack("one byte too large", "LOAD002", holding(b"#" * (4 * MEGABYTE + 1))),
    Attack("two million open lists", "LOAD016", filled(b"a: ", b"[")),
    Attack("a million open mappings", "LOAD016", filled(b"", b"{a: ")),
    Attack("two million list dashes", "LOAD016", filled(b"a:\n", b"- ")),
    Attack("two million key marks", "LOAD018", filled(b"", b"? ")),
    Attack("a staircase of 2,000 steps", "LOAD016", holding(stairs(2000))),
    Attack("two million items", "LOAD017", filled(b"a: [", b"x,", b"]")),
    Attack("a million empty lists", "LOAD017", filled(b"a: [", b"[],", b"]")),
    Attack("half a million keys", "LOAD011", filled(b"", b"a: 1\n")),
    Attack("half a million different keys", "LOAD017", different_keys),
    Attack("a million surprises", "LOAD019", filled(b"a: [", b"NO,", b"]")),
    Attack("a million documents", "LOAD008", filled(b"a: 1\n", b"---\n")),
    Attack("two documents", "LOAD008", holding(b"name: a\n---\nname: b\n")),
    Attack("4 MiB of comment", "LOAD009", filled(b"#", b"x")),
    Attack("4 MiB of blank lines", "LOAD009", filled(b"", b"\n")),
    Attack("4 MiB in one word", "LOAD010", filled(b"", b"x")),
    Attack("4 MiB in one key", "LOAD010", filled(b"", b"x", b": 1\n")),
    Attack("4 MiB in one quote", "LOAD006", filled(b'a: "', b"x")),
    Attack("4 MiB of escapes", "LOAD004", filled(b'a: "', b"\\0", b'"')),
    Attack("4 MiB of digits", "LOAD022", filled(b"a: ", b"9")),
    Attack("4 MiB of underscores", "LOAD011", filled(b"a: 1\na: 1", b"_")),
    Attack("4 MiB of sixties", "LOAD011", filled(b"a: 1\na: 1", b":59")),
    Attack("4 MiB in one anchor", "LOAD012", filled(b"a: &", b"x", b" 1\n")),
    Attack("4 MiB in one tag", "LOAD015", filled(b"a: !", b"x", b" 1\n")),
    Attack("4 MiB of question marks", "LOAD018", filled(b"a: 1\n", b"?\n")),
    Attack("4 MiB of colons", "LOAD006", filled(b"a: 1\n", b":\n")),
    Attack("4 MiB of folded lines", "LOAD010", filled(b"x\n", b"x\n")),
    Attack("4 MiB of empty flow keys", "LOAD006", filled(b"{", b": ,", b"}")),
    Attack("a Python object", "LOAD015", holding(b"a: !!python/object/apply:os.system [id]\n")),
    Attack("a tag directive", "LOAD015", holding(b"%TAG ! tag:x,2000:\n---\na: !b c\n")),
    Attack("a version directive", "LOAD015", holding(b"%YAML 1.1\n---\na: yes\n")),
    Attack("NUL", "LOAD004", holding(b"name: ac\0me\n")),
    Attack("4 MiB of NUL", "LOAD004", filled(b"", b"\0")),
    Attack("a terminal escape", "LOAD004", holding(b"name: \x1b[31macme\n")),
    Attack("a C1 control", "LOAD004", holding("name: ac\x9bme\n".encode())),
    Attack("a lone carriage return", "LOAD004", holding(b"name: acme\rname: evil\n")),
    Attack("a line separator", "LOAD004", holding("name: acme\u2028x: y\n".encode())),
    Attack("a bidi name", "LOAD005", holding("models:\n  \u202esiri: {}\n".encode())),
    Attack("an escaped bidi name", "LOAD005", holding(b'models:\n  "\\u2066iris": {}\n')),
    Attack("UTF-16", "LOAD003", holding("name: acme\n".encode("utf-16"))),
    Attack("UTF-16 without a mark", "LOAD004", holding("name: acme\n".encode("utf-16-le"))),
    Attack("Latin-1", "LOAD003", holding("name: caf\xe9\n".encode("latin-1"))),
    Attack("an overlong NUL", "LOAD003", holding(b"name: \xc0\x80\n")),
    Attack("a surrogate", "LOAD003", holding(b"name: \xed\xa0\x80\n")),
    Attack("a program", "LOAD003", holding(b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 64)),
    Attack("nothing", "LOAD009", holding(b"")),
    Attack("tabs", "LOAD007", holding(b"models:\n\tiris: {}\n")),
    Attack("an endless device", "LOAD023", linked("/dev/zero")),
    Attack("a password file", "LOAD023", linked("/etc/passwd")),
    Attack("a link to itself", "LOAD001", linked("platform.yaml")),
    Attack("a link to nothing", "LOAD001", linked("nothing.yaml")),
    Attack("a pipe", "LOAD001", piped),
    Attack("a folder", "LOAD001", a_folder),
    Attack("an absolute include", "LOAD023", holding(b"include: [/etc/passwd]\n")),
    Attack("an include above", "LOAD023", holding(b"include: [teams/../../x.yaml]\n")),
    Attack("an include by link", "LOAD023", including("team.yaml", team_link("/etc/passwd"))),
    Attack("an include of a device", "LOAD023", including("*.yaml", team_link("/dev/zero"))),
    Attack("an include of a pipe", "LOAD001", including("team.yaml", team_pipe)),
    Attack("an include of links in a ring", "LOAD001", including("*", team_link("team.yaml"))),
    Attack("an include through a folder link", "LOAD024", including("teams/pass*", folder_link)),
    Attack("an include that includes", "LOAD026", including("*", team_of(b"include: ['*']\n"))),
    Attack("an include that is a bomb", "LOAD014", including("*", team_of(merges(30)))),
    Attack("1,001 includes", "LOAD025", including("team-*", many_teams(1001, b"a: 1\n"))),
    Attack("40 MB of includes", "LOAD025", including("team-*", long_teams)),
    Attack("100,000 patterns", "LOAD023", patterns),
    Attack("a file name that is no text", "LOAD023", including("*", named(b"\xff\xfe.yaml"))),
    Attack("a file name with a line break", "LOAD023", including("*", named(b"a\nb.yaml"))),
    Attack("an environment above", "LOAD030", holding(b"environments: {../../etc: {}}\n")),
    Attack("a pattern of stars", "LOAD024", including("*a" * 40 + "b", named(b"a" * 200))),
)  # fmt: skip
