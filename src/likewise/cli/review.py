"""``likewise review``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from likewise.cli._options import json_option, where_option, workspace_option
from likewise.cli._output import check_output, output_option
from likewise.cli._shared import opened, progress_bar
from likewise.cli._text import answer, note, say
from likewise.core.escaping import escaped
from likewise.errors import BadInputError

if TYPE_CHECKING:
    from likewise.review.session import Batch, Session
    from likewise.workspace import Workspace

_HELP = (
    "Type the numbers of those that show it (1 3-7), all or none; the rest is a no. "
    "? before a number is unsure; u undoes, q ends."
)


@click.command("review")
@click.argument("concept")
@click.option("--simulate", type=click.Path(path_type=Path), metavar="FILE",
              help="Answer from this table (id, verdict), and keep nothing.")  # fmt: skip
@click.option(
    "--pages", type=click.IntRange(1), help="End after this many pages; 5 when simulated."
)
@output_option("--to", metavar="FILE.html",
               help="Write one page to a file that somebody else answers, and end.")  # fmt: skip
@click.option("--page-size", type=click.IntRange(1, 1000), default=20, show_default=True,
              help="Images on a page.")  # fmt: skip
@click.option("--order", "picker", default="mixed", show_default=True,
              help="What is shown: mixed, most_alike, unsure, varied, random_audit.")  # fmt: skip
@click.option("--audit", type=click.IntRange(1), metavar="LOOKS",
              help="Answer this many random images, to estimate how many show it.")  # fmt: skip
@where_option
@click.option("--rule", "learner", default="best", show_default=True, help="Learner of the rule.")
@click.option("--error-rate", type=click.FloatRange(0, 1, max_open=True), default=0.0,
              show_default=True, help="Share of simulated answers that are wrong.")  # fmt: skip
@click.option("--seed", default=0, show_default=True, help="Seed of the random draws.")
@output_option("--sheet", kind="picture",
               help="Where each page's numbered pictures go; review.png unless given.")  # fmt: skip
@click.option("--who", help="Who answers; you unless given.")
@workspace_option
@json_option
def command(
    concept: str,
    simulate: Path | None,
    pages: int | None,
    to: Path | None,
    page_size: int,
    picker: str,
    audit: int | None,
    where: str | None,
    learner: str,
    error_rate: float,
    seed: int,
    sheet: Path | None,
    who: str | None,
    workspace_path: Path | None,
    as_json: bool,
) -> None:
    """Look at pages of candidates for CONCEPT and answer; the rule follows.

    Each page is written as one numbered picture. Every answer is kept before the next page is
    asked for. likewise serve does the same in a browser, and faster.

    With --to the page is a file for somebody who has no likewise: it opens in any browser, takes
    yes and no by key, and gives back a small JSON for likewise labels import.

    Example: likewise review barn --to barn.html --page-size 100
    """
    if where is not None and (simulate is not None or audit is not None):
        raise BadInputError(
            "--where chooses what the pages show; --audit and --simulate look at all images"
        )
    with opened(workspace_path) as workspace:
        if simulate is not None:
            _rehearse(
                workspace, concept, simulate, pages or 5, page_size, picker, learner, error_rate,
                seed, as_json,
            )  # fmt: skip
            return
        from likewise.review.session import Session

        if as_json and to is None:
            raise BadInputError(
                "--json goes with --simulate and --to; to answer, look at the pages"
            )
        with Session(
            workspace,
            concept,
            learner=learner,
            picker=picker,
            page_size=page_size,
            who=who,
            seed=seed,
        ) as session:
            if to is not None:
                _hand_out(session, to, where, as_json)
                return
            if sheet is None:
                sheet = Path("review.png")
                check_output(sheet)
            _answer_pages(session, sheet, pages, audit, where)


def _rehearse(
    workspace: Workspace,
    concept: str,
    truth: Path,
    pages: int,
    page_size: int,
    picker: str,
    learner: str,
    error_rate: float,
    seed: int,
    as_json: bool,
) -> None:
    from likewise.concepts.label_files import read_verdicts
    from likewise.simulate.rehearsal import rehearse

    steps = rehearse(
        workspace,
        concept,
        dict(read_verdicts(truth)),
        pages=pages,
        page_size=page_size,
        picker=picker,
        learner=learner,
        error_rate=error_rate,
        seed=seed,
    )
    if as_json:
        answer([vars(step) for step in steps])
        return
    say("page  looked at  yes on page  found     advice")
    for step in steps:
        found = f"{step.found} of {step.to_find}"
        say(f"{step.page:>4}  {step.looks:>9}  {step.yes:>11}  {found:<9} {step.advice}")


def _hand_out(session: Session, to: Path, where: str | None, as_json: bool) -> None:
    from likewise.review.handout import write_handout

    with progress_bar("images", quiet=as_json) as bar:
        batch = session.next_batch(where=where)
        made = write_handout(session, batch, to, overwrite=True, progress=bar)
    for item in made.left_out:
        note(f"{escaped(item)}: its picture cannot be read, left out")
    if as_json:
        answer(made.to_json())
        return
    say(f"file: {made.file} ({made.images} images, {made.bytes / 1e6:.1f} MB)")
    say("next: send it; what comes back goes in with: likewise labels import FILE")


def _answer_pages(
    session: Session, sheet: Path, pages: int | None, audit: int | None, where: str | None
) -> None:
    from likewise.review.estimate.audit import begin_audit
    from likewise.review.estimate.estimates import Estimates
    from likewise.review.status import status_of
    from likewise.rules.answered_pages import AUDIT

    if audit is not None:
        batch = begin_audit(session, audit)
        if _answer(session, batch, sheet, AUDIT):
            say(status_of(session).to_text())
        return
    shown = 0
    while pages is None or shown < pages:
        batch = session.next_batch(where=where)
        if not len(batch):
            say(f"every image{'' if where is None else ' that meets the condition'} was answered")
            break
        if not _answer(session, batch, sheet, "page"):
            break
        shown += 1
        say(Estimates(session).advice.sentence)
    session.save_rule()
    say(status_of(session).to_text())


def _answer(session: Session, batch: Batch, sheet: Path, source: str) -> bool:
    """Show one page and keep its answers; False when the person wants to end."""
    from likewise.images.drawing import save_picture
    from likewise.review.proposals import open_proposals, proposed_verdict
    from likewise.review.typed_answers import read_verdicts, typed_verdicts
    from likewise.workspace.contact_sheet import numbered_sheet

    boxes = session.boxes(batch.ids)
    save_picture(numbered_sheet(session.workspace, batch.ids, batch.scores.tolist(), boxes), sheet)
    for number, (item, score) in enumerate(zip(batch.ids, batch.scores, strict=True), 1):
        say(f"{number:>4}  {score:.3f}  {escaped(item)}")
    note(f"pictures: {sheet}. {_HELP}")
    proposals = open_proposals(session.workspace, session.concept)
    proposed = [proposed_verdict(proposals[x]) if x in proposals else "no" for x in batch.ids]
    if any(item in proposals for item in batch.ids):
        note(f"an agent proposes: {typed_verdicts(proposed)}")
    elif batch.asked:
        note(f"label propagation asks about the first {batch.asked} of them")
    while True:
        try:
            typed = click.prompt("which show it", prompt_suffix="? ", err=True).strip()
        except click.Abort:
            if not sys.stdin.isatty():  # the end of a script's answers is an end like any other
                return False
            raise
        if typed == "q":
            return False
        if typed == "u":
            undone = session.undo()
            note("nothing is left to undo" if undone is None else "the last action is taken back")
            continue
        try:
            verdicts = read_verdicts(typed, len(batch))
        except BadInputError as error:
            note(str(error))
            continue
        session.answer(zip(batch.ids, verdicts, strict=True), source=source)
        return True
