"""The command line: the only place that prints, exits and reads the environment."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from mlopsgen import __version__
from mlopsgen.cli import options
from mlopsgen.cli.comparing import diff, show
from mlopsgen.cli.completion import completion
from mlopsgen.cli.doctoring import doctor
from mlopsgen.cli.editing import fix, fmt, init, migrate, promote
from mlopsgen.cli.ending import Program, bug
from mlopsgen.cli.importing import import_
from mlopsgen.cli.locking import lock
from mlopsgen.cli.recording import record
from mlopsgen.cli.run_local import run_local
from mlopsgen.cli.seeing import graph, report
from mlopsgen.cli.testing import test
from mlopsgen.later import later

_FILE = click.Path(dir_okay=False, path_type=Path)

_HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def _shared(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what `build` and `validate` have in common."""
    for decorate in reversed(
        (
            options.platform,
            options.environments,
            options.form(
                "text",
                "json",
                "github",
                "sarif",
                "junit",
                described="How findings are shown. All but text go to standard output, alone.",
            ),
            options.color,
        )
    ):
        command = decorate(command)
    return command


@click.group(cls=Program, context_settings=_HELP)
@click.version_option(__version__, message="%(prog)s %(version)s")
def main() -> None:
    r"""Compile one platform.yaml into a whole ML platform on AWS EKS.

    \b
    Examples:
      mlopsgen init                       write a first platform.yaml
      mlopsgen validate                   is platform.yaml right?
      mlopsgen build                      compile it into generated/
      mlopsgen build --env prod           only one environment
      mlopsgen build --check              in CI: is generated/ what platform.yaml says?
      mlopsgen diff                       what does this change do?
      mlopsgen show --env prod            what holds in an environment?
      mlopsgen graph --env prod           draw it: mermaid, Graphviz, SVG, JSON
      mlopsgen report                     all of it on one page of HTML
      mlopsgen fix                        mend what can have meant one thing only
      mlopsgen fmt                        lay platform.yaml out in one way
      mlopsgen migrate                    carry platform.yaml to the current format
      mlopsgen promote iris --from dev --to prod
      mlopsgen lock                       look up aliases of MLflow for platform.lock
      mlopsgen run-local iris-training    run a pipeline's steps on this machine
      mlopsgen record                     run pipelines that are written in Python
      mlopsgen import manifests/          take hand-written manifests over
      mlopsgen explain NAME001            what a finding means
      mlopsgen explain model iris         what an entry of platform.yaml becomes
      mlopsgen test                       do policies refuse, and alerts fire?
      mlopsgen doctor --run               what do Helm, Terraform, Trivy and others say?

    Exits with 0 when all is well, 1 when the configuration has errors, --check found differences
    or a step failed, 2 for wrong usage, the file system or a bug of mlopsgen, 3 when MLflow or
    another outside service fails.
    """


@main.command()
@_shared
@options.out
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if OUT would change.")
@click.option("--force", is_flag=True, help="Overwrite files that were edited by hand.")
@click.option(
    "--stdout", is_flag=True, help="Write no file; print the objects of one environment as YAML."
)
@click.option(
    "--application",
    metavar="NAME",
    help="With --stdout: only the objects of this folder of apps/, or of argocd or hub.",
)
def build(**given: object) -> None:
    r"""Compile PLATFORM and bring OUT up to date.

    Nothing is written unless everything is right. Files that mlopsgen didn't write are kept. With
    --stdout nothing is written at all: the objects are printed in the order they are applied.

    \b
    Examples:
      mlopsgen build
      mlopsgen build teams/platform.yaml --out rendered
      mlopsgen build --check --format github
      mlopsgen build --stdout --env prod | kubectl diff -f -
    """
    later("mlopsgen.cli.run").build(**given)


@main.command()
@_shared
def validate(**given: object) -> None:
    r"""Compile PLATFORM and write nothing.

    \b
    Examples:
      mlopsgen validate
      mlopsgen validate --format sarif > findings.sarif
    """
    later("mlopsgen.cli.run").validate(**given)


@main.command()
@click.option("--out", type=_FILE, help="File to write; standard output when left out.")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if the file would change.")
def schema(**given: object) -> None:
    r"""Print the JSON Schema of platform.yaml, for editors.

    \b
    Examples:
      mlopsgen schema > platform.schema.json
      mlopsgen schema --out schemas/platform.schema.json --check
    """
    later("mlopsgen.cli.say").schema(**given)


@main.command(short_help="Say what a rule, a key, a model or a generated line means.")
@click.argument("subject", nargs=-1)
@click.option("--platform", type=options.PATH, help="The platform; platform.yaml when left out.")
@options.environments
@options.out
@options.form("text", "json")
@click.option(
    "--port", type=click.IntRange(1, 65535), help="Of a connection; what it is for when left out."
)
@options.color
def explain(**given: object) -> None:
    r"""Say what SUBJECT means and where it comes from.

    A rule: its page; a family of rules or nothing: a list. A key of platform.yaml: its meaning, its
    form, and what it is in each environment, with the line that says so; `*` stands for any name.
    An entry, such as a model: what it becomes. A generated file or line: what made it, from which
    lines of platform.yaml. A flow: whether one end may connect to the other, and which network
    policies say so. Nothing is written; what is asked about is compiled in memory.

    \b
    Examples:
      mlopsgen explain GPU001
      mlopsgen explain 'models.*.scale.metric'
      mlopsgen explain model mistral-7b
      mlopsgen explain generated/dev/helm/mlflow.yaml:2
      mlopsgen explain flow iris-training mlflow

    Exits with 1 when the platform has errors, and with 2 when there is no such thing.
    """
    later("mlopsgen.cli.say").explain(**given)


main.add_command(completion)
main.add_command(diff)
main.add_command(doctor)
main.add_command(fix)
main.add_command(fmt)
main.add_command(graph)
main.add_command(import_)
main.add_command(init)
main.add_command(lock)
main.add_command(migrate)
main.add_command(promote)
main.add_command(record)
main.add_command(report)
main.add_command(run_local)
main.add_command(show)
main.add_command(test)

for _command in (main, *main.commands.values()):
    # Raw docstrings spell click's mark of a paragraph that keeps its lines, a backspace, as text.
    _command.help = (_command.help or "").replace(r"\b", "\b")


def program() -> None:
    """Run the command line and end the process at once.

    Nothing is left to do after a command but to free a hundred thousand values one by one, which
    takes a fifth of a small build. Nearly all of them live to the end: looking for garbage on the
    way takes another fifth of a large one and finds none.
    """
    gc.disable()
    sys.excepthook = bug
    # Pydantic would look through every installed package for plugins and let them change what is
    # taken for right; a build depends on nothing but the project and mlopsgen.
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
    code: int | str | None = 0
    try:
        main(prog_name="mlopsgen")
    except SystemExit as exit_:
        code = exit_.code
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):  # told when it was printed
            if stream is not None:  # as it is when the shell has closed it
                stream.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))
