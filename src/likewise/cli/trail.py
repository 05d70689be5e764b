"""``likewise trail``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from likewise.cli._shared import json_option, opened, workspace_option
from likewise.cli._text import answer, note, say_row


@click.command("trail")
@click.option("--who", help="Only of this person.")
@click.option("--about", metavar="NAME", help="Only about this concept, item, folder or job.")
@click.option("--refused", is_flag=True, help="Only what was refused for want of a role.")
@click.option("--last", type=click.IntRange(0), default=50, show_default=True,
              help="How many, at most; 0 is all.")  # fmt: skip
@workspace_option
@json_option
def command(
    who: str | None,
    about: str | None,
    refused: bool,
    last: int,
    workspace: Path | None,
    as_json: bool,
) -> None:
    """Say who asked the web app to change what, and how it was answered; the newest last.

    One line a request: time, person, role, status, request. Refusals have status 403. What was
    answered about images is in the log of answers, with names too: likewise labels list.

    Example: likewise trail --who ben --refused
    """
    with opened(workspace) as place:
        entries = [
            entry
            for entry in place.trail.entries()
            if who in (None, entry.who)
            and (about is None or about in entry.target.values())
            and (not refused or entry.status == 403)
        ]
    shown = entries[-last:] if last else entries
    if as_json:
        answer([asdict(entry) for entry in shown])
        return
    for entry in shown:
        more = f" (and {entry.unwritten} more before)" if entry.unwritten else ""
        say_row(entry.at, entry.who, entry.role, entry.status, f"{entry.asked}{more}")
    if not shown:
        note("there is nothing like that in the trail")
    elif len(shown) < len(entries):
        note(f"the newest {len(shown)} of {len(entries)}; --last 0 shows all")
