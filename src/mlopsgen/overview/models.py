"""Models: what runs of each, and how language models share out the memory of a GPU."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mlopsgen import units
from mlopsgen.overview.content import Environment
from mlopsgen.overview.html import NOTHING, Column, Html, Inside, code, table, tag
from mlopsgen.plan import Served
from mlopsgen.prove import gpu_memory
from mlopsgen.prove.gpu_cases import Known, Seat, called, cases, spelled

_COLUMNS = (
    "model", "version", Column("share", figures=True), "runtime", "source",
    Column("replicas", figures=True), Column("CPU", figures=True), Column("memory", figures=True),
    Column("GPUs", figures=True), "pool", "way in",
)  # fmt: skip
_FIT: tuple[Column | str, ...] = (
    "model", "GPU", "of its memory", *(
        Column(each, figures=True)
        for each in ("weights", "KV cache", "working", "CUDA", "needs", "may take", "left")
    ),
)  # fmt: skip
_WIDTH, _HEIGHT = 240, 14
"""Of a bar, in pixels."""

_PARTS = ("weights", "adapters", "KV cache", "working memory", "CUDA")


def models(one: Environment) -> Html:
    """Return the models of an environment, and the bars of those that were reckoned."""
    if not one.plan.served:
        return tag("p", "There are no models.")
    name = f"{one.anchor}.models"
    rows = (_row(served) for served in one.plan.served)
    found = [
        table(
            f"{name}.table",
            "Models and canaries, as they run",
            _COLUMNS,
            rows,
            within=one.head,
        )
    ]
    fits = [_fit(case, seat) for case in _known(one) for seat in case.seats]
    if fits:
        says = (
            "What vLLM takes of a GPU when it starts, with one request of the longest context, by"
            " each kind of GPU that a pod may land on. What is left holds more requests; what is"
            " behind the mark stays free for CUDA graphs and others."
        )
        found += [
            tag("h4", "Memory of GPUs", id=f"{name}.gpus"),
            tag("p", says),
            _legend(),
            table(
                f"{name}.fit",
                "Language models on their GPUs, in GiB",
                _FIT,
                fits,
                within=one.head,
            ),
        ]
    return tag("div", *found)


def _known(one: Environment) -> Iterator[Known]:
    return (case for case in cases(one.plan) if isinstance(case, Known))


def _row(one: Served) -> Sequence[Inside]:
    spec, asked = one.spec, one.spec.resources
    low, high = spec.scale.min, spec.scale.max
    stopped = " (stopped)" if spec.stopped else ""
    way = spec.exposure.host if spec.exposure else ""
    return (
        one.model,
        f"{'canary' if one.canary else 'stable'}{stopped}",
        f"{one.weight} %",
        spec.runtime,
        code(one.source),
        f"{low}" if low == high else f"{low} to {high}",
        units.cpu(asked.cpu),
        units.memory(asked.memory),
        spec.gpus or "",
        one.pool.name if one.pool else "",
        way,
    )


@dataclass(frozen=True, slots=True)
class _Span:
    """A stretch of a bar, in bytes."""

    kind: str
    start: int
    length: int


def _fit(case: Known, seat: Seat) -> Sequence[Inside]:
    gpu, instance = seat
    need, room = gpu_memory.need(case.setting, gpu), gpu_memory.room(case.setting, gpu)
    name = f"{case.served.model} (canary)" if case.served.canary else case.served.model
    several = f"{case.setting.gpus} x " if case.setting.gpus > 1 else ""
    figures = (need.weights + need.adapters, need.cache, need.working, need.cuda, need.total, room)
    return (
        name,
        f"{several}{called(gpu)} of {instance.type}",
        _bar(case, seat),
        *(_gibibytes(each) for each in (*figures, room - need.total)),
    )


def _gibibytes(count: int) -> str:
    return f"{count / gpu_memory.GIB:.2f}"


def _bar(case: Known, seat: Seat) -> Html:
    """Return how the memory of a GPU is shared out, with the same in words."""
    gpu, _ = seat
    need = gpu_memory.need(case.setting, gpu)
    whole = gpu.usable.memory_mib * gpu_memory.MIB
    lengths = (need.weights, need.adapters, need.cache, need.working, need.cuda)
    start, spans = 0, []
    for kind, length in zip(_PARTS, lengths, strict=True):
        spans.append(_Span(kind, start, length))
        start += length
    mark = _pixels(gpu_memory.room(case.setting, gpu), whole)
    return tag(
        "svg",
        tag("title", spelled(case.setting, gpu)),
        tag("rect", class_="bar-whole", width=_WIDTH, height=_HEIGHT),
        *(
            tag(
                "rect",
                class_=f"bar-{_PARTS.index(each.kind)}",
                x=_pixels(each.start, whole),
                width=_pixels(each.length, whole),
                height=_HEIGHT,
            )
            for each in spans
            if each.length
        ),
        tag("rect", class_="bar-mark", x=mark, y=-3, width="1.5", height=_HEIGHT + 6),
        class_="bar",
        role="img",
        width=_WIDTH,
        height=_HEIGHT + 6,
        viewBox=f"0 -3 {_WIDTH} {_HEIGHT + 6}",
    )


def _pixels(count: int, whole: int) -> str:
    return f"{min(count, whole) * _WIDTH / whole:.1f}"


def _legend() -> Html:
    """Return which shade is what; the table says the same in figures."""
    shades = (
        tag(
            "li",
            tag(
                "svg",
                tag("rect", class_=f"bar-{number}", width=12, height=12),
                width=12,
                height=12,
                aria_hidden="true",
            ),
            f" {each}",
        )
        for number, each in enumerate(_PARTS)
    )
    return tag("ul", *shades, NOTHING, class_="legend")
