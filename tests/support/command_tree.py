"""Every command of the command line, for tests that hold for all of them."""

from __future__ import annotations

from collections.abc import Iterator

import click

from likewise.cli import commands


def every_command() -> list[tuple[tuple[str, ...], click.Command]]:
    """Each command and each group of commands, with the words to type after `likewise`."""
    # click keeps the names of a command's help option from the first context that asks for them.
    root = click.Context(commands, info_name="likewise", help_option_names=["-h", "--help"])
    return list(_below(commands, root, ()))


def _below(
    group: click.Group, context: click.Context, names: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*names, name), command
        if isinstance(command, click.Group):
            yield from _below(command, context, (*names, name))
