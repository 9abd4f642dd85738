"""The code stays small enough to read: one screen a function, one sitting a module."""

import ast
from pathlib import Path

import pytest

import mlopsgen

MODULES = sorted(Path(mlopsgen.__file__).parent.rglob("*.py"))
MODULE_LINES, FUNCTION_LINES = 250, 40


def _named(path):
    return str(path.relative_to(Path(mlopsgen.__file__).parent))


@pytest.mark.parametrize("module", MODULES, ids=_named)
def test_module_fits_in_one_sitting(module):
    assert len(module.read_text(encoding="utf-8").splitlines()) <= MODULE_LINES


@pytest.mark.parametrize("module", MODULES, ids=_named)
def test_functions_fit_on_one_screen(module):
    nodes = ast.walk(ast.parse(module.read_text(encoding="utf-8")))
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef)]
    lines = {function.name: function.end_lineno - function.lineno + 1 for function in functions}

    assert {name: count for name, count in lines.items() if count > FUNCTION_LINES} == {}
