"""docs/how-to/serving.md as data: the tables that facts make, and the platforms that it shows.

A table follows the comment with its name, up to the next empty line. Run as a program it rewrites
the tables.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from mlopsgen.compiler import Compilation, compile_platform
from mlopsgen.emit.alerts.table import BUILTIN
from mlopsgen.facts import Runtime, families, hardware, runtime, runtime_names, versions
from mlopsgen.facts.metrics import Metric
from mlopsgen.spec import Lora, VllmOptions
from tests.build import ROOT, a_plan
from tests.vocabulary import described

PAGE = ROOT / "docs" / "how-to" / "serving.md"
OWN_NAMES = {"lora": "enable-lora", "lora.adapters": "lora-modules"}
"""Flags of vLLM whose names differ from the key by more than the case."""

_TABLE = re.compile(r"^<!-- ([a-z-]+) -->\n.*?(?=^$)", re.MULTILINE | re.DOTALL)
_EXAMPLE = re.compile(
    r"^```yaml\n(.*?)^```$(?:(?:(?!^```).)*^```json\n(.*?)^```$)?", re.MULTILINE | re.DOTALL
)
Rows = Iterable[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Example:
    """A platform.yaml that the page shows, with the platform.lock that follows it."""

    platform: str
    lock: str

    def compiled(self) -> Compilation:
        """Compile it as it stands."""
        with TemporaryDirectory() as folder:
            file = Path(folder) / "platform.yaml"
            file.write_text(self.platform, encoding="utf-8")
            if self.lock:
                file.with_name("platform.lock").write_text(self.lock, encoding="utf-8")
            return compile_platform(file)


def examples() -> list[Example]:
    """Return the platforms of the page."""
    return [Example(*found.groups("")) for found in _EXAMPLE.finditer(PAGE.read_text("utf-8"))]


def page() -> str:
    """Return the page as it should be."""
    return _TABLE.sub(
        lambda found: f"<!-- {found[1]} -->\n{TABLES[found[1]]()}", PAGE.read_text("utf-8")
    )


def flag(key: str) -> str:
    """Return the flag of vLLM that *key* of `vllm:` becomes."""
    name = key.rpartition(".")[2]
    return OWN_NAMES.get(key) or re.sub(r"[A-Z]", lambda found: f"-{found[0].lower()}", name)


def engine_keys() -> list[str]:
    """Return the keys of `vllm:`, those of its adapters included."""
    own = [each.alias or name for name, each in VllmOptions.model_fields.items()]
    nested = [f"lora.{each.alias or name}" for name, each in Lora.model_fields.items()]
    return [*own, *nested]


def _servers() -> Rows:
    yield (
        "runtime",
        "image",
        "what it looks for",
        "`models:/`",
        "protocol",
        "path",
        "the model is named by",
        "container port",
    )
    for name, server in _runtimes():
        path = server.paths.predict.replace("{name}", "MODEL")
        yield (
            f"`{name}`",
            _image(server),
            server.files.expects,
            "yes" if server.files.mlflow else "no",
            server.protocol,
            f"`{path}`",
            "platform.yaml" if server.naming.argument or server.naming.env else "its files",
            str(server.http_port),
        )


def _image(server: Runtime) -> str:
    """Return the image, with what it becomes for models with GPUs."""
    image = server.image
    gpus = f", with GPUs `{image.tag}{image.gpu_suffix}`" if image.gpu_suffix else ""
    return f"`{image.repository}:{image.tag}`{gpus}"


def _newer() -> Rows:
    """Yield what the other versions of KServe have that the default one hasn't."""
    yield ("runtime", "KServe", "image", "version of models", "Python", "libraries")
    for name, server in _runtimes():
        for version in versions(server.component) if server.serving_runtime else ():
            other = runtime(name, {server.component: version})
            if (row := _of_version(other)) != _of_version(server):
                yield (f"`{name}`", version, *row)


