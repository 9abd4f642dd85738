"""A change of one model among many touches that model, and takes no longer than people wait."""

import time

from mlopsgen.diff import as_markdown, compared
from tests.diff import SMALL, side

HEAD = SMALL.partition("families:")[0] + "models:\n"
MODELS = "".join(
    f'  m{n}: {{runtime: sklearn, source: "s3://acme/m{n}/1", pool: wide, scale: {{max: 2}}}}\n'
    for n in range(200)
)
TAIL = "environments:\n  dev: {}\n  prod: {}\n"
LONGEST = 1.0
"""Seconds of processor for both environments, on a machine that others use too."""


def test_one_of_two_hundred_models(tmp_path):
    changed = MODELS.replace(
        'm7/1", pool: wide, scale: {max: 2}', 'm7/1", pool: wide, scale: {max: 3}'
    )
    assert changed != MODELS

    took = []
    for attempt in ("cold", "warm"):
        folder = tmp_path / attempt
        folder.mkdir()
        start = time.process_time()
        before = side(folder, HEAD + MODELS + TAIL, "before")
        found = compared(before, side(folder, HEAD + changed + TAIL, "after"))
        page = as_markdown.render(found, lines=200)
        took.append(time.process_time() - start)

    assert [one.key.title for each in found.environments for one in each.entries] == [
        "InferenceService mlops/m7",
        "InferenceService mlops/m7",
    ]
    assert "m7: max replicas 2 -> 3" in page
    assert min(took) < LONGEST
