"""``likewise labels sets``: label sets, their answers and their contradictions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from likewise.cli._label_set_judge import audit, judge
from likewise.cli._label_set_model import learn, next_, status
from likewise.cli._options import json_option, workspace_option
from likewise.cli._shared import opened
from likewise.cli._text import answer, note, say, say_row
from likewise.errors import BadInputError, command_line

if TYPE_CHECKING:
    from likewise.core.label_set import LabelSet
    from likewise.label_sets.answers import SetAnswers
    from likewise.workspace import Workspace


@click.group("sets")
def command() -> None:
    """Make sets of concepts that are the classes of one dataset, and label by class."""


@command.command("create")
@click.argument("name")
@click.argument("classes", nargs=-1, metavar="[CLASS]...")
@click.option("--exclusive/--multi", default=True, show_default=True,
              help="One class an image, or several, as tags.")  # fmt: skip
@click.option("--from-metadata", "column", metavar="COLUMN",
              help="Classes and labels of a metadata column, or folder.")  # fmt: skip
@click.option("--classifier", "classifier_file", type=click.Path(path_type=Path),
              help="Classes of this .classifier file.")  # fmt: skip
@click.option(
    "--spellings",
    type=click.Choice(["merge", "keep"]),
    help="Values that differ only by blanks or capitals: one value, or each its own.",
)
@click.option("--dry-run", is_flag=True, help="Only check and count.")
@workspace_option
@json_option
def create(
    name: str,
    classes: tuple[str, ...],
    exclusive: bool,
    column: str | None,
    classifier_file: Path | None,
    spellings: Literal["merge", "keep"] | None,
    dry_run: bool,
    workspace_path: Path | None,
    as_json: bool,
) -> None:
    """Make the label set NAME of each CLASS; a CLASS that is no concept yet becomes one.

    In an exclusive set a yes for one class is a no for the others, which is derived and not
    recorded. With --from-metadata, images that have a value get a yes for its class.

    Example: likewise labels sets create machines excavator crane drill
    """
    from likewise.label_sets.making import create_label_set

    with opened(workspace_path) as workspace:
        made = create_label_set(
            workspace, name, classes, exclusive=exclusive, column=column,
            classifier=classifier_file, spellings=spellings, dry_run=dry_run,
        )  # fmt: skip
    for line in made.notes:
        note(line)
    if as_json:
        answer({**made.to_json(), "dry_run": dry_run})
        return
    would = "would be " if dry_run else ""
    label_set = made.label_set
    say(
        f"{label_set.name}: {would}{label_set.kind}, {len(label_set.classes)} classes: "
        f"{', '.join(label_set.classes)}"
    )
    for taken in made.recorded:
        no = f", {taken.no} no" if taken.no else ""
        say(f"{taken.concept}: {taken.yes} yes{no} {would}recorded, {taken.known} were there")
    if made.concepts:
        note(f"{len(made.concepts)} concept(s) {would}made, with an empty basket")
    by_hand = ("labels", "sets", "label", name, label_set.classes[0], "IMAGE")
    labelled = sum(taken.yes + taken.known > 0 for taken in made.recorded) > 1
    note(f"next: {command_line(*(('labels', 'sets', 'learn', name) if labelled else by_hand))}")


@command.command("list")
@workspace_option
@json_option
def list_sets(workspace_path: Path | None, as_json: bool) -> None:
    """List the label sets: name, kind, images with a class, contradictions, classes.

    Example: likewise labels sets list
    """
    from likewise.label_sets.answers import answers_of

    with opened(workspace_path) as workspace:
        found = [answers_of(workspace, label_set) for label_set in workspace.label_sets.all()]
    if as_json:
        answer([answers.to_json() for answers in found])
        return
    for answers in found:
        say_row(
            answers.label_set.name, answers.label_set.kind, f"{len(answers.yes)} with a class",
            f"{len(answers.contradicting)} contradicting", ", ".join(answers.label_set.classes),
        )  # fmt: skip
    if not found:
        make = command_line("labels", "sets", "create", "NAME", "CLASS", "CLASS")
        note(f"there is no label set; make one with: {make}")


@command.command("show")
@click.argument("name")
@workspace_option
@json_option
def show(name: str, workspace_path: Path | None, as_json: bool) -> None:
    """Show the classes of the label set NAME with how many images people gave each.

    Example: likewise labels sets show machines
    """
    with opened(workspace_path) as workspace:
        found = _answers(workspace, name)
    if as_json:
        answer(found.to_json())
        return
    for class_name, count in found.counts().items():
        say_row(class_name, count)
    say_row("none of these", len(found.none_of_these))
    note(f"{found.label_set.kind}; {len(found.answered)} image(s) answered")
    if found.contradicting:
        note(
            f"{len(found.contradicting)} image(s) have several classes; list them with: "
            f"{command_line('labels', 'sets', 'conflicts', name)}"
        )


@command.command("add")
@click.argument("name")
@click.argument("classes", nargs=-1, required=True, metavar="CLASS...")
@workspace_option
@json_option
def add(name: str, classes: tuple[str, ...], workspace_path: Path | None, as_json: bool) -> None:
    """Add each CLASS to the label set NAME.

    Example: likewise labels sets add machines roller
    """
    from likewise.label_sets.making import add_classes

    with opened(workspace_path) as workspace:
        made = add_classes(workspace, workspace.label_sets.get(name).adding(classes))
        after = workspace.label_sets.change(name, lambda label_set: label_set.adding(classes))
    _say_classes(after, as_json, concepts_made=list(made))


@command.command("drop")
@click.argument("name")
@click.argument("classes", nargs=-1, required=True, metavar="CLASS...")
@workspace_option
@json_option
def drop(name: str, classes: tuple[str, ...], workspace_path: Path | None, as_json: bool) -> None:
    """Take each CLASS out of the label set NAME; the concept and its answers stay.

    Example: likewise labels sets drop machines roller
    """
    with opened(workspace_path) as workspace:
        after = workspace.label_sets.change(name, lambda label_set: label_set.without(classes))
    _say_classes(after, as_json)


@command.command("remove")
@click.argument("name")
@workspace_option
@json_option
def remove(name: str, workspace_path: Path | None, as_json: bool) -> None:
    """Remove the label set NAME; its concepts and their answers stay.

    Example: likewise labels sets remove machines
    """
    with opened(workspace_path) as workspace:
        workspace.label_sets.remove(name)
    if as_json:
        answer({"removed": name})
    else:
        say(f"removed the label set {name}; its concepts are as they were")


@command.command("label")
@click.argument("name")
@click.argument("class_name", metavar="CLASS")
@click.argument("items", nargs=-1, required=True, metavar="IMAGE...")
@click.option("--who", help="Who answers; you unless given.")
@click.option("--dry-run", is_flag=True, help="Only check and count.")
@workspace_option
@json_option
def label(
    name: str,
    class_name: str,
    items: tuple[str, ...],
    who: str | None,
    dry_run: bool,
    workspace_path: Path | None,
    as_json: bool,
) -> None:
    """Say that each IMAGE (an id or a path) is a CLASS of the label set NAME, as one action.

    "none of these" as the CLASS says that it is no class of the set. An image of an exclusive set
    that has another class gets a no for that one, too: so this settles a contradiction.

    Example: likewise labels sets label machines crane photos/0017.jpg
    """
    from likewise.label_sets.answers import record_classes

    with opened(workspace_path) as workspace:
        label_set = workspace.label_sets.get(name)
        pairs = [(item, class_name) for item in items]
        counts = record_classes(workspace, label_set, pairs, who, dry_run=dry_run)
    new = sum(counts.values())
    if as_json:
        answer({"set": name, "class": class_name, "new": new, "known": len(set(items)) - new,
                "dry_run": dry_run})  # fmt: skip
    else:
        say(f"{class_name}: {new} image(s) {'would be ' if dry_run else ''}recorded")


@command.command("undo")
@click.argument("name")
@click.option("--last", is_flag=True, help="Your newest action, or the newest one of --who.")
@click.option("--action", metavar="ID", help="This action; see: likewise labels list CLASS.")
@click.option("--who", help="Who takes it back; you unless given.")
@workspace_option
@json_option
def undo(
    name: str,
    last: bool,
    action: str | None,
    who: str | None,
    workspace_path: Path | None,
    as_json: bool,
) -> None:
    """Take back an action on the label set NAME, in every class that it spoke of.

    Example: likewise labels sets undo machines --last
    """
    from likewise.label_sets.answers import undo_classes

    if last == (action is not None):
        raise BadInputError("say what to take back: either --last or --action ID")
    with opened(workspace_path) as workspace:
        taken = undo_classes(workspace, workspace.label_sets.get(name), who, action)
    labels = [label for undone in taken for label in undone.labels]
    if as_json:
        rows = [{"item": x.item, "class": x.concept, "verdict": x.verdict} for x in labels]
        answer({"set": name, "taken_back": rows})
        return
    for label in labels:
        say_row(label.item, label.concept, label.verdict, label.who)
    note(f"{len(labels)} answer(s) taken back")


@command.command("conflicts")
@click.argument("name")
@workspace_option
@json_option
def conflicts(name: str, workspace_path: Path | None, as_json: bool) -> None:
    """List the images that have several classes of the exclusive label set NAME, and who said so.

    Where people differ about one class, see: likewise labels conflicts CLASS.

    Example: likewise labels sets conflicts machines
    """
    from likewise.label_sets.answers import contradictions

    with opened(workspace_path) as workspace:
        found = contradictions(workspace, _answers(workspace, name))
    if as_json:
        answer([{"item": x.item, "classes": {n: list(x.who[n]) for n in x.classes}} for x in found])
        return
    for image in found:
        say_row(image.item, *(f"{n}: {', '.join(image.who[n]) or 'basket'}" for n in image.classes))
    note(f"{len(found)} image(s) have several classes")
    if found:
        settle = command_line("labels", "sets", "label", name, found[0].classes[0], found[0].item)
        note(f"settle one with the right class, such as: {settle}")


for _command in (learn, status, next_, judge, audit):
    command.add_command(_command)


def _say_classes(label_set: LabelSet, as_json: bool, **more: object) -> None:
    if as_json:
        answer({**label_set.to_json(), **more})
    else:
        say(f"{label_set.name}: {', '.join(label_set.classes) or 'no class'}")


def _answers(workspace: Workspace, name: str) -> SetAnswers:
    from likewise.label_sets.answers import answers_of

    return answers_of(workspace, workspace.label_sets.get(name))
