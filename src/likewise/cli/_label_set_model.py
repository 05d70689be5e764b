"""``likewise labels sets learn|status|next``: one model over a label set."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from likewise.cli._options import json_option, set_option, workspace_option
from likewise.cli._output import output_option
from likewise.cli._shared import opened, percent, progress_bar
from likewise.cli._text import answer, note, say, say_row
from likewise.errors import command_line

if TYPE_CHECKING:
    from likewise.label_sets.queues import Queued
    from likewise.label_sets.status import SetStatus
    from likewise.workspace import Workspace

_QUEUES = ("teaching", "class", "between", "suspects", "new", "judged")
_WITHOUT_MODEL = ("new", "judged")
_SHARE = click.FloatRange(0, 1)


@click.command("learn")
@click.argument("name")
@click.option("--method", default="best", show_default=True,
              help="Method of likewise propagate; of tags, a rule of likewise learn.")  # fmt: skip
@set_option("An option of the method, such as alpha=0.8.")
@click.option("--min-confidence", type=_SHARE,
              help="Least probability of a label; .9 unless given.")  # fmt: skip
@click.option("--coverage", type=_SHARE,
              help="Accept this share of the unanswered images, the surest.")  # fmt: skip
@click.option("--judged", is_flag=True,
              help="Learn from judges too, once their audits are answered.")  # fmt: skip
@output_option("--out", metavar="FILE", help="Also write a .classifier file, for new images.")
@click.option("--dry-run", is_flag=True, help="Report only; record and write nothing.")
@workspace_option
@json_option
def learn(
    name: str,
    method: str,
    settings: dict[str, Any],
    min_confidence: float | None,
    coverage: float | None,
    judged: bool,
    out: Path | None,
    dry_run: bool,
    workspace_path: Path | None,
    as_json: bool,
) -> None:
    """Learn the label set NAME from people's answers, and label the images it is sure of.

    Machine labels are kept apart from people's, as one round that can be undone; it takes the
    place of the set's earlier round. Nothing is learned from them. Images that it is not sure of
    get none.

    Example: likewise labels sets learn machines --coverage .9
    """
    from likewise.label_sets.learning import learn_label_set, record_model
    from likewise.label_sets.status import status_of

    if out is not None:
        from likewise.core.classifier_file import check_classifier_path

        check_classifier_path(out)
    with opened(workspace_path) as workspace, progress_bar("classes", quiet=as_json) as bar:
        model = learn_label_set(
            workspace, name, method, min_confidence=min_confidence, coverage=coverage,
            options=settings, judged=judged, progress=bar,
        )  # fmt: skip
        status = status_of(model)
        number = None if dry_run else record_model(workspace, model)
        if out is not None and not dry_run:
            _write_classifier(workspace, name, coverage, out)
    if as_json:
        facts = {"round": number, "file": None if dry_run or out is None else str(out)}
        answer({**status.to_json(), **facts, "dry_run": dry_run})
        return
    _tell(status)
    if number is None:
        note("nothing was recorded (--dry-run)")
        return
    note(f"recorded as round {number}; take it back with: "
         f"{command_line('propagate', 'undo', number)}")  # fmt: skip
    if out is not None:
        say(f"file: {out}")
        note(f"new images: {command_line('classify', 'NEW_IMAGES', '--classifier', out)}")
    note(f"next: {command_line('export', '--label-set', name, '--to', 'FOLDER')}")


@click.command("status")
@click.argument("name")
@click.option("--min-confidence", type=_SHARE,
              help="Least probability of a label; the last one used unless given.")  # fmt: skip
@workspace_option
@json_option
def status(
    name: str, min_confidence: float | None, workspace_path: Path | None, as_json: bool
) -> None:
    """Show how far the label set NAME is: found, left and right, class by class.

    It learns from the answers as they are now and records nothing.

    Example: likewise labels sets status machines
    """
    from likewise.label_sets.learning import learn_again
    from likewise.label_sets.status import status_of

    with opened(workspace_path) as workspace, progress_bar("classes", quiet=as_json) as bar:
        found = status_of(learn_again(workspace, name, min_confidence, bar))
    if as_json:
        answer(found.to_json())
    else:
        _tell(found)


@click.command("next")
@click.argument("name")
@click.option("--queue", type=click.Choice(_QUEUES), default="teaching", show_default=True,
              help="Which images.")  # fmt: skip
@click.option("--class", "classes", multiple=True, metavar="CLASS",
              help="One for class, two for between; limits teaching and suspects.")  # fmt: skip
@click.option("-k", "count", type=click.IntRange(1), default=20, show_default=True,
              help="How many.")  # fmt: skip
@output_option("--sheet", kind="picture", help="Draw them into this PNG or JPEG.")
@workspace_option
@json_option
def next_(
    name: str,
    queue: str,
    classes: tuple[str, ...],
    count: int,
    sheet: Path | None,
    workspace_path: Path | None,
    as_json: bool,
) -> None:
    """List images of the label set NAME to look at: id, likely class, probability, why.

    teaching: those whose answers teach most. class: probably all of one class. between: undecided
    between two classes. suspects: people's labels that a model learned without them disputes.
    new: kinds of images that nobody has answered, for the start. judged: images that a judge and
    the model differ about, then those of the judge's audit.

    Example: likewise labels sets next machines --queue between --class crane --class drill
    """
    from likewise.label_sets.learning import learn_again
    from likewise.label_sets.queues import next_images

    with opened(workspace_path) as workspace, progress_bar("classes", quiet=as_json) as bar:
        model = None if queue in _WITHOUT_MODEL else learn_again(workspace, name, None, bar)
        found = next_images(workspace, model, name, queue, count, classes)
        if sheet is not None:
            _draw(workspace, found, sheet)
    if as_json:
        answer([entry.to_json() for entry in found])
        return
    for entry in found:
        sure = "" if entry.confidence is None else percent(entry.confidence)
        say_row(entry.item, entry.name, sure, entry.because)
    if found:
        first = found[0].name or "CLASS"
        label = command_line("labels", "sets", "label", name, first, found[0].item)
        note(f"answer with: {label}")
    else:
        note("no such image is left")


def _draw(workspace: Workspace, found: list[Queued], sheet: Path) -> None:
    from likewise.images.drawing import save_picture
    from likewise.workspace.contact_sheet import grid, thumbnails_of

    captions = [f"{number} {entry.name}" for number, entry in enumerate(found, 1)]
    save_picture(
        grid(thumbnails_of(workspace, [x.item for x in found]), captions, columns=5), sheet
    )
    note(f"picture of {len(found)} images: {sheet}")


def _write_classifier(workspace: Workspace, name: str, coverage: float | None, out: Path) -> None:
    from likewise.core.classifier_file import save_classifier
    from likewise.label_sets.classifier import classifier_of

    save_classifier(classifier_of(workspace, name, coverage or None), out)


def _tell(status: SetStatus) -> None:
    model = status.model
    for line in model.notes:
        note(line)
    say(
        f"{model.label_set.name}: {status.answered:,} of {model.items:,} images answered, "
        f"{status.accepted:,} more accepted at {percent(model.min_confidence)} and more"
    )
    say_row("class", "people", "accepted", "about left", "right", "held out: right", "found again")
    for entry in status.classes:
        say_row(
            entry.name, entry.people, entry.accepted, round(entry.estimated_left),
            percent(entry.precision), percent(entry.held_out_precision),
            percent(entry.held_out_recall),
        )  # fmt: skip
    if status.held_out:
        note(f"of {status.held_out} answers held out in turn, {status.held_out_right} were right")
    for pair in status.confused[:1]:
        a, b = pair["pair"]
        note(f"most confused: {a} and {b}, {pair['mistakes']:g} of the answers held out")
    for (a, b), count in list(status.undecided.items())[:1]:
        show = _next(model.label_set.name, "--queue", "between", "--class", a, "--class", b)
        note(f"most undecided: {count} image(s) between {a} and {b}: {show}")
    if status.most_to_gain is not None:
        show = _next(model.label_set.name, "--class", status.most_to_gain)
        note(f"ten more answers help most for {status.most_to_gain}: {show}")


def _next(name: str, *words: str) -> str:
    return command_line("labels", "sets", "next", name, *words)
