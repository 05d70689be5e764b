"""Writes docs/reference/cli.md from the commands' own --help.

Run: python scripts/make_cli_reference.py
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from likewise.cli import commands

TARGET = Path(__file__).parent.parent / "docs" / "reference" / "cli.md"


def reference() -> str:
    """The whole page."""
    lines = [
        "# Commands",
        "",
        "Made from the commands' own `--help` by `scripts/make_cli_reference.py`.",
        "",
    ]
    for path, command in _all("likewise", commands):
        context = click.Context(
            command, info_name=path, max_content_width=88, help_option_names=["-h", "--help"]
        )
        lines += [f"## {path}", "", "```", command.get_help(context), "```", ""]
    return "\n".join(lines)


def _all(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None:
                yield from _all(f"{path} {name}", inner)


if __name__ == "__main__":
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(reference())
