"""``likewise labels list|export|import|accept|undo|conflicts|policy|blame``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from likewise.cli._import_labels import command as import_labels_command
from likewise.cli._label_sets import command as label_sets_command
from likewise.cli._options import json_option, workspace_option
from likewise.cli._output import output_option
from likewise.cli._proposals import command as accept_command
from likewise.cli._shared import opened
from likewise.cli._text import answer, note, say, say_row
from likewise.core.output_files import complete_file
from likewise.errors import BadInputError
from likewise.workspace import Workspace
from likewise.workspace.labels import current_user

if TYPE_CHECKING:
    from likewise.workspace.labels import Label


@click.group("labels")
def command() -> None:
    """List, export, import and take back people's answers; show where they differ.

    The log of answers only grows: taking one back is noted in it, and nothing is lost.
    """


@command.command("list")
@click.argument("concept")
@click.option("--all", "every", is_flag=True, help="All answers, also those that were taken back.")
@click.option("--who", help="Only of this person.")
@click.option("--verdict", type=click.Choice(["yes", "no", "unsure"]), help="Only of this kind.")
@workspace_option
@json_option
def list_labels(
    concept: str,
    every: bool,
    who: str | None,
    verdict: str | None,
    workspace_path: Path | None,
    as_json: bool,
) -> None:
    """List the answers about CONCEPT that count: item, verdict, who, when, how, action.

    Example: likewise labels list barn --verdict yes | cut -f1
    """
    with opened(workspace_path) as workspace:
        name = _checked(workspace, concept)
        log = workspace.labels
        labels = log.history(name) if every else list(log.current(name).values())
    _show(
        [x for x in labels if who in (None, x.who) and verdict in (None, x.verdict)],
        ("item", "verdict", "who", "at", "source", "action"),
        f"no such answer about '{concept}'",
        as_json,
    )


@command.command("export")
@click.argument("concept", required=False)
@click.option(
    "--label-set", "set_name", metavar="NAME", help="The log of all classes of a label set."
)
@output_option("--to", metavar="FILE",
               help="NAME.csv, NAME.jsonl, or NAME.json, which holds label sets, too; CSV to "
               "standard output unless given.")  # fmt: skip
@workspace_option
@json_option
def export(
    concept: str | None,
    set_name: str | None,
    to: Path | None,
    workspace_path: Path | None,
    as_json: bool,
) -> None:
    """Write the whole log of CONCEPT, of a label set, or of all: what was taken back, too.

    likewise labels import reads it back without loss.
    """
    from likewise.concepts.label_files import label_row, write_labels
    from likewise.label_sets.files import write_sets

    if to is not None and to.suffix.lower() not in (".csv", ".jsonl", ".json"):
        raise BadInputError(
            f"'{to}' is none of NAME.csv, NAME.jsonl and NAME.json; give one of these to --to"
        )
    if concept is not None and set_name is not None:
        raise BadInputError(
            f"both the concept '{concept}' and the label set '{set_name}' were given; give one"
        )
    with opened(workspace_path) as workspace:
        sets = []
        if set_name is not None:
            sets = [workspace.label_sets.get(set_name)]
            names = list(sets[0].classes)
        elif concept is not None:
            names = [_checked(workspace, concept)]
        else:
            sets, names = workspace.label_sets.all(), workspace.labels.concepts()
        labels = [label for name in names for label in workspace.labels.history(name)]
    if to is not None:
        with (
            complete_file(to, durable=True) as part,
            part.open("w", newline="", encoding="utf-8") as file,
        ):
            if to.suffix.lower() == ".json":
                write_sets(sets, labels, file)
            else:
                write_labels(labels, file, to.suffix.lower().lstrip("."))
        if as_json:
            answer({"labels": len(labels), "concepts": names, "file": str(to)})
        else:
            say(f"{len(labels)} answer(s) about {len(names)} concept(s) written to {to}")
    elif as_json:
        answer([label_row(label) for label in labels])
    else:
        write_labels(labels, sys.stdout, "csv")


command.add_command(import_labels_command)
command.add_command(label_sets_command)
command.add_command(accept_command)


@command.command("undo")
@click.argument("concept")
@click.option("--last", is_flag=True, help="Your newest action, or the newest one of --who.")
@click.option(
    "--action", metavar="ID", help="This action, of any person; see: likewise labels list."
)
@click.option("--who", help="Who takes it back; you unless given.")
@click.option("--dry-run", is_flag=True, help="Only show what would be taken back.")
@workspace_option
@json_option
def undo(
    concept: str,
    last: bool,
    action: str | None,
    who: str | None,
    dry_run: bool,
    workspace_path: Path | None,
    as_json: bool,
) -> None:
    """Take back an action on CONCEPT: one answer, a whole page, or a range that was accepted.

    With --last a range is taken back where no answer came after it. Any range or other round of
    machine labels is taken back by its number: see likewise propagate undo.

    Example: likewise labels undo barn --last --dry-run
    """
    if last == (action is not None):
        raise BadInputError("say what to take back: either --last or --action ID")
    taken = None
    with opened(workspace_path) as workspace:
        name = _checked(workspace, concept)
        log, rounds, person = workspace.labels, workspace.machine_labels, who or current_user()
        answered = log.newest_standing(name, person)
        newest = rounds.newest_standing(name, person, answered) if last else None
        if newest is None:
            taken = (log.undoable if dry_run else log.undo)(name, person, action)
        elif not dry_run:
            rounds.undo(newest.round, person)
    labels, would = taken.labels if taken else (), "would be " if dry_run else ""
    if as_json:
        from likewise.concepts.label_files import label_row

        answer({
            "concept": concept, "action": taken.action if taken else None,
            "round": newest.round if newest else None,
            "taken_back": [label_row(label) for label in labels], "dry_run": dry_run,
        })  # fmt: skip
        return
    if newest is not None:
        note(f"round {newest.round} of {newest.labels:,} label(s) {would}taken back")
        return
    for label in labels:
        say_row(label.item, label.verdict, label.who)
    note(f"{len(labels)} answer(s) {would}taken back")


@command.command("conflicts")
@click.argument("concept")
@workspace_option
@json_option
def conflicts(concept: str, workspace_path: Path | None, as_json: bool) -> None:
    """List the images on which people differ: item, the verdict that counts, each answer."""
    with opened(workspace_path) as workspace:
        found = workspace.labels.conflicts(_checked(workspace, concept))
        policy = workspace.labels.policy
    if as_json:
        from likewise.concepts.label_files import label_row

        rows = [
            {"item": x.item, "counts": x.verdict, "labels": [label_row(y) for y in x.labels]}
            for x in found
        ]
        answer({"concept": concept, "policy": policy, "conflicts": rows})
        return
    for conflict in found:
        verdicts = (f"{label.who}: {label.verdict}" for label in conflict.labels)
        say_row(conflict.item, conflict.verdict, *verdicts)
    note(f"{len(found)} conflict(s); what counts is decided by: {policy}")


@command.command("policy")
@click.argument("policy", required=False)
@workspace_option
@json_option
def policy(policy: str | None, workspace_path: Path | None, as_json: bool) -> None:
    """Show or set who counts when people differ: latest, majority or adjudicator:NAME.

    majority: the verdict that most gave; when two lead together it counts as unsure.
    adjudicator:NAME: NAME's word, and the latest where NAME has said nothing.
    """
    with opened(workspace_path) as workspace:
        if policy is not None:
            workspace.labels.set_policy(policy)
        now = workspace.labels.policy
    if as_json:
        answer({"policy": now})
    else:
        say(now)


@command.command("blame")
@click.argument("concept")
@click.argument("item")
@workspace_option
@json_option
def blame(concept: str, item: str, workspace_path: Path | None, as_json: bool) -> None:
    """Show every answer about ITEM (an id, or the path of an indexed file)."""
    with opened(workspace_path) as workspace:
        name = _checked(workspace, concept)
        item = workspace.collection.resolve([item]).get(item, item)
        labels = workspace.labels.blame(name, item)
        inside = workspace.sources.id_of(Path(item)) if not labels else None
        if inside is not None:
            labels = workspace.labels.blame(name, inside)
    _show(
        labels,
        ("verdict", "who", "at", "source", "rule", "score"),
        f"there is no answer about '{item}' for '{concept}'",
        as_json,
    )


def _checked(workspace: Workspace, concept: str) -> str:
    """The name itself, when the log or the workspace knows it; a hidden concept's log is kept."""
    if concept not in workspace.labels.concepts():
        workspace.concepts.get(concept)
    return concept


def _show(labels: list[Label], columns: tuple[str, ...], none: str, as_json: bool) -> None:
    from likewise.concepts.label_files import label_row

    rows = [label_row(label) for label in labels]
    if as_json:
        answer(rows)
        return
    for row in rows:
        row["action"] = row["action"] or row["event"]
        cells = ["" if row[name] is None else str(row[name]) for name in columns]
        if row["undone_event"]:
            cells.append(f"taken back by {row['undone_by']} {row['undone_at']}")
        say_row(*cells)
    if not rows:
        note(none)
