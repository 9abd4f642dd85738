"""A key that users may write and nothing reads would be a promise nobody keeps."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

import mlopsgen
from mlopsgen import spec

ROOT = Path(mlopsgen.__file__).parent
READERS = [path for path in ROOT.rglob("*.py") if path.parent.name != "spec"]
SHAPES = sorted((ROOT.parents[1] / "templates").rglob("*.yaml"))
TEXT = "\n".join(path.read_text(encoding="utf-8") for path in [*READERS, *SHAPES])

MODELS = {
    model
    for name in vars(spec)
    if isinstance(model := getattr(spec, name), type) and issubclass(model, BaseModel)
}
FIELDS = sorted({(model.__name__, field) for model in MODELS for field in model.model_fields})
CONSTANT = {
    # They have one value each; they are written down so that a second one can be added.
    ("Platform", "api_version"),
    ("Artifacts", "encryption"),
    ("Feast", "offline"),
    ("Feast", "online"),
    ("Kserve", "mode"),
    ("Mlflow", "artifacts"),
    ("Mlflow", "database"),
}

LONG_FORMS = {"retries": "retry", "output_parameters": "texts"}
"""What may be written in two forms is read by the name of the longer one."""


@pytest.mark.parametrize("field", FIELDS, ids=".".join)
def test_every_field_is_read(field):
    if field in CONSTANT or field[0] == "Components":
        return

    name = LONG_FORMS.get(field[1], field[1])
    assert re.search(rf"\.{name}\b|\b{name}=", TEXT), f"nothing reads {'.'.join(field)}"
