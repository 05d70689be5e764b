"""``likewise propagate``, ``likewise propagate undo|rounds|receipt|audit``."""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from likewise.cli._options import json_option, ray_option, ray_pool, set_option, workspace_option
from likewise.cli._output import output_option
from likewise.cli._shared import opened, percent
from likewise.cli._text import answer, note, say, say_row
from likewise.core.escaping import cell, json_text
from likewise.core.output_files import complete_file, complete_folder
from likewise.errors import BadInputError, command_line

if TYPE_CHECKING:
    from likewise.propagate.workspace import Labelled

_FEW = 8


@click.group("propagate", invoke_without_command=True)
@click.option("--labels", type=click.Path(path_type=Path),
              help="Labels of people: a CSV of id,label, or a metadata column.")  # fmt: skip
@click.option("--concept", "concepts", multiple=True, metavar="NAME",
              help="Also the yes answers of this concept. May be repeated.")  # fmt: skip
@click.option("--method", default="best", show_default=True, help="Method.")
@set_option("An option of the method, such as alpha=0.8.")
@click.option("--min-confidence", type=click.FloatRange(0, 1), default=0.9, show_default=True,
              help="Least probability of a label; items below it get none.")  # fmt: skip
@click.option("--ask", type=click.IntRange(0), default=0, show_default=True,
              help="Choose this many doubtful items for a person to answer.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Report only; record nothing.")
@output_option("--out", kind="folder",
               help="Write the report, labels, curve and map to this folder.")  # fmt: skip
@ray_option("Put images into clusters")
@workspace_option
@json_option
@click.pass_context
def command(
    context: click.Context,
    labels: Path | None,
    concepts: tuple[str, ...],
    method: str,
    settings: dict[str, Any],
    min_confidence: float,
    ask: int,
    dry_run: bool,
    out: Path | None,
    ray: str | None,
    workspace_path: Path | None,
    as_json: bool,
) -> None:
    """Label the rest of a collection from the few items that people labelled.

    Every label has a receipt: method, round, confidence, and the labelled items it comes from.
    Labels are kept apart from people's, in rounds that can be undone; people's never change.
    Items that are not sure enough get none.

    Example: likewise propagate --labels labels.csv --min-confidence 0.9 --dry-run
    """
    if context.invoked_subcommand is not None:
        return
    from likewise.concepts.class_labels import ClassLabels, read_class_labels
    from likewise.concepts.metadata_labels import class_of_each
    from likewise.propagate.workspace import classes_of_source, propagate_workspace, record

    if labels is None and not concepts:
        raise BadInputError(
            "nothing says what is labelled; give --labels FILE with lines of id,label, or "
            "--concept NAME of two concepts or more"
        )
    with opened(workspace_path) as workspace:
        named: Mapping[str, str] = {}
        read: ClassLabels | None = None
        if labels is not None and not labels.suffix and not labels.exists():
            named, notes = class_of_each(workspace, str(labels))
            for line in notes:
                note(line)
        elif labels is not None:
            read = read_class_labels(workspace, labels)
            named = read.classes
            for line in read.notes():
                note(line)
        class_of = classes_of_source(workspace, named, concepts, str(labels))
        done = propagate_workspace(
            workspace, class_of, method, min_confidence, settings, ray_pool(ray)
        )
        if out is not None:
            with complete_folder(out):
                _write(done, out)
        numbers = [] if dry_run else record(workspace, done, str(labels or ""), ask)
        questions = done.questions_for(ask)
        if as_json:
            facts = {"recorded": numbers, "asked": list(questions), "dry_run": dry_run}
            answer({**done.report(), **facts, "labels": read and read.to_json()})
            return
        _tell(done, numbers, dry_run)
        for item in questions:
            say_row(item)
        if questions and not dry_run:
            _tell_questions(done, questions)


@command.command("undo")
@click.argument("number", metavar="ROUND", type=int)
@workspace_option
@json_option
def undo(number: int, workspace_path: Path | None, as_json: bool) -> None:
    """Take back all labels of a round; it stays in the log.

    Example: likewise propagate undo 3
    """
    with opened(workspace_path) as workspace:
        done = workspace.machine_labels.undo(number)
    if as_json:
        answer({"round": number, "undone": done})
    else:
        say(f"round {number} is undone" if done else f"round {number} was undone before")


@command.command("rounds")
@workspace_option
@json_option
def rounds(workspace_path: Path | None, as_json: bool) -> None:
    """List the rounds of machine labels.

    Example: likewise propagate rounds
    """
    with opened(workspace_path) as workspace:
        found = workspace.machine_labels.rounds()
    if as_json:
        answer([{**vars(round_), "parameters": dict(round_.parameters)} for round_ in found])
        return
    for round_ in found:
        state = "undone" if round_.undone else "stands"
        say(
            f"{round_.round}\t{round_.method}\t{round_.labels} labels\t{round_.at}\t"
            f"{round_.who}\t{state}"
        )


@command.command("receipt")
@click.argument("item")
@workspace_option
@json_option
def receipt(item: str, workspace_path: Path | None, as_json: bool) -> None:
    """Show what rounds that stand say about ITEM, and the labelled items it comes from.

    Example: likewise propagate receipt barn/07.jpg
    """
    with opened(workspace_path) as workspace:
        labels = workspace.machine_labels.of_item(
            workspace.collection.resolve([item]).get(item, item)
        )
    if as_json:
        answer([{**vars(label), "because": dict(label.because)} for label in labels])
        return
    for label in labels:
        causes = " ".join(map(str, label.because.get("causes", ())))
        say_row(
            f"round {label.round}", label.concept, label.verdict, percent(label.confidence),
            label.because.get("method", ""), causes,
        )  # fmt: skip
    if not labels:
        note(f"no round that stands says anything about '{item}'")


