"""A source made of texts, and findings to draw over it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hypothesis import strategies as st

from mlopsgen.diagnostics import Finding, Place, Related, Severity, SpecPath
from mlopsgen.report.located import Located


@dataclass(frozen=True)
class Pages:
    files: Mapping[str, str]
    places: Mapping[tuple[SpecPath, str | None], Place] = field(default_factory=dict)

    def locate(self, path: SpecPath, environment: str | None = None) -> Place:
        return self.places.get((path, environment)) or self.places[path, None]

    def key_place(self, path: SpecPath, environment: str | None = None) -> Place:
        found = self.locate(path, environment)
        return Place(found.file, found.line, 1, len(str(path[-1])))

    def line(self, file: str, number: int) -> str:
        lines = self.files.get(file, "").split("\n")
        return lines[number - 1] if 0 < number <= len(lines) else ""


PLATFORM = """\
name: acme
tenants:
  - name: search
    gpuQuota: 8
models:
  - name: llama-70b
    tenant: search
    engine: {kind: vllm, maxModelLen: 8192}
    gpus: 4
    maxReplicas: 3
"""

QUOTA = Place("platform.yaml", 4, 15)
REPLICAS = Place("platform.yaml", 10, 18)

SOURCE = Pages(
    {"platform.yaml": PLATFORM},
    {(("tenants", 0, "gpuQuota"), None): QUOTA, (("models", 0, "maxReplicas"), None): REPLICAS},
)


def a_finding(**changes):
    stated = {
        "at": ("tenants", 0, "gpuQuota"),
        "message": "`search` may hold 8 GPUs; its models can ask for 12",
        "fix": "raise gpuQuota to 12, or lower maxReplicas",
        "code": "GPU001",
    }
    return Finding(**(stated | changes))


def an_item(place=QUOTA, related=(), **changes):
    return Located(a_finding(**changes), place, related)


def without_surrogates(text):
    return text.encode("utf-8", "replace").decode()


ANY_TEXT = st.text(st.characters(codec=None), max_size=30)
"""Lone surrogates too: undecodable bytes in names of files become those."""

HARD_TEXT = ANY_TEXT | st.sampled_from(
    [
        "\x1b]0;owned\x07\x1b[2J",
        "\u202egnp.exe",
        "a\r\n::error::b",
        "%0A::stop-commands::x",
        "]]><!-- & \"quotes\" '<b>'",
        "[link](1) {0} \\",
        "\x9b31m\x85\u2028\ufeff\udcff",
        "名前\u0301 👩\u200d💻\t",
    ]
)

PLACES = st.builds(
    Place,
    file=HARD_TEXT,
    line=st.integers(1, 12),
    column=st.integers(1, 60),
    width=st.integers(0, 60),
)

ITEMS = st.lists(
    st.builds(
        Located,
        finding=st.builds(
            Finding,
            at=PLACES | st.lists(HARD_TEXT | st.integers(0, 9), max_size=4).map(tuple),
            message=HARD_TEXT.filter(bool),
            fix=HARD_TEXT,
            why=HARD_TEXT,
            related=st.just(()) | st.tuples(st.builds(Related, PLACES, HARD_TEXT)),
            code=HARD_TEXT,
            severity=st.sampled_from(Severity),
            environments=st.lists(
                st.text("adeprov", min_size=1, max_size=4), unique=True, max_size=2
            ).map(tuple),
        ),
        place=PLACES,
        related=st.lists(st.tuples(PLACES, HARD_TEXT), max_size=2).map(tuple),
    ),
    max_size=4,
)

SOURCES = st.dictionaries(HARD_TEXT, ANY_TEXT, max_size=2).map(Pages)
