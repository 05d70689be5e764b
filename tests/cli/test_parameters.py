"""Every command takes exactly the options that it declares, under the names of its function."""

from __future__ import annotations

import inspect

import click
import pytest
from command_tree import every_command

COMMANDS = {
    " ".join(names): command
    for names, command in every_command()
    if not isinstance(command, click.Group)
}


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
