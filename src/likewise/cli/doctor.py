"""``likewise doctor``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from likewise.cli._options import json_option, workspace_option
from likewise.cli._shared import opened
from likewise.cli._text import answer, note, say
from likewise.errors import command_line

if TYPE_CHECKING:
    from likewise.maintenance.doctor import Finding


@click.command("doctor")
@click.option(
    "--repair", is_flag=True, help="Make again what can be; of a damaged database, put a copy back."
)
@click.option("--dry-run", is_flag=True, help="With --repair: only say what would be done.")
@click.option("--yes", is_flag=True, help="With --repair: replace a damaged database.")
@click.option("--recall", is_flag=True, help="Compare the search with exact scores, and time it.")
@click.option("--no-files", is_flag=True, help="Do not look at the image files.")
@workspace_option
@json_option
def command(
    repair: bool,
    dry_run: bool,
    yes: bool,
    recall: bool,
    no_files: bool,
    workspace_path: Path | None,
    as_json: bool,
) -> None:
    """Check a workspace: decisions, vectors, encoder, rules, files. Exit code 1 on a problem.

    It also puts a copy of the decisions beside them. Of a damaged database, --repair
    first says which copy is sound; with --yes it puts that back, and keeps the damaged file.
    """
    from likewise.core.files import WORKSPACE_FILE
    from likewise.maintenance.database_recovery import put_back_copy
    from likewise.maintenance.doctor import (
        damaged_database,
        examine,
        keep_copy,
        recall_of_search,
    )
    from likewise.maintenance.doctor import repair as mend
    from likewise.workspace import find_workspace, writer_lock
    from likewise.workspace.backup import loss, refuse_no_file
    from likewise.workspace.damage import damage

    folder = find_workspace(workspace_path)
    database = folder / WORKSPACE_FILE
    done: list[str] = []
    refuse_no_file(database)
    trouble = loss(database) or (damage(database) if database.is_file() else None)
    if trouble:
        if repair:
            with writer_lock(folder):
                done = put_back_copy(database, dry_run=dry_run or not yes)
        if not repair or dry_run or not yes:
            _tell(done, [damaged_database(database, trouble)], as_json)
            if repair and not dry_run:
                note(
                    "nothing was changed; to do this: "
                    + command_line("doctor", "--repair", "--yes", "--workspace", folder)
                )
            raise click.exceptions.Exit(1)
    with opened(folder) as workspace:
        if repair and dry_run:
            done += ["would make the scan codes and the neighbour graph again"]
        elif repair:
            with writer_lock(workspace.path):
                done += mend(workspace)
        findings = [*examine(workspace, files=not no_files), keep_copy(workspace)]
        findings += recall_of_search(workspace) if recall else []
    _tell(done, findings, as_json)
    if any(finding.state == "problem" for finding in findings):
        raise click.exceptions.Exit(1)


def _tell(done: list[str], findings: list[Finding], as_json: bool) -> None:
    if as_json:
        answer({"repaired": done, "findings": [asdict(finding) for finding in findings]})
        return
    for line in done:
        say(line)
    for finding in findings:
        say(f"{finding.state:<8} {finding.check:<14} {finding.detail}")
