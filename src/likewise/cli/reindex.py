"""``likewise reindex``."""

from __future__ import annotations

from pathlib import Path

import click

from likewise.cli._options import json_option, workspace_option
from likewise.cli._shared import progress_bar
from likewise.cli._text import answer, note, say
from likewise.errors import BadInputError
from likewise.indexing.reindexing import ReindexReport

_MOST_SHOWN = 20


@click.command("reindex")
@click.option("--encoder", help="The new one; see: likewise encoders list.")
@click.option("--no-switch", is_flag=True, help="Only make its vectors, to compare with.")
@click.option("--drop-old", is_flag=True, help="Delete the vectors of other encoders.")
@click.option("--dry-run", is_flag=True, help="With --drop-old: only say what would be deleted.")
@click.option("--workers", type=click.IntRange(1), help="Threads that decode; one a core.")
@workspace_option
@json_option
def command(
    encoder: str | None,
    no_switch: bool,
    drop_old: bool,
    dry_run: bool,
    workers: int | None,
    workspace_path: Path | None,
    as_json: bool,
) -> None:
    """Move a workspace to another encoder.

    Every image is encoded anew beside the old vectors, every rule is learned again from its
    examples, words and answers, its quality before and after is shown, and then the workspace
    is switched. Stop it at any time; the same command goes on where it was.

    Example: likewise reindex --encoder siglip2-base
    """
    from likewise.indexing import reindexing
    from likewise.workspace import Workspace, find_workspace

    path = find_workspace(workspace_path)
    if encoder is None and not drop_old:
        raise BadInputError(
            "no encoder was named; give --encoder NAME (see: likewise encoders list)"
        )
    if drop_old and no_switch:
        raise BadInputError(
            "--drop-old after --no-switch would delete the new vectors; leave one out"
        )
    facts: dict[str, object] = {}
    if encoder is not None:
        with progress_bar("img", quiet=as_json) as bar:
            report = reindexing.reindex(
                path, encoder, switch=not no_switch, workers=workers, progress=bar
            )
        facts = report.to_json()
        if not as_json:
            say_report(report)
    if drop_old:
        if dry_run:
            with Workspace(path) as workspace:
                sets = workspace.vector_sets()
                old = [name for key, name in sets.items() if key != workspace.fingerprint]
        else:
            old = reindexing.drop_old(path)
        facts["dropped"] = old
        if not as_json:
            lead = "would drop the vectors of" if dry_run else "dropped the vectors of"
            say(f"{lead} {', '.join(old) or 'no encoder'}")
    if as_json:
        answer(facts)


def say_report(report: ReindexReport) -> None:
    """Print what a run did: images that could not be read, counts, and each concept's figures."""
    for lost in report.unreadable[:_MOST_SHOWN]:
        note(f"{lost.item}: {lost.reason}")
    parts = [f"{report.encoded} encoded", f"{report.kept} kept"]
    parts += [f"{report.mapped} worked out from the old vectors"] if report.mapped else []
    parts += [f"{len(report.unreadable)} unreadable"] if report.unreadable else []
    state = "switched to" if report.switched else "made vectors of"
    say(f"{report.workspace}: {state} {report.encoder}; {', '.join(parts)}")
    for moved in report.concepts:
        if moved.problem:
            say(f"{moved.concept}: not learned again: {moved.problem}")
            continue
        figures = ["-" if x is None else f"{x:.3f}" for x in (moved.before, moved.after)]
        say(
            f"{moved.concept}: average precision {figures[0]} before, {figures[1]} after; the old "
            f"and the new rule agree on {moved.agree} of {moved.taught} taught images"
        )
