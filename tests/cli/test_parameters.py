"""Every command takes exactly the options that it declares, under the names of its function."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click
import pytest

from likewise.cli import commands


def all_commands(group: click.Group, context: click.Context) -> Iterator[tuple[str, click.Command]]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        inner = click.Context(command, parent=context, info_name=name)
        if isinstance(command, click.Group):
            yield from all_commands(command, inner)
        else:
            yield inner.command_path, command


# click keeps the names of a command's help option from the first context that asks for them.
ROOT = click.Context(commands, info_name="likewise", help_option_names=["-h", "--help"])
COMMANDS = dict(all_commands(commands, ROOT))


@pytest.mark.parametrize("path", COMMANDS)
def test_a_command_takes_what_it_declares(path: str) -> None:
    command = COMMANDS[path]
    assert command.callback is not None
    parameters = inspect.signature(command.callback).parameters
    declared = {each.name for each in command.params if each.expose_value}
    from_fields = {name for name in declared if name and name.startswith("field_")}
    if any(each.kind is each.VAR_KEYWORD for each in parameters.values()):
        return  # takes any option
    unknown = declared - from_fields - set(parameters)
    assert not unknown, f"{path} declares {unknown}, which its function does not take"
    if not from_fields:  # a function with options from fields also takes the record made of them
        missing = set(parameters) - declared
        assert not missing, f"the function of {path} takes {missing}, which no option gives"
