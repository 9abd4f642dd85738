"""Projects of a few files, for the tests of the loader."""

from pathlib import Path

from mlopsgen.load import Loaded, load


def a_project(folder: Path, files: dict[str, str | bytes]) -> Loaded:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load(folder / "platform.yaml")


def a_platform(folder: Path, text: str | bytes) -> Loaded:
    return a_project(folder, {"platform.yaml": text})


def where(loaded: Loaded) -> list[tuple[str, int, int]]:
    return [(found.code, found.at.line, found.at.column) for found in loaded.findings]
