"""Runs the Python that a pipeline is written in. A program of its own, started by `record`.

Its arguments are the project folder, SOURCE, written FILE:NAME, and a file descriptor. That is
where its answer goes, as JSON: the workflow as Hera writes it for Argo, and the files that were
imported. It imports nothing of mlopsgen: it runs beside a user's code, which may bring its own
versions.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

_CLONE_NEWNET, _CLONE_NEWUSER = 0x40000000, 0x10000000

_CLOSED = {
    "socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname",
    "socket.sendto", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork",
}  # fmt: skip
"""Events that are refused where the kernel can't take the network away."""


class RefusedError(Exception):
    """What keeps the workflow from being recorded, and what to do about it."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix


def alone() -> None:
    """Take the network away from this process, and with it from every one that it starts."""
    if sys.platform == "linux":
        # A network of its own has no interface that is up. Refused where users may not have
        # namespaces; then the audit hook has to do.
        ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
    sys.addaudithook(_refuse)


def _refuse(event: str, _arguments: tuple[object, ...]) -> None:
    if event in _CLOSED:
        msg = f"a pipeline is recorded without network and other programs ({event})"
        raise PermissionError(msg)


def loaded(folder: Path, source: str) -> Any:  # noqa: ANN401 - whatever the user's file holds
    """Return what SOURCE names, called when it can be called."""
    file, _, name = source.rpartition(":")
    path = folder / file
    sys.path[:0] = [str(folder), str(path.parent)]
    spec = spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        msg = f"`{file}` is no file of Python"
        raise RefusedError(msg, "name a file that ends in .py")
    module = module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    found = getattr(module, name, None)
    if found is None:
        msg = f"`{file}` has no `{name}`"
        raise RefusedError(msg, f"write `source: {file}:NAME` with the name of the workflow")
    return found if hasattr(found, "to_dict") or not callable(found) else found()


def read_files(folder: Path) -> list[str]:
    """Return the files of the project that were imported, relative to its folder."""
    paths = {_path(module) for module in list(sys.modules.values())}
    found = {path.relative_to(folder) for path in paths if path and path.is_relative_to(folder)}
    installed = Path(sys.prefix)
    return sorted(
        path.as_posix() for path in found if not (folder / path).is_relative_to(installed)
    )


def _path(module: ModuleType) -> Path | None:
    file = getattr(module, "__file__", None)
    return Path(file).resolve() if file else None


def take_from_the_environment() -> Any:  # noqa: ANN401 - a class of Hera, which may be absent
    """Make Hera's functions take their parameters from PARAM_ variables; return Hera's Workflow.

    Hera writes `r'''{{inputs.parameters.x}}'''` into the source, which Argo replaces by the value:
    a value with three quotes in it would run as code.
    """
    from hera.shared import global_config  # noqa: PLC0415 - after the network is gone
    from hera.workflows import InlineScriptConstructor, Script, Workflow  # noqa: PLC0415

    class FromEnvironment(InlineScriptConstructor):
        """Writes the function's body under lines that read its parameters."""

        def _get_param_script_portion(self, instance: Script) -> str:
            inputs = instance._build_inputs()  # noqa: SLF001 - as the class it derives from
            lines = []
            for parameter in (inputs.parameters if inputs else None) or []:
                variable = f"os.environ['{VARIABLE}{parameter.name.upper().replace('-', '_')}']"
                lines.append(f"try: {parameter.name} = json.loads({variable})")
                lines.append(f"except ValueError: {parameter.name} = {variable}")
            return "\n".join(["import json", "import os", *lines, ""]) if lines else ""

    global_config.set_class_defaults(Script, constructor=FromEnvironment())
    return Workflow


VARIABLE = "PARAM_"
"""What the environment variable of a parameter starts with."""


def answer(folder: Path, source: str) -> dict[str, Any]:
    """Return what is recorded of SOURCE."""
    workflow_class = take_from_the_environment()
    workflow = loaded(folder, source)
    if not isinstance(workflow, workflow_class):
        kind = type(workflow).__name__
        msg = f"`{source}` is a {kind}, not a Workflow of Hera"
        raise RefusedError(
            msg, "name a Workflow, a WorkflowTemplate or a function that returns one"
        )
    return {"workflow": workflow.to_dict(), "files": read_files(folder)}


def main() -> None:
    """Answer, or say what is wrong."""
    folder, source, descriptor = Path(sys.argv[1]).resolve(), sys.argv[2], int(sys.argv[3])
    alone()
    try:
        said = answer(folder, source)
    except RefusedError as error:
        said = {"refused": error.message, "fix": error.fix}
    except ModuleNotFoundError as error:
        fix = "pip install 'mlopsgen[hera]'" if error.name == "hera" else "install it"
        said = {"refused": f"there is no module `{error.name}`", "fix": fix}
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        json.dump(said, out)


if __name__ == "__main__":
    main()
