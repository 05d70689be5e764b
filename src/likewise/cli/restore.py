"""``likewise restore``."""

from __future__ import annotations

from pathlib import Path

import click

from likewise.cli._shared import json_option
from likewise.cli._text import answer, note, say
from likewise.errors import command_line


@click.command("restore")
@click.argument("backup", type=click.Path(path_type=Path), metavar="FILE")
@click.option("-w", "--workspace", type=click.Path(path_type=Path),
              help="The new workspace; the old one's name, here, unless given.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Only check the file and say what it holds.")
@json_option
def command(backup: Path, workspace: Path | None, dry_run: bool, as_json: bool) -> None:
    """Make a workspace of a backup; every part is checked before it is put anywhere.

    Then index the images again: their vectors are not in the backup. Answers find their
    pictures by content.
    """
    from likewise.maintenance.restoring import read_backup, restore_workspace, workspace_in

    target = workspace or Path(workspace_in(backup))
    held = read_backup(backup) if dry_run else restore_workspace(backup, target)
    if as_json:
        answer({**held.to_json(), "restored_to": None if dry_run else str(target)})
        return
    say(
        f"{held.answers} answers about {len(held.concepts)} concept(s), made {held.made_at}: "
        + ("nothing was written" if dry_run else f"restored to {target}")
    )
    if not dry_run:
        note(
            f"now make the vectors again: {command_line('index', 'FOLDER', '--workspace', target)}"
        )
