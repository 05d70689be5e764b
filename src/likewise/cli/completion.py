"""``likewise completion``: commands and options at the press of Tab."""

from __future__ import annotations

import sys

import click
from click.shell_completion import ShellComplete, get_completion_class

from likewise.cli._options import json_option
from likewise.cli._text import answer, note, say

_INSTALL = {
    "bash": 'add to ~/.bashrc: eval "$(likewise completion bash)"',
    "zsh": 'add to ~/.zshrc, after compinit: eval "$(likewise completion zsh)"',
    "fish": "run once: likewise completion fish > ~/.config/fish/completions/likewise.fish",
}


@click.command("completion")
@click.argument("shell", metavar="bash|zsh|fish", type=click.Choice(list(_INSTALL)))
@json_option
def command(shell: str, as_json: bool) -> None:
    """Print a script with which a shell completes commands, options and files.

    Its first line says where it goes. For bash 4.4 or newer, zsh and fish.

    Example: likewise completion bash
    """
    kind = get_completion_class(shell)
    assert kind is not None
    complete = kind(
        click.get_current_context().find_root().command, {}, "likewise", "_LIKEWISE_COMPLETE"
    )
    script = ShellComplete.source(complete)  # bash's own starts the bash of this machine first
    if as_json:
        answer({"shell": shell, "install": _INSTALL[shell], "script": script})
        return
    say(f"# {_INSTALL[shell]}\n{script}")
    if sys.stdout.isatty():
        note(_INSTALL[shell])
