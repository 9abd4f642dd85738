"""Shell completion."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    r"""Print the completion script of SHELL.

    \b
    Examples:
      mlopsgen completion bash > ~/.local/share/bash-completion/completions/mlopsgen
      mlopsgen completion fish > ~/.config/fish/completions/mlopsgen.fish
    """
    found = get_completion_class(shell)
    root = context.find_root().command
    if found is not None:
        click.echo(found(root, {}, "mlopsgen", "_MLOPSGEN_COMPLETE").source())
