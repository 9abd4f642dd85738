"""What platform.lock has of a model or a pipeline, carried from one environment to another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mlopsgen.diagnostics import SpecPath
from mlopsgen.edit.differences import ABSENT, Difference
from mlopsgen.edit.released import MODELS, Subject
from mlopsgen.lock import Lock, LockedModel
from mlopsgen.plan.images import unpinned
from mlopsgen.spec import Platform


def carried_lock(
    lock: Lock,
    subject: Subject,
    route: tuple[str, str],
    before: Mapping[str, Platform],
    after: Mapping[str, Platform],
) -> Lock:
    """Return *lock* with what *subject* stands for at the start of *route* at its end too.

    What only the subject named there before, and nobody names any more, goes.
    """
    origin, target = route
    models = dict(lock.models.get(target, {}))
    for at, text in _sources(after[target], subject):
        entry = lock.model(origin, text)
        if entry and _taken(subject, at) and not _same(models.get(text), entry):
            models[text] = entry
    used = {text for each in after[target].models.values() for text in each.sources().values()}
    for _, text in _sources(before[target], subject):
        if text not in used:
            models.pop(text, None)
    images = dict(lock.images.get(target, {}))
    for at, text in _images(after[target], subject):
        if (pinned := lock.image(origin, text)) and _taken(subject, at):
            images[text] = pinned
    named = {each.wanted.text for each in unpinned(after[target])}
    for _, text in _images(before[target], subject):
        if text not in named:
            images.pop(text, None)
    return Lock({**lock.models, target: models}, {**lock.images, target: images})


def sharing(platform: Platform, subject: Subject, text: str) -> list[str]:
    """Return who else in *platform* names the source or the image *text*."""
    owners = [name for name, one in platform.models.items() if text in one.sources().values()]
    of_images = [each.at for each in unpinned(platform) if each.wanted.text == text]
    at = dict.fromkeys([*((MODELS, name) for name in owners), *(each[:2] for each in of_images)])
    return [str(name) for section, name in at if (section, name) != subject.at]


def _sources(platform: Platform, subject: Subject) -> Iterator[tuple[SpecPath, str]]:
    if subject.section == MODELS:
        yield from platform.models[subject.name].sources().items()


def _images(platform: Platform, subject: Subject) -> Iterator[tuple[SpecPath, str]]:
    """Yield the images of *subject* that are pinned by the lock, by the keys that name them."""
    for each in unpinned(platform):
        if each.at[:2] == subject.at:
            yield each.at[2:], each.wanted.text


def _taken(subject: Subject, at: SpecPath) -> bool:
    return subject.takes(Difference(at, ABSENT, ABSENT))


def _same(one: LockedModel | None, other: LockedModel) -> bool:
    return one is not None and one.same(other)
