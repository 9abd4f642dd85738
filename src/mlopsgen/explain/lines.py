"""Where a generated file, or one line of it, comes from. Looks at what a build would write now."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from os.path import normpath
from pathlib import Path

from mlopsgen.artifact import Artifact, Rendered
from mlopsgen.compiler import rendered
from mlopsgen.diagnostics import SpecPath
from mlopsgen.explain import origins, places
from mlopsgen.explain.keys import Unknown
from mlopsgen.explain.origins import Index, Origin
from mlopsgen.explain.places import Written
from mlopsgen.explain.project import Project
from mlopsgen.explain.recorded import Filling
from mlopsgen.patches import Patched
from mlopsgen.shapes import Traced
from mlopsgen.spec.said import listed, quoted
from mlopsgen.write.manifest import MANIFEST, manifest

_PLACE = re.compile(r"(?P<file>.+?)(?::(?P<line>[0-9]{1,18}))?(?::[0-9]+)?:?")
_PATCHES = "patches"
"""What they write is known exactly, and nothing else comes from them."""

_NAMED = 2
"""Steps of a path that name an object: `models` and its name."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a generated file. `hole` is empty where no shape has a hole for it."""

    number: int
    text: str
    path: SpecPath
    hole: str = ""
    hole_line: int = 0
    fixed: bool = False
    """Whether it stands in the shape itself."""

    origins: tuple[Origin, ...] = ()


@dataclass(frozen=True, slots=True)
class File:
    """A generated file: what made it, from what, and whether it is what a build would write."""

    name: str
    environment: str
    emitter: str
    shapes: tuple[str, ...]
    origins: tuple[SpecPath, ...]
    state: str
    """Empty when it is up to date."""

    lines: tuple[Line, ...]
    """The one asked for, else those that have a value of platform.yaml."""


def asked(text: str) -> tuple[str, int | None]:
    """Return the file and the line that *text* names; a column is left out."""
    match = _PLACE.fullmatch(text)
    if match is None:
        return text, None
    return match["file"], int(match["line"]) if match["line"] else None


def explained(project: Project, out: Path, here: Path, text: str) -> File | Unknown:
    """Return where the file or line *text*, a path from *here*, comes from."""
    file, number = asked(text)
    inside = _inside(out, here, file)
    if inside is None:
        return Unknown(f"{quoted(file)} isn't below {quoted(out)}; name the folder with --out")
    environment, _, path = inside.partition("/")
    if environment not in project.environments:
        return Unknown(
            f"{quoted(file)} is of no environment; they are {listed(project.environments)}"
        )
    draft, _ = project.drafts[environment]
    artifact = next((each for each in draft.artifacts if each.path == path), None)
    if artifact is None and path != MANIFEST:
        return Unknown(_gone(file, path, draft.artifacts, here / file))
    if artifact is None:
        whole = manifest(tuple(rendered(draft.artifacts)))
        made = Rendered(MANIFEST, whole, "mlopsgen.write", ())
    else:
        [made] = rendered([artifact])
    lines = made.data.decode().splitlines()
    if number is not None and not 1 <= number <= len(lines):
        return Unknown(f"{quoted(file)} has {len(lines)} lines; {number} is none of them")
    reader = _reader(project, environment, artifact, made)
    return File(
        name=file,
        environment=environment,
        emitter=made.emitter,
        shapes=reader.shapes(),
        origins=made.origin,
        state=_state(here / file, made.data),
        lines=(reader.line(number),) if number else reader.known(),
    )


def _inside(out: Path, here: Path, file: str) -> str | None:
    """Return *file* as it is called below *out*; links are followed by nobody."""
    whole, root = (Path(normpath(here / each)) for each in (file, out))
    return whole.relative_to(root).as_posix() if whole.is_relative_to(root) else None


def _gone(file: str, path: str, artifacts: Iterable[Artifact], on_disk: Path) -> str:
    if on_disk.is_dir():
        return f"{quoted(file)} is a folder; name a file in it"
    if on_disk.exists():
        return f"{quoted(file)} is left over: platform.yaml makes no such file any more"
    known = [each.path for each in artifacts]
    near = difflib.get_close_matches(path, known, n=1, cutoff=0.6)
    hint = f"; did you mean {quoted(file.removesuffix(path) + near[0])}?" if near else ""
    return f"platform.yaml makes no file {quoted(file)}{hint}"


def _state(file: Path, data: bytes) -> str:
    if not file.is_file():
        return "not built yet"
    return "" if file.read_bytes() == data else "stale"


