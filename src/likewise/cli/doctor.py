"""``likewise doctor``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from likewise.cli._shared import answer, json_option, opened, workspace_option


@click.command("doctor")
@click.option("--repair", is_flag=True, help="Make again what is derived from the vectors.")
@click.option("--dry-run", is_flag=True, help="With --repair: only say what would be done.")
@click.option("--no-files", is_flag=True, help="Do not look at the image files.")
@workspace_option
@json_option
def command(
    repair: bool, dry_run: bool, no_files: bool, workspace: Path | None, as_json: bool
) -> None:
    """Check a workspace: decisions, vectors, encoder, rules, files. Exit code 1 on a problem."""
    from likewise.doctor import examine
    from likewise.doctor import repair as mend
    from likewise.workspace import writer_lock

    with opened(workspace) as place:
        done: list[str] = []
        if repair and dry_run:
            done = ["would make the scan codes again"]
        elif repair:
            with writer_lock(place.path):
                done = mend(place)
        findings = examine(place, files=not no_files)
    if as_json:
        answer({"repaired": done, "findings": [asdict(finding) for finding in findings]})
    else:
        for line in done:
            click.echo(line)
        for finding in findings:
            click.echo(f"{finding.state:<8} {finding.check:<14} {finding.detail}")
    if any(finding.state == "problem" for finding in findings):
        raise click.exceptions.Exit(1)
