"""``likewise encoders use``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from likewise.cli._options import json_option, workspace_option
from likewise.cli._shared import progress_bar
from likewise.cli._text import answer, note, say
from likewise.errors import command_line
from likewise.workspace import find_workspace

if TYPE_CHECKING:
    from likewise.encoders._measure import Speed
    from likewise.encoders.base import Encoder
    from likewise.indexing.reindexing.plan import ReindexPlan


@click.command("use")
@click.argument("name")
@click.option("--dry-run", is_flag=True, help="Show the plan, and do nothing.")
@click.option("--seconds", type=click.FloatRange(0, min_open=True), default=3.0,
              show_default=True, help="How long to time the encoder for the plan.")  # fmt: skip
@click.option("--workers", type=click.IntRange(1), help="Threads that decode; one a core.")
@workspace_option
@json_option
def use_command(
    name: str,
    dry_run: bool,
    seconds: float,
    workers: int | None,
    workspace_path: Path | None,
    as_json: bool,
) -> None:
    """Move the workspace to encoder NAME: first the plan, then likewise reindex.

    The plan says how many images are encoded again, how long that takes on this machine, how
    much room the vectors take, what stays and which rules are learned again. Stop it at any
    time: the workspace has its old encoder until all is done, and the same command goes on.

    Example: likewise encoders use siglip2-base --dry-run
    """
    from likewise.encoders._measure import measure
    from likewise.indexing.reindexing import reindex
    from likewise.indexing.reindexing.plan import plan_reindex

    def measured(encoder: Encoder) -> Speed:
        return measure(encoder, seconds)

    path = find_workspace(workspace_path)
    plan = plan_reindex(path, name, measured)
    facts: dict[str, Any] = {"plan": plan.to_json()}
    if not as_json:
        for line in _lines(plan):
            (say if dry_run else note)(line)
    if not dry_run:
        with progress_bar("img", quiet=as_json) as bar:
            report = reindex(path, name, workers=workers, progress=bar)
        facts["report"] = report.to_json()
        if not as_json:
            from likewise.cli.reindex import say_report

            say_report(report)
    if as_json:
        answer(facts)


def _lines(plan: ReindexPlan) -> list[str]:
    lines = [f"{plan.workspace}: from {plan.before} to {plan.encoder}, {plan.dim:,} columns"]
    if plan.before == plan.encoder and not plan.to_encode:
        return [f"{plan.workspace} has the encoder {plan.encoder} already"]
    if plan.images_a_second is not None:
        squares = f", {plan.vectors_an_image} vectors each" if plan.vectors_an_image > 1 else ""
        lines.append(
            f"to encode: {plan.to_encode:,} of {plan.images:,} images{squares}, about "
            f"{plan.seconds / 60:,.1f} minutes at {plan.images_a_second:,.1f} images/s"
        )
    if plan.calculated:
        lines.append(f"to calculate from the vectors here: {plan.calculated:,} images")
    if plan.ready:
        lines.append(f"encoded by an earlier run: {plan.ready:,} images")
    drop = command_line("reindex", "--drop-old")
    lines.append(
        f"room: about {plan.new_bytes / 1e6:,.1f} MB for the new vectors; the old ones stay, "
        f"{plan.old_bytes / 1e6:,.1f} MB, until: {drop}"
    )
    lines.append(f"kept: {plan.answers:,} answers, and the examples and words of every concept")
    if plan.learned_again:
        lines.append(f"learned again: {', '.join(plan.learned_again)}")
    lines += [
        f"not learned again: {concept}, which keeps its old rule: {why}"
        for concept, why in plan.unread_words.items()
    ]
    return lines
