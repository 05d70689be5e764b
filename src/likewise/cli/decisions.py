"""``likewise decisions``."""

from __future__ import annotations

from pathlib import Path

import click

from likewise.cli._shared import json_option, opened, workspace_option
from likewise.cli._text import answer, note, say


@click.command("decisions")
@click.option("--to", metavar="PLACE",
              help="postgresql://user@host/db#NAME, or 'local': the workspace itself.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Only count what would be added there.")
@workspace_option
@json_option
def command(to: str | None, dry_run: bool, workspace: Path | None, as_json: bool) -> None:
    """Say where answers and concepts are kept, or keep them in PostgreSQL from now on.

    A team that keeps them in one place sees one another's answers at once. What is there already
    stays; this workspace's decisions are added to it. LIKEWISE_DECISIONS=ADDRESS names another
    place for one command, without moving anything.

    Example: likewise decisions --to postgresql://ana@db/team#photos
    """
    from likewise.maintenance.sharing import move_decisions, place_of

    with opened(workspace) as place:
        if to is None:
            if as_json:
                answer({"place": place_of(place)})
            else:
                say(place_of(place))
            return
        report = move_decisions(place, to, dry_run)
    for remark in report.remarks:
        note(remark)
    if as_json:
        answer({**report.to_json(), "dry_run": dry_run})
        return
    parts = [
        f"{count} {word}"
        for word in ("answers", "concepts", "rounds", "audits")
        if (count := getattr(report, word))
    ]
    lead = "would be kept" if dry_run else "kept"
    say(f"decisions {lead} in {report.place}: {', '.join(parts) or 'nothing'} added")
