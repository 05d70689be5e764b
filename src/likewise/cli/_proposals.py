"""``likewise labels accept``: what an agent proposed becomes a person's answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from likewise.cli._options import json_option, workspace_option
from likewise.cli._output import output_option
from likewise.cli._shared import opened, read_ids
from likewise.cli._text import answer, note, say, say_row
from likewise.errors import command_line
from likewise.workspace import Workspace

if TYPE_CHECKING:
    from likewise.workspace.machine_labels import MachineLabel


@click.command("accept")
@click.argument("concept")
@click.option("--round", "number", type=int, metavar="ROUND", help="Only proposals of this round.")
@click.option("--except", "exceptions", metavar="FILE",
              help="Ids to leave out, one a line; - for standard input.")  # fmt: skip
@output_option("--sheet", kind="picture", help="Also make a picture of the proposals.")
@click.option("--who", help="Who accepts; you unless given.")
@click.option("--dry-run", is_flag=True, help="Only list what would be recorded.")
@workspace_option
@json_option
def command(
    concept: str,
    number: int | None,
    exceptions: str | None,
    sheet: Path | None,
    who: str | None,
    dry_run: bool,
    workspace_path: Path | None,
    as_json: bool,
) -> None:
    """Record the answers that an agent proposed about CONCEPT as yours.

    Look at them first: with --dry-run --sheet, or in likewise review and likewise serve, which
    show them before anything else. What is left out stays proposed; likewise propagate undo
    ROUND takes a whole round of proposals back.

    Example: likewise labels accept barn --dry-run --sheet proposed.png
    """
    from likewise.review.proposals import accept_proposals, proposed_verdict, select_proposals

    without = [] if exceptions is None else read_ids(exceptions)
    with opened(workspace_path) as workspace:
        proposals = select_proposals(workspace, concept, number, without)
        if sheet is not None:
            _draw(workspace, proposals, sheet)
        if not dry_run:
            accept_proposals(workspace, concept, proposals, who)
    counts = Counter(proposed_verdict(label) for label in proposals.values())
    if as_json:
        rows = [
            {"id": item, "verdict": proposed_verdict(label), "round": label.round}
            for item, label in proposals.items()
        ]
        answer({"concept": concept, "counts": counts, "dry_run": dry_run, "proposals": rows})
        return
    if dry_run:
        for item, label in proposals.items():
            say_row(item, proposed_verdict(label), f"round {label.round}")
    summary = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
    say(f"{concept}: {summary or 'nothing'} {'would be recorded' if dry_run else 'recorded'}")
    if not dry_run:
        note(f"take them back with: {command_line('labels', 'undo', concept, '--last')}")


def _draw(workspace: Workspace, proposals: Mapping[str, MachineLabel], sheet: Path) -> None:
    from likewise.images.drawing import save_picture
    from likewise.review.proposals import proposed_verdict
    from likewise.workspace.contact_sheet import verdict_sheet

    verdicts = {item: proposed_verdict(label) for item, label in proposals.items()}
    save_picture(verdict_sheet(workspace, verdicts), sheet)
    note(f"picture of {len(proposals)} proposals: {sheet}")