def _of_version(server: Runtime) -> tuple[str, ...]:
    contract, models = server.contract, server.model_format
    libraries = contract.libraries.items() if contract else ()
    return (
        _image(server),
        ", ".join(models.versions) if models else "-",
        (contract.python if contract else "") or "-",
        ", ".join(f"{each} {version}" for each, version in libraries) or "-",
    )


def _contracts() -> Rows:
    yield ("runtime", "Python", "libraries", "unpickles objects of")
    for name, server in _runtimes():
        if contract := server.contract:
            libraries = [f"{each} {version}" for each, version in contract.libraries.items()]
            pickled = ", ".join(contract.pickled)
            yield (f"`{name}`", contract.python or "-", ", ".join(libraries), pickled or "-")


def _metrics() -> Rows:
    yield ("runtime", "port", "metrics", "alerts")
    for name, server in _runtimes():
        found = server.metrics
        names = [_metric(*each) for each in found.names.items()] if found else []
        port = str(found.port) if found else "-"
        yield (f"`{name}`", port, ", ".join(names) or "none", ", ".join(_alerts(name)))


def _metric(name: str, metric: Metric) -> str:
    """Return the metric, with when there is one at all."""
    return f"`{name}` ({metric.when})" if metric.when else f"`{name}`"


def _alerts(name: str) -> Iterator[str]:
    """Yield the built-in alerts that a platform with a model on the runtime *name* gets."""
    models = {"one": {"runtime": name, "source": "s3://acme-models/one"}}
    plan = a_plan(models=models, components={"prometheus": {}})
    for alert in BUILTIN:
        if tuple(alert.compile(plan, alert.threshold)):
            yield f"`{alert.name}`"


def _engine() -> Rows:
    yield ("key of `vllm`", "flag", "what it is")
    for key in engine_keys():
        yield (f"`{key}`", f"`--{flag(key)}`", _said(key))


def _said(key: str) -> str:
    name = key.rpartition(".")[2]
    return described("Lora" if "." in key else "VllmOptions", name)


def _gpus() -> Rows:
    yield ("GPU", "memory", "compute capability", "computes in", "instances")
    for gpu in hardware.gpus():
        carried = [
            name
            for name in hardware.families()
            if any(each.gpu and each.gpu.name == gpu.name for each in hardware.family(name))
        ]
        major, minor = gpu.compute.capability
        yield (
            f"`{gpu.name}`",
            _gib(gpu.usable.memory_mib * 2**20),
            f"{major}.{minor}",
            ", ".join(gpu.dtypes.native),
            ", ".join(carried),
        )


def _models() -> Rows:
    yield (
        "model",
        "weights",
        "layers",
        "KV heads",
        "context",
        "type",
        "memory at 16 bits",
        "a token's KV",
        "token",
    )
    for name in families.models():
        found = families.model(name)
        assert found is not None
        yield (
            f"`{name}`",
            f"{found.parameters:,}",
            str(found.layers),
            str(found.kv_heads),
            f"{found.max_context:,}",
            found.dtype,
            _gib(2 * found.parameters),
            f"{2 * found.kv_values_per_token // 1024} KiB",
            "needed" if found.access.gated else "-",
        )


def _runtimes() -> Iterator[tuple[str, Runtime]]:
    return ((name, runtime(name)) for name in runtime_names())


def _gib(size: int) -> str:
    return f"{size / 2**30:.2f} GiB"


def _table(rows: Callable[[], Rows]) -> Callable[[], str]:
    """Return what writes *rows*, the first of which is the head."""

    def written() -> str:
        head, *body = rows()
        lines = [head, *body]
        text = [f"| {' | '.join(line)} |\n" for line in lines]
        return "".join([text[0], f"|{'---|' * len(head)}\n", *text[1:]])

    return written


TABLES: dict[str, Callable[[], str]] = {
    "servers": _table(_servers),
    "contracts": _table(_contracts),
    "newer": _table(_newer),
    "metrics": _table(_metrics),
    "engine": _table(_engine),
    "gpus": _table(_gpus),
    "models": _table(_models),
}


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