@command.command("audit")
@click.option("--looks", type=click.IntRange(1), default=40, show_default=True,
              help="How many labels to draw.")  # fmt: skip
@click.option(
    "--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of the draw."
)
@click.option("--answers", type=click.Path(path_type=Path),
              help="CSV of id,label with the right labels: estimate the noise.")  # fmt: skip
@workspace_option
@json_option
def audit(
    looks: int, seed: int, answers: Path | None, workspace_path: Path | None, as_json: bool
) -> None:
    """Draw propagated labels at random to check, or estimate how many are wrong from a check.

    Correct the label column of what is drawn, and hand the file back with --answers.

    Example: likewise propagate audit --looks 40 > audit.csv
    """
    from likewise.concepts.class_labels import read_class_labels
    from likewise.propagate.workspace import audited_noise, draw_audit, standing

    with opened(workspace_path) as workspace:
        if answers is not None:
            labels = {item: label.concept for item, label in standing(workspace).items()}
            read = read_class_labels(workspace, answers)
            noise, low, high = audited_noise(read.classes, labels)
            if as_json:
                counts = {"labels": len(labels), "answers": read.to_json()}
                answer({"noise": noise, "interval": [low, high], **counts})
            else:
                for line in read.notes():
                    note(line)
                say(
                    f"wrong: {percent(noise)} ({percent(low)} to {percent(high)}) of "
                    f"{len(labels)} propagated labels"
                )
            return
        drawn = draw_audit(workspace, looks, seed)
    if as_json:
        answer([{"id": label.item, "label": label.concept} for label in drawn])
        return
    writer = csv.writer(sys.stdout)
    writer.writerow(["id", "label"])
    for label in drawn:
        writer.writerow([cell(label.item), cell(label.concept)])


def _tell(done: Labelled, numbers: list[int], dry_run: bool) -> None:
    facts = done.report()
    chosen = facts["validation"].get("chosen")
    which = f"{facts['method']} (chose {chosen})" if chosen else facts["method"]
    note(f"method: {which}; {facts['stopped']}")
    if facts["validation"].get("because"):
        note(f"why: {facts['validation']['because']}")
    note(
        f"labelled {facts['labelled']} of {facts['items'] - facts['given']} "
        f"({percent(facts['coverage'])}) at {percent(facts['min_confidence'])} and more, from "
        f"{facts['given']} labels of {facts['classes']} classes; {facts['abstained']} have none"
    )
    if facts["labelled"]:
        note(f"wrong, by their confidence: {percent(facts['expected_noise'])}")
    if facts["held_out_noise"]:
        wrong, low, high = map(percent, facts["held_out_noise"])
        note(f"wrong, among labels held back: {wrong} ({low} to {high})")
    note("confidence  coverage  accuracy")
    for line in facts["curve"]:
        note(f"{line['confidence']:>10}  {percent(line['coverage']):>8}  "
             f"{percent(line['accuracy']):>8}")  # fmt: skip
    for text in done.notes:
        note(text)
    if dry_run:
        note("nothing was recorded (--dry-run)")
    elif numbers:
        note(f"recorded as round(s) {', '.join(map(str, numbers))}; take one back with: "
             f"{command_line('propagate', 'undo', numbers[0])}")  # fmt: skip


def _tell_questions(done: Labelled, questions: tuple[str, ...]) -> None:
    """Where a person answers what is asked."""
    counts = Counter(filter(None, map(done.guess, questions)))
    for name, count in counts.most_common(_FEW):
        note(f"{count} of these may be '{name}' and come first in: {command_line('review', name)}")
    if len(counts) > _FEW:
        note(f"{len(counts) - _FEW} more classes are asked about")
    note("then run likewise propagate again; it knows the answers")


def _write(done: Labelled, folder: Path) -> None:
    """The report, the labels with their receipts, the curve and the map."""
    from likewise.images.drawing import line_plot, save_picture
    from likewise.propagate.map_picture import propagation_map

    facts = done.report()
    with complete_file(folder / "report.json") as part:
        part.write_text(json_text(facts, indent=2), encoding="utf-8")
    with (
        complete_file(folder / "labels.csv") as part,
        part.open("w", newline="", encoding="utf-8") as file,
    ):
        writer = csv.writer(file)
        writer.writerow(["id", "label", "confidence", "method", "round", "causes"])
        for row in done.done.accepted.tolist():
            item = done.ids[row]
            why = done.receipt(item)
            cells = (item, done.accepted[item], f"{done.done.confidence[row]:.4f}", why["method"],
                     why["round"], " ".join(why["causes"]))  # fmt: skip
            writer.writerow([cell(value) for value in cells])
    points = sorted(
        (line["coverage"], line["accuracy"]) for line in facts["curve"] if line["coverage"]
    )
    if points:
        plot = line_plot({"expected": points}, "Accuracy by coverage", "coverage", "accuracy")
        save_picture(plot, folder / "curve.png")
    order = done.propagation_graph.order
    free = done.done.rounds[order] > 0
    drawn = propagation_map(done.propagation_graph.rows, ~free, done.done.labels[order] >= 0)
    save_picture(drawn, folder / "map.png")
