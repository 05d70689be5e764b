"""``likewise decisions``, ``backup`` and ``restore``: where people's answers are kept."""

from __future__ import annotations

from pathlib import Path

import click

from likewise.cli._options import json_option, workspace_option
from likewise.cli._shared import counts_of, opened
from likewise.cli._text import answer, note, say
from likewise.errors import command_line


@click.command("decisions")
@click.option("--to", metavar="PLACE",
              help="postgresql://user@host/db#NAME, or 'local': the workspace itself.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Only count what would be added there.")
@workspace_option
@json_option
def command(to: str | None, dry_run: bool, workspace_path: Path | None, as_json: bool) -> None:
    """Say where answers and concepts are kept, or keep them in PostgreSQL from now on.

    A team that shares a database sees one another's answers with the next page or command. What
    is there already stays; this workspace's decisions are added to it.
    LIKEWISE_DECISIONS=ADDRESS names another database for one command, without moving anything.

    Example: likewise decisions --to postgresql://ana@db/team#photos
    """
    from likewise.maintenance.shared_decisions import location_of, move_decisions

    with opened(workspace_path) as workspace:
        if to is None:
            if as_json:
                answer({"place": location_of(workspace)})
            else:
                say(location_of(workspace))
            return
        report = move_decisions(workspace, to, dry_run)
    for remark in report.remarks:
        note(remark)
    if as_json:
        answer({**report.to_json(), "dry_run": dry_run})
        return
    counts = counts_of(report, "answers", "concepts", "rounds", "audits", "views", "label_sets")
    lead = "would be kept" if dry_run else "kept"
    say(f"decisions {lead} in {report.place}: {counts} added")


@click.command("backup")
@click.argument("to", type=click.Path(path_type=Path), metavar="FILE|FOLDER")
@workspace_option
@json_option
def backup(to: Path, workspace_path: Path | None, as_json: bool) -> None:
    """Write all that people decided into one file: answers, concepts, rules, outside examples.

    Others may go on working meanwhile. Vectors and thumbnails are left out: they are made again
    from the images. Put it back with likewise restore.

    Example: likewise backup ~/backups
    """
    from likewise.maintenance.backups import back_up_workspace
    from likewise.workspace import find_workspace

    backup = back_up_workspace(find_workspace(workspace_path), to)
    if as_json:
        answer(backup.to_json())
    else:
        say(
            f"{backup.path}: {backup.answers} answers about {len(backup.concepts)} concept(s), "
            f"{len(backup.files)} files"
        )


@click.command("restore")
@click.argument("backup", type=click.Path(path_type=Path), metavar="FILE")
@click.option("-w", "--workspace", "workspace_path", type=click.Path(path_type=Path),
              help="The new workspace; the old one's name, here, unless given.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Only check the file and say what it holds.")
@json_option
def restore(backup: Path, workspace_path: Path | None, dry_run: bool, as_json: bool) -> None:
    """Make a workspace of a backup; every part is checked before it is put anywhere.

    Then index the images again: their vectors are not in the backup. Answers find their
    pictures by content.
    """
    from likewise.maintenance.restore import read_backup, restore_workspace, workspace_in

    target = workspace_path or Path(workspace_in(backup))
    contents = read_backup(backup) if dry_run else restore_workspace(backup, target)
    if as_json:
        answer({**contents.to_json(), "restored_to": None if dry_run else str(target)})
        return
    say(
        f"{contents.answers} answers about {len(contents.concepts)} concept(s), "
        f"made {contents.made_at}: "
        + ("nothing was written" if dry_run else f"restored to {target}")
    )
    if not dry_run:
        note(
            f"now make the vectors again: {command_line('index', 'FOLDER', '--workspace', target)}"
        )
