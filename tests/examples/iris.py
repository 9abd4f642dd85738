"""The example iris as modules: its steps and its demo."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location

from tests.build import ROOT

FOLDER = ROOT / "examples" / "iris"


def step(name):
    """Return the module of a step, with the libraries of the tests."""
    sys.path.insert(0, str(FOLDER))
    try:
        return import_module(f"iris.{name}")
    finally:
        sys.path.remove(str(FOLDER))


def demo():
    """Return the demo, not run."""
    spec = spec_from_file_location("iris_demo", FOLDER / "demo.py")
    module = module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look for it there
    spec.loader.exec_module(module)
    return module