def _reader(
    project: Project, environment: str, artifact: Artifact | None, made: Rendered
) -> _Reader:
    """Return what is known of the file *made*, which is *artifact* or the manifest."""
    draft, shapes = project.drafts[environment]
    text, patched = made.data.decode(), draft.patched
    emitted = (patched.unpatched(artifact.path) if patched and artifact else None) or artifact
    body = emitted.body if emitted else ""
    bodies = (body,) if isinstance(body, Mapping) else body if isinstance(body, tuple) else ()
    fillings = tuple(map(shapes.made, bodies))
    models = draft.plan.platform.models.items() if draft.plan else ()
    aliases = {
        locked.uri: Origin(("models", name, *keys), "lock")
        for name, model in models
        for keys, source in model.sources().items()
        if (locked := project.lock.model(environment, source))
    }
    return _Reader(
        made=made,
        texts=text.splitlines(),
        values=places.values(text) if bodies else [],
        fillings=fillings,
        holes=tuple(shapes.trace(one.shape, **one.values) if one else [] for one in fillings),
        index=Index({k: v for k, v in project.values[environment].items() if k != _PATCHES}),
        aliases=aliases,
        patched=patched,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """One file of one environment, and what is known of its making."""

    made: Rendered
    texts: list[str]
    values: list[Written]
    """Everything that stands in it."""

    fillings: tuple[Filling | None, ...]
    """What made each document; None where no shape did."""

    holes: tuple[list[Traced], ...]
    """The holes of each document."""

    index: Index
    aliases: Mapping[str, Origin]
    """The sources that the lock resolves, by URI."""

    patched: Patched | None

    def line(self, number: int) -> Line:
        """Return line *number* with where it comes from."""
        written = places.at_line(self.values, number)
        if written is None:
            return Line(number, self.texts[number - 1], (), origins=self._whole())
        return self._explained(written, number)

    def known(self) -> tuple[Line, ...]:
        """Return the lines whose value is one of platform.yaml's, in their order."""
        lines = (self._explained(each, each.line) for each in self.values if each.text)
        return tuple(
            line
            for line in lines
            if any(each.how in {"is", "named", "lock"} for each in line.origins)
        )

    def shapes(self) -> tuple[str, ...]:
        """Return the shapes that made it."""
        return tuple(dict.fromkeys(filling.shape for filling in self.fillings if filling))

    def _whole(self) -> tuple[Origin, ...]:
        return tuple(Origin(path, "file") for path in self.made.origin if path[:1] != (_PATCHES,))

    def _explained(self, written: Written, number: int) -> Line:
        document, *path = written.path
        if self.patched and (by := self.patched.source(self.made.path, written.path)):
            text = self.texts[number - 1]
            return Line(number, text, tuple(path), origins=(Origin(by, "is"),))
        filling, holes = self.fillings[int(document)], self.holes[int(document)]
        line = Line(number, self.texts[number - 1], tuple(path))
        if filling is None:
            return self._found(line, written, None, hole="", at_line=0)
        here = (filling.number, *path)
        around = [one for one in holes if one.path == here[: len(one.path)]]
        if around:
            one = max(around, key=lambda each: len(each.path))
            below = here[len(one.path) :]
            at, exact = origins.through(one.hole, filling.values, below)
            if exact and at is not None:
                return Line(
                    number, line.text, line.path, one.hole, one.line, False, (Origin(at, "is"),)
                )
            return self._found(line, written, at, hole=one.hole, at_line=one.line)
        if any(one.path[: len(here)] == here for one in holes) or self._given(tuple(path)):
            return self._found(line, written, None, hole="", at_line=0)
        return Line(number, line.text, line.path, fixed=True, origins=self._whole())

    def _given(self, path: SpecPath) -> bool:
        """Whether users lay the value at *path* over what the shape says."""
        return any(root[-1:] == ("values",) for root in self.made.origin) and bool(path)

    def _found(
        self, line: Line, written: Written, at: SpecPath | None, *, hole: str, at_line: int
    ) -> Line:
        """Return *line* with the values of platform.yaml that are most like it."""
        wanted = origins.sought(line.path, written.text)
        whole = [path[:_NAMED] for path in ((at,) if at else self.made.origin)]
        locked = self.aliases.get((wanted.text or "").rstrip("/"))
        found = [locked] if locked else self.index.nearest(whole, wanted)
        if not found and any(len(path) == 1 for path in self.made.origin):
            found = self.index.nearest([()], wanted)
            found = [one for one in found if one.how == "named" or len(one.path) <= _NAMED]
        if not found:
            found = [Origin(at, "part")] if at else [*self._whole()]
        return Line(line.number, line.text, line.path, hole, at_line, False, tuple(found))
