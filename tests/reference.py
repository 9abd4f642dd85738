"""The reference pages, made from the code: commands, rules, components and machines.

Run as a program it rewrites them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path

from click.testing import CliRunner

from mlopsgen.cli import main
from mlopsgen.explain import RULES
from mlopsgen.facts import Component, component, component_names, hardware, versions
from mlopsgen.facts.reading import Sourced
from tests.build import ROOT
from tests.vocabulary import anchor

WORDS = {
    "ADMIT": "What the API server, Terraform and charts take",
    "ALERT": "Alerts",
    "ARGO": "Generated workflows",
    "CANARY": "Canaries",
    "COND": "Conditions of steps",
    "DAG": "Steps of pipelines",
    "ENDP": "Hosts of several models",
    "ENV": "Environment variables",
    "FAM": "Families",
    "FAN": "Fan-out",
    "FEAT": "Features",
    "FIT": "Pods on their nodes",
    "FLOW": "Connections and network policies",
    "GATE": "Gates",
    "GPU": "GPU memory",
    "HELM": "Values of charts",
    "HUB": "One Argo CD for several clusters",
    "IDENT": "Identities and permissions",
    "IGNORE": "Warnings that stay",
    "IMG": "Images",
    "IMPORT": "Hand-written manifests",
    "KSERVE": "Versions of KServe",
    "LOAD": "Reading platform.yaml",
    "LOCK": "platform.lock",
    "MEMO": "Memoized steps",
    "METRIC": "Metrics in alerts and dashboards",
    "MIGR": "Migrations of the format",
    "MODEL": "Models",
    "NAME": "Names",
    "NEED": "What components need",
    "NET": "Networks",
    "OWN": "Objects of your own",
    "PARAM": "Parameters of pipelines",
    "PATCH": "Patches",
    "PLACE": "Zones, nodes and disruptions",
    "POOL": "Pools of nodes",
    "PROM": "Prometheus",
    "QUOTA": "Quotas",
    "REC": "Recorded pipelines",
    "REF": "References",
    "REG": "Registries",
    "RESOLVE": "Asking registries",
    "RUN": "Runtimes and their files",
    "SCALE": "Scaling",
    "SEC": "Secrets",
    "SIGN": "Signatures of images",
    "SLO": "Objectives",
    "SPEC": "Keys and values",
    "SYNC": "Argo CD",
    "TAG": "Tags in AWS",
    "TFVAR": "Variables of Terraform",
    "TIME": "Durations",
    "TRIG": "Triggers",
    "VLLM": "vLLM",
    "WRITE": "Writing files",
}
"""What the rules of a family are about."""

Rows = Iterable[tuple[str, ...]]

COMMANDS = """\
# Commands

`mlopsgen COMMAND --help` prints the same. What is printed where, and what exit codes mean:
[output.md](output.md).
"""
THE_RULES = """\
# Rules

Every finding has a code, and every code a page: an example with the mistake, what mlopsgen says of
it, and how it is mended. `mlopsgen explain CODE` prints it.
"""
COMPONENTS = """\
# Components

The versions that are known, and what was read in their sources: each line says where. A version
that isn't here is an error, not a guess. Of metrics those are named that alerts, dashboards and
scaling may rely on.

"""
DECISIONS = """\
# Decisions

Why it is built as it is: what was decided, what follows from it, and what was looked at and not
taken.

"""
MACHINES = """\
# Machines

What a GPU gives to a program, and what an instance type leaves for pods. Prices are told with each
answer that has one, [as in a review](how-to/review.md).

## GPUs

