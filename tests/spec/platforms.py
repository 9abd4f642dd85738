"""The reference platform with changes: one a case, written as the path and the new value."""

import copy
from pathlib import Path

import yaml
from hypothesis import strategies as st
from pydantic import ValidationError

from mlopsgen.spec import Platform
from mlopsgen.spec.words import findings

ROOT = Path(__file__).parents[2]
REFERENCE = yaml.safe_load((ROOT / "platform.yaml").read_text(encoding="utf-8"))
GONE = object()


def without_environments():
    return {key: copy.deepcopy(REFERENCE[key]) for key in REFERENCE if key != "environments"}


def changed(path, value, document=None):
    """Return the reference platform with *value* at *path*, whose steps are apart by spaces."""
    document = without_environments() if document is None else copy.deepcopy(document)
    *parents, last = path.split(" ") if isinstance(path, str) else path
    here = document
    for step in parents:
        here = here[step] if isinstance(here, list) else here.setdefault(step, {})
    if value is GONE:
        del here[last]
    else:
        here[last] = value
    return document


def errors_of(document):
    try:
        Platform.model_validate(document)
    except ValidationError as error:
        return error
    return None


def found_in(document, written=lambda _path: None):
    error = errors_of(document)
    return findings(error, written) if error else []


def found(path, value, written=lambda _path: None):
    return found_in(changed(path, value), written)


def _paths(value, path=()):
    yield path
    match value:
        case dict():
            inside = value.items()
        case list():
            inside = enumerate(value)
        case _:
            inside = ()
    for step, inner in inside:
        yield from _paths(inner, (*path, step))


PATHS = [path for path in _paths(without_environments()) if path]

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 2000),
    st.sampled_from([0.5, -0.5, 2.25]),
    st.text("aZ0-_./:@#%mGi ", max_size=12),
    st.sampled_from(["5m", "2Gi", "1.8.0", "10.0.0.0/16", "all", "spot", "managed", "cpu", "0m"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["min", "max", "kind", "cpu", "A", "a"]), inner, max_size=2
        )
    ),
    max_leaves=4,
)
