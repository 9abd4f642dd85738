#!/usr/bin/env python3
"""What action.yml runs: findings at their lines, one comment on the pull request, one summary.

Needs `mlopsgen` on PATH and nothing else but the standard library. Its input are the variables
that action.yml sets; no value of them is read by a shell. Exits with 1 when the platform has
errors or its output isn't what it says.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

COMMENT = 65_536
"""Characters that GitHub takes for a comment; it refuses longer ones with 422."""

SUMMARY = 1_024 * 1_024
"""Bytes that GitHub takes for the summary of a step; it drops longer ones whole."""

ROOM = 4_096
"""What is kept free for the note about what was left out."""

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_TICKS = re.compile(r"`+")
_PAGES = 20
_LONGEST = 900


@dataclass(frozen=True, slots=True)
class Said:
    """What mlopsgen said, and how it ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What the step was given."""

    platform: str
    out: str
    environments: tuple[str, ...]
    against: str
    sarif: str
    comment: bool

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Asked:
        """Return what the variables of action.yml say."""
        return cls(
            platform=given.get("MLOPSGEN_PLATFORM") or "platform.yaml",
            out=given.get("MLOPSGEN_OUT") or "generated",
            environments=tuple(given.get("MLOPSGEN_ENVIRONMENTS", "").split()),
            against=given.get("MLOPSGEN_AGAINST", ""),
            sarif=given.get("MLOPSGEN_SARIF", ""),
            comment=given.get("MLOPSGEN_COMMENT", "true") == "true",
        )

    @property
    def words(self) -> tuple[str, ...]:
        """The arguments that name the platform; `--` so that no name becomes an option."""
        named = [f"--env={name}" for name in self.environments]
        return (*named, "--", self.platform)


def main() -> int:
    """Run mlopsgen, say what it said wherever GitHub shows it, and return the exit code."""
    asked = Asked.of(os.environ)
    found = ran("validate", "--format=github", *asked.words)
    say(found.out, commands=True)
    say(found.err)
    if asked.sarif:
        Path(asked.sarif).write_text(ran("validate", "--format=sarif", *asked.words).out, "utf-8")
    found = ran("validate", "--color=never", *asked.words)
    checked = None if found.code else ran("build", "--check", f"--out={asked.out}", *asked.words)
    if checked:
        say(checked.err + checked.out)
    effect = changed(asked) if asked.against and not found.code else ""
    text = report(asked, found, checked, effect)
    summarise(text)
    if asked.comment:
        body = shortened(text, COMMENT - ROOM, len)
        came = commented(marker(asked), body, os.environ)
        say(f"::notice::{escaped(came)}\n", commands=True)
    return found.code or (checked.code if checked else 0)


def ran(*arguments: str) -> Said:
    """Return what mlopsgen says to *arguments*."""
    program = shutil.which("mlopsgen")
    if program is None:
        return Said(2, "", "mlopsgen isn't on PATH\n")
    try:
        done = subprocess.run(  # noqa: S603 - no shell reads them; what may be a name follows `--`
            [program, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_LONGEST,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Said(2, "", f"{error}\n")
    out, err = (each.decode(errors="replace") for each in (done.stdout, done.stderr))
    return Said(done.returncode, out, err)


def changed(asked: Asked) -> str:
    """Return what the change does, as Markdown; a shallow checkout has the other side fetched."""
    git = shutil.which("git")
    commit = f"{asked.against}^{{commit}}"
    if git and re.fullmatch(r"[0-9a-f]{40}", asked.against):
        seen = [git, "cat-file", "-e", commit]
        if subprocess.run(seen, check=False, capture_output=True).returncode:  # noqa: S603 - ours
            fetch = [git, "fetch", "--quiet", "--no-tags", "--depth=1", "origin", asked.against]
            with suppress(subprocess.TimeoutExpired):
                subprocess.run(fetch, check=False, timeout=_LONGEST)  # noqa: S603 - a hash
    said = ran(
        "diff",
        f"--against={asked.against}",
        f"--out={asked.out}",
        "--format=markdown",
        f"--max-size={COMMENT - 4 * ROOM}",
        *asked.words,
    )
    if said.code:
        return f"What this changes couldn't be said:\n\n{fenced(said.err or said.out)}\n"
    return said.out


def marker(asked: Asked) -> str:
    """Return the first line of our comment: by it the next run finds it, one for each platform."""
    name = re.sub(r"[^A-Za-z0-9._/]", "_", asked.platform)
    return f"<!-- mlopsgen: {name} -->"


def report(asked: Asked, found: Said, checked: Said | None, effect: str) -> str:
    """Return the comment: the verdict, what is wrong, what changes."""
    parts = [marker(asked), f"## {'❌' if failed(found, checked) else '✅'} mlopsgen"]
    if found.code or found.err.strip():
        parts.append(fenced(found.err + found.out))
    else:
        parts.append(found.out.strip())
    if checked and checked.code:
        differing = [line for line in checked.err.splitlines() if line not in found.err]
        parts.append(
            "The output isn't what the platform says. Run `mlopsgen build` and commit it:\n\n"
            + fenced("\n".join(differing))
        )
    elif checked:
        parts.append(checked.out.strip())
    return "\n\n".join([*parts, effect.strip()]).rstrip() + "\n"


def failed(found: Said, checked: Said | None) -> bool:
    """Return whether the step fails."""
    return bool(found.code or (checked and checked.code))


def fenced(text: str) -> str:
    """Return *text* as a block of code that nothing in it can end."""
    longest = max((len(run) for run in _TICKS.findall(text)), default=0)
    ticks = "`" * max(3, longest + 1)
    return f"{ticks}text\n{text.strip()}\n{ticks}"


def shortened(text: str, limit: int, size: Callable[[str], int] = len) -> str:
    """Return *text* if its *size* is within *limit*, else its first lines and a note."""
    if size(text) <= limit:
        return text
    kept: list[str] = []
    room = limit - ROOM
    for line in text.splitlines(keepends=True):
        room -= size(line)
        if room < 0:
            break
        kept.append(line)
    left = len(text.splitlines()) - len(kept)
    note = f"… and {left} more lines, for which GitHub has no room here; the log has the findings."
    return f"{''.join(kept)}{closed(kept)}\n{note}\n"


def closed(lines: list[str]) -> str:
    """Return what ends the blocks that *lines* leave open: code first, then what folds."""
    fence, folds = "", 0
    for line in lines:
        found = _FENCE.match(line)
        if found and not fence:
            fence = found[1]
        elif found and found[1].startswith(fence) and not found[2].strip():
            fence = ""
        elif not fence:
            folds += line.count("<details") - line.count("</details>")
    return f"{fence}\n" * bool(fence) + "\n</details>\n" * max(0, folds)


def summarise(text: str) -> None:
    """Write the summary of the step, where there is one."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if path:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(shortened(text, SUMMARY, lambda part: len(part.encode())))


