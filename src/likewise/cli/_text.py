"""The output of commands: all of it is printed here, without characters that steer a terminal."""

from __future__ import annotations

import io
from typing import Any

import click

from likewise.core.escaping import escaped, json_text, printable


def say(text: str, nl: bool = True) -> None:
    """Print lines of text to standard output."""
    click.echo(printable(text), nl=nl)


def say_row(*cells: object) -> None:
    """Print one line of fields separated by tabs, each of them escaped."""
    click.echo("\t".join(escaped(str(cell)) for cell in cells))


def note(text: str) -> None:
    """Print lines of text to standard error."""
    click.echo(printable(text), err=True)


def note_error(error: object) -> None:
    """Print what went wrong to standard error, on one line whatever names are in it."""
    line = str(error).replace("\n", "\\u{a}")
    note(f"likewise: {line}")


def answer(value: Any) -> None:
    """Print one JSON document."""
    click.echo(json_text(value, indent=2))


def answer_line(value: Any) -> None:
    """Print one JSON document on one line."""
    click.echo(json_text(value))


def note_mistake(error: click.ClickException) -> None:
    """Print a mistake in the command line to standard error, as click words it."""
    text = io.StringIO()
    error.show(text)
    note(text.getvalue().rstrip("\n"))
