"""``likewise labels import``: from a file of labels, or from a column of the images' metadata."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from likewise.cli._options import json_option, workspace_option
from likewise.cli._shared import opened
from likewise.cli._text import answer, note, say
from likewise.errors import BadInputError, command_line
from likewise.workspace import Workspace

if TYPE_CHECKING:
    from likewise.concepts.metadata_labels import Imported


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option(
    "--from-metadata",
    "column",
    metavar="COLUMN",
    help="Labels that came with the images: a metadata column, or folder.",
)
@click.option("--value", help="What means yes in COLUMN; the concept's name unless given.")
@click.option("--yes-only", is_flag=True, help="Of COLUMN, record no answer no.")
@click.option(
    "--spellings",
    type=click.Choice(["merge", "keep"]),
    help="Values that differ only by blanks or capitals: one value, or each its own.",
)
@click.option(
    "--separator",
    metavar="SIGN",
    help="Cuts texts of COLUMN into several values, such as ','; '' cuts none.",
)
@click.option("--concept", help="Concept of the answers; an export names it itself.")
@click.option("--label-set", "set_name", metavar="NAME",
              help="Label set whose classes FILE, with columns id and label, gives.")  # fmt: skip
@click.option("--who", help="Who answered; you unless given. An export names them itself.")
@click.option("--dry-run", is_flag=True, help="Only check and count.")
@workspace_option
@json_option
def command(
    file: Path | None,
    column: str | None,
    value: str | None,
    yes_only: bool,
    spellings: Literal["merge", "keep"] | None,
    separator: str | None,
    concept: str | None,
    set_name: str | None,
    who: str | None,
    dry_run: bool,
    workspace_path: Path | None,
    as_json: bool,
) -> None:
    """Take in FILE: what likewise labels export wrote, what a page that was handed out with
    likewise review --to gave back, or a CSV with columns id and verdict.

    Or, with --from-metadata, labels that came with the images: yes where COLUMN has the value, no
    where it has another; without --concept every value becomes a concept. Answers that are in
    the log already are passed over, so the same may be read twice. With --label-set, FILE gives
    images classes of a label set, or "none of these".

    Example: likewise labels import --from-metadata class --concept barn
    """
    if (file is None) == (column is None):
        raise BadInputError("say what to take in: either FILE or --from-metadata COLUMN")
    if value is not None and concept is None:
        raise BadInputError("--value says what means yes for one concept; add --concept NAME")
    if column is not None:
        from likewise.concepts.metadata_labels import import_column

        given = partial(
            import_column, column=column, concept=concept, value=value, who=who, yes_only=yes_only,
            dry_run=dry_run, spellings=spellings, separator=separator,
        )  # fmt: skip
        if set_name is not None:
            raise BadInputError(
                "--label-set goes with a FILE; make a label set of a column with: "
                f"{command_line('labels', 'sets', 'create', set_name, '--from-metadata', column)}"
            )
        _from_metadata(given, dry_run, workspace_path, as_json)
    elif file is not None:
        if value is not None or yes_only or spellings or separator is not None:
            raise BadInputError(
                "--value, --yes-only, --spellings and --separator go with --from-metadata; leave "
                "them out"
            )
        if set_name is None:
            _from_file(file, concept, who, dry_run, workspace_path, as_json)
        elif concept is not None:
            raise BadInputError(
                f"both the concept '{concept}' and the label set '{set_name}' were given; give one"
            )
        else:
            _into_set(file, set_name, who, dry_run, workspace_path, as_json)


def _from_metadata(
    imported: Callable[[Workspace], Imported],
    dry_run: bool,
    workspace_path: Path | None,
    as_json: bool,
) -> None:
    with opened(workspace_path) as workspace:
        done = imported(workspace)
    for line in done.notes:
        note(line)
    if as_json:
        answer({
            "concepts": [vars(counts) for counts in done.concepts], "dry_run": dry_run,
            "understood": done.column.to_json(), "notes": list(done.notes),
        })  # fmt: skip
        return
    say(f"understood: {done.column.summary()}")
    for counts in done.concepts:
        say(
            f"{counts.concept}: {counts.yes} yes, {counts.no} no "
            f"{'would be recorded' if dry_run else 'recorded'}, {counts.known} were there already"
        )
        if counts.made:
            note(f"the concept '{counts.concept}' {'would be' if dry_run else 'was'} made, with an "
                 "empty basket")  # fmt: skip


def _from_file(
    file: Path,
    concept: str | None,
    who: str | None,
    dry_run: bool,
    workspace_path: Path | None,
    as_json: bool,
) -> None:
    from likewise.concepts.label_files import read_labels
    from likewise.concepts.labelling import import_labels, pairs_to_import, record_labels
    from likewise.label_sets.files import import_sets, read_sets
    from likewise.workspace.labels import Label

    found = read_labels(file)
    labels = [x for x in found if isinstance(x, Label)]
    pairs = [x for x in found if not isinstance(x, Label)]
    done = "would be recorded" if dry_run else "recorded"
    if labels and (concept or who):
        raise BadInputError(
            f"{file} is an export and says itself who said what; leave out --concept and --who"
        )
    if pairs and not concept:
        raise BadInputError(f"{file} does not say what its answers are about; add --concept NAME")
    with opened(workspace_path) as workspace:
        if pairs and concept:
            fresh = pairs_to_import(workspace, concept, pairs, who)
            known = len(pairs) - len(fresh)
            counts = record_labels(workspace, concept, fresh, who, "file", dry_run)
            summary = ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
            if as_json:
                answer({"concept": concept, **counts, "known": known, "dry_run": dry_run})
            else:
                say(f"{concept}: {summary or 'nothing'} {done}")
                if known:
                    note(f"{known} were imported before and are passed over")
            return
        result = import_labels(workspace, labels, dry_run)
        sets = import_sets(workspace, read_sets(file), dry_run)
    if as_json:
        answer({
            "new": result.new, "known": result.known, "absent": result.absent,
            "concepts_made": list(result.concepts), "label_sets": list(sets), "dry_run": dry_run,
        })  # fmt: skip
        return
    say(f"{result.new} answer(s) {done}, {result.known} were there already")
    if result.absent:
        note(f"{result.absent} are about images that are not here; kept, in case they come")
    for name in result.concepts:
        note(f"the concept '{name}' {'would be' if dry_run else 'was'} made, with an empty basket")
    for name in sets:
        note(f"the label set '{name}' {'would be' if dry_run else 'was'} made or completed")


def _into_set(
    file: Path,
    set_name: str,
    who: str | None,
    dry_run: bool,
    workspace_path: Path | None,
    as_json: bool,
) -> None:
    from likewise.concepts.class_labels import read_class_labels
    from likewise.label_sets.answers import record_classes

    with opened(workspace_path) as workspace:
        label_set = workspace.label_sets.get(set_name)
        read = read_class_labels(workspace, file)
        counts = record_classes(workspace, label_set, read.classes, who, "file", dry_run=dry_run)
    for line in read.notes():
        note(line)
    new = sum(counts.values())
    if as_json:
        answer({
            "set": set_name, "new": counts, "known": len(read.classes) - new,
            "labels": read.to_json(), "dry_run": dry_run,
        })  # fmt: skip
        return
    summary = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    say(f"{set_name}: {summary or 'nothing'} {'would be recorded' if dry_run else 'recorded'}")
    if new < len(read.classes):
        note(f"{len(read.classes) - new} were known already and are passed over")