def commented(mark: str, body: str, given: Mapping[str, str]) -> str:
    """Put *body* on the pull request, in place of our last comment; return what came of it.

    A pull request from a fork has a token that may only read. That isn't the fault of who made
    it, so the step doesn't fail for a comment: all of it is in the summary too.
    """
    number = pull_request(given.get("GITHUB_EVENT_PATH", ""))
    if number is None:
        return "no comment: this run isn't for a pull request"
    folder = f"/repos/{given.get('GITHUB_REPOSITORY', '')}/issues"
    try:
        for page in range(1, _PAGES + 1):
            path = f"{folder}/{number}/comments?per_page=100&page={page}"
            comments = request("GET", path, None, given)
            for each in comments:
                if each["body"].startswith(mark) and each["user"]["type"] == "Bot":
                    request("PATCH", f"{folder}/comments/{each['id']}", body, given)
                    return "the comment is up to date"
            if len(comments) < 100:  # noqa: PLR2004 - as asked for
                break
        request("POST", f"{folder}/{number}/comments", body, given)
    except (OSError, HTTPException, ValueError, KeyError, TypeError, AttributeError) as error:
        return f"no comment ({error}): the summary of this run says the same"
    return "the comment is new"


def pull_request(path: str) -> int | None:
    """Return the number of the pull request of the event in *path*, if it is of one."""
    try:
        number = json.loads(Path(path).read_text(encoding="utf-8"))["pull_request"]["number"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return number if isinstance(number, int) else None


def request(method: str, path: str, body: str | None, given: Mapping[str, str]) -> Any:  # noqa: ANN401 - JSON
    """Return what GitHub answers; raise ValueError where it refuses."""
    address = urlsplit(given.get("GITHUB_API_URL") or "https://api.github.com")
    kind = HTTPSConnection if address.scheme == "https" else HTTPConnection
    connection = kind(address.hostname or "", address.port, timeout=30)
    headers = {
        "Accept": "application/vnd.github+json",
        "Authorization": f"Bearer {given.get('GITHUB_TOKEN', '')}",
        "Content-Type": "application/json",
        "User-Agent": "mlopsgen",
        "X-GitHub-Api-Version": "2022-11-28",
    }
    try:
        data = json.dumps({"body": body}).encode() if body is not None else None
        connection.request(method, f"{address.path.rstrip('/')}{path}", data, headers)
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    if answer.status not in {200, 201}:
        msg = f"GitHub answers {answer.status} to {method}"
        raise ValueError(msg)
    return json.loads(text)


def escaped(text: str) -> str:
    """Return *text* as the data of a command of GitHub Actions."""
    return text.translate({37: "%25", 13: "%0D", 10: "%0A"})


def say(text: str, *, commands: bool = False) -> None:
    """Print *text*; nothing in it commands GitHub Actions unless it is ours."""
    token = secrets.token_hex(16)
    quiet = "" if commands else f"::stop-commands::{token}\n"
    loud = "" if commands else f"::{token}::\n"
    end = "" if text.endswith("\n") or not text else "\n"
    sys.stdout.write(f"{quiet}{text}{end}{loud}" if text else "")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
