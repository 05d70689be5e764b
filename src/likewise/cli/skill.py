"""``likewise skill install``."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import click

from likewise.cli._options import json_option
from likewise.cli._output import check_output, overwrite_option
from likewise.cli._text import answer, note, say
from likewise.core.output_files import complete_file

_DEFAULT = Path(".agents") / "skills"


@click.group("skill")
def command() -> None:
    """Tell an agent how to work with likewise."""


@command.command("install")
@click.option("--to", "folder", type=click.Path(path_type=Path), default=_DEFAULT,
              show_default=True, help="Folder of skills that your agent reads.")  # fmt: skip
@overwrite_option
@json_option
def install(folder: Path, as_json: bool) -> None:
    """Write a skill file: plan first, look at pages, ask before changing, stop by the status.

    It becomes likewise/SKILL.md in the folder, which agents read by themselves. Connect the tools
    with likewise mcp.

    Example: likewise skill install --to ~/.agents/skills
    """
    target = folder / "likewise" / "SKILL.md"
    text = (files("likewise.server.mcp") / "skill" / "SKILL.md").read_text("utf-8")
    is_current = target.is_file() and target.read_text("utf-8", "replace") == text
    if not is_current:
        check_output(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        with complete_file(target) as part:
            part.write_text(text, "utf-8")
    if as_json:
        answer({"file": str(target), "written": not is_current})
        return
    say(f"file: {target}{' (current already)' if is_current else ''}")
    note("connect the tools with: likewise mcp --root FOLDER")
