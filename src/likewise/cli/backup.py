"""``likewise backup``."""

from __future__ import annotations

from pathlib import Path

import click

from likewise.cli._shared import json_option, workspace_option
from likewise.cli._text import answer, say


@click.command("backup")
@click.argument("to", type=click.Path(path_type=Path), metavar="FILE|FOLDER")
@workspace_option
@json_option
def command(to: Path, workspace: Path | None, as_json: bool) -> None:
    """Write all that people decided into one file: answers, concepts, rules, outside examples.

    Others may go on working meanwhile. Vectors and thumbnails are left out: they are made again
    from the images. Put it back with likewise restore.

    Example: likewise backup ~/backups
    """
    from likewise.maintenance.backups import back_up_workspace
    from likewise.workspace import find_workspace

    backup = back_up_workspace(find_workspace(workspace), to)
    if as_json:
        answer(backup.to_json())
    else:
        say(
            f"{backup.path}: {backup.answers} answers about {len(backup.concepts)} concept(s), "
            f"{len(backup.files)} files"
        )