"""


def commands() -> str:
    """Return the page of commands: what `--help` prints of each."""
    found = [("mlopsgen", [])]
    found += [(f"mlopsgen {name}", [name]) for name in sorted(main.commands)]
    parts = [f"\n## {title}\n\n```text\n{_help(path)}```\n" for title, path in found]
    return COMMANDS + "".join(parts)


def _help(path: list[str]) -> str:
    said = CliRunner().invoke(main, [*path, "--help"], terminal_width=100, prog_name="mlopsgen")
    assert said.exit_code == 0, said.output
    return said.output


def rules() -> str:
    """Return the page that lists every rule, by family."""
    text = THE_RULES
    for family, members in groupby(RULES.values(), lambda rule: rule.code.rstrip("0123456789")):
        text += f"\n## {family}: {WORDS[family]}\n\n"
        text += _table(
            ("code", "what holds", "else"),
            (
                (f"[{rule.code}](rules/{rule.code}.md)", rule.title, rule.severity.value)
                for rule in members
            ),
        )
    return text


def decisions() -> str:
    """Return the page that lists why things are as they are."""
    found = [
        (path.name, path.read_text(encoding="utf-8").splitlines())
        for path in sorted((ROOT / "docs" / "adr").glob("*.md"))
    ]
    return DECISIONS + _table(
        ("decision", "when"),
        (
            (f"[{lines[0].removeprefix('# ')}](adr/{name})", lines[2].removeprefix("Date: "))
            for name, lines in found
        ),
    )


def components() -> str:
    """Return the page of component versions."""
    found = [component(name, each) for name in component_names() for each in versions(name)]
    text = COMPONENTS
    text += _table(("component", "version", "kind", "default", "Kubernetes"), map(_version, found))
    for each in found:
        text += f"\n## {_called(each)}\n\n"
        text += _table(("what", "how it is", "source"), _facts(each))
    return text


def _version(each: Component) -> tuple[str, ...]:
    wanted = each.requires.kubernetes if each.requires else None
    low, high = (wanted.min or "", wanted.max or "") if wanted else ("", "")
    fits = f"{low} to {high}" if low and high else f"{low} and on" if low else f"up to {high}"
    return (
        f"[{each.component}](#{anchor(_called(each))})",
        _number(each) or "that of EKS",
        each.kind,
        "yes" if each.default else "",
        fits if low or high else "",
    )


def _number(each: Component) -> str:
    version = each.chart.version if each.chart else each.app.version if each.app else ""
    return version or ""


def _called(each: Component) -> str:
    return f"{each.component} {_number(each)}".rstrip()


def _facts(each: Component) -> Iterator[tuple[str, ...]]:
    """Yield what is known of one version, with its source."""
    for title, chart in (("chart", each.chart), ("chart of its kinds", each.crd_chart)):
        if chart:
            yield (title, f"`{chart.name}` {chart.version}", _source(chart))
    if each.app:
        yield ("version of the program", each.app.version, _source(each.app))
    if each.pod_security:
        yield ("Pod Security", each.pod_security.level, _source(each.pod_security))
    for workload in each.workloads.values():
        ports = ", ".join(f"{name} {port}" for name, port in workload.ports.items())
        yield (f"{workload.kind} `{workload.name}`", ports or "no port", _source(workload))
    for name, service in each.services.items():
        ports = ", ".join(f"{port.port} to {port.target_port}" for port in service.ports)
        yield (f"Service `{name}`", ports, _source(service))
    for webhook in each.webhooks:
        yield (f"webhook `{webhook.service}`", f"{webhook.port}", _source(webhook))
    for endpoint in each.metrics:
        names = ", ".join(f"`{name}`" for name in endpoint.names)
        where = f"port {endpoint.port}, {endpoint.path}"
        said = f"{where}: {names}" if names else where
        yield (f"metrics of {endpoint.workload or 'it'}", said, _source(endpoint))
    if each.crds:
        kinds = ", ".join(sorted(crd.kind for crd in each.crds.kinds))
        yield ("kinds", kinds, _source(each.crds))


def machines() -> str:
    """Return the page of GPUs and instance types."""
    text = MACHINES
    text += _table(
        ("GPU", "memory, by its label", "usable", "compute capability", "computes in", "sources"),
        (
            (
                f"`{gpu.name}`",
                f"{gpu.label.memory_mib:,} MiB",
                f"{gpu.usable.memory_mib:,} MiB",
                ".".join(map(str, gpu.compute.capability)),
                ", ".join(gpu.dtypes.native),
                "; ".join(
                    dict.fromkeys(map(_source, (gpu.label, gpu.usable, gpu.compute, gpu.dtypes)))
                ),
            )
            for gpu in hardware.gpus()
        ),
    )
    for name in hardware.families():
        text += f"\n## {name}\n\n"
        text += _table(
            ("type", "CPUs", "memory", "for pods: CPU, memory, pods", "GPUs", "network"),
            map(_instance, hardware.family(name)),
        )
    return text


def _instance(each: hardware.Instance) -> tuple[str, ...]:
    room = each.allocatable
    return (
        f"`{each.type}`",
        str(each.vcpu),
        f"{each.memory_mib:,} MiB",
        f"{room.cpu_millis:,}m, {room.memory_mib:,} MiB, {room.pods}",
        f"{each.gpu.count} x {each.gpu.name}" if each.gpu else "",
        f"{each.network_mbps:,} Mbit/s",
    )


def _source(fact: Sourced) -> str:
    return fact.source.replace("|", "\\|")


def _table(head: tuple[str, ...], rows: Rows) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


PAGES: dict[Path, Callable[[], str]] = {
    ROOT / "docs" / f"{make.__name__}.md": make
    for make in (commands, rules, components, machines, decisions)
}


if __name__ == "__main__":
    for path, make in PAGES.items():
        path.write_text(make(), encoding="utf-8")
