"""Flags and help of a command, made from a part: a dataclass whose fields are its options."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable
from dataclasses import MISSING, Field
from typing import Any

import click

from likewise.errors import BadInputError

OWN = "own_"
"""Before a field's name in what a command is called with, so that it meets no other option."""


def help_of(kind: type) -> str:
    """The docstring without its example; the options keep their lines."""
    text = inspect.cleandoc(kind.__doc__ or "").partition("\n\nExample:")[0]
    told, _, options = text.partition("\n\nAttributes:\n")
    return f"{told}\n\n\b\n{textwrap.dedent(options)}" if options else told


def option_of(field: Field[Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A flag for a field: its default tells its type, numbers in a mapping are NAME=NUMBER."""
    flag = f"--{field.name.replace('_', '-')}"
    own = f"{OWN}{field.name}"
    default = field.default
    if isinstance(default, bool):
        return click.option(f"{flag}/--no-{flag[2:]}", own, default=None)
    if isinstance(default, int | float):
        return click.option(flag, own, type=type(default), default=None)
    if default is None:
        return click.option(flag, own, type=float, default=None)
    if isinstance(default, tuple):
        return click.option(flag, own, multiple=True, metavar="NAME")
    if default is MISSING:
        return click.option(flag, own, multiple=True, metavar="NAME=NUMBER")
    return click.option(flag, own, default=None)


def value_of(field: Field[Any], value: Any) -> Any:
    """A field's value from what was given for its flag; None where nothing was.

    Raises:
        BadInputError: something that is no NAME=NUMBER where such is wanted.
    """
    if isinstance(value, tuple):
        if not value:
            return None
        return value if field.default is not MISSING else _numbers(field.name, value)
    return value


def _numbers(name: str, pairs: tuple[str, ...]) -> dict[str, float]:
    found: dict[str, float] = {}
    for pair in pairs:
        key, _, number = pair.rpartition("=")
        try:
            value = float(number)
        except ValueError:
            key = ""
        if not key:
            raise BadInputError(f"--{name} {pair} cannot be read; write NAME=NUMBER")
        found[key] = int(value) if name == "quotas" else value
    return found
