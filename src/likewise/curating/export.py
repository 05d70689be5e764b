"""A kept selection made into a dataset: a folder for each part, with where it came from."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import likewise
from likewise.errors import BadInputError, StorageError
from likewise.export.base import Exporter, Row
from likewise.exporting import PROVENANCE, ExportReport, put_in_place, refuse_to_destroy
from likewise.registry import build
from likewise.selection import Selection
from likewise.workspace import Workspace
from likewise.workspace.database import now


def export_selection(
    workspace: Workspace,
    selection: Selection,
    to: Path,
    labels: Mapping[str, str],
    format: str = "folder",
    overwrite: bool = False,
    dry_run: bool = False,
    **options: Any,
) -> ExportReport:
    """Write what a selection keeps, all or nothing; each part of a split into its own folder.

    Args:
        workspace: where the items are.
        selection: what is kept.
        to: the folder to make.
        labels: class of each id; "unlabelled" where there is none.
        format: name of an exporter.
        overwrite: replace a dataset that an earlier export made.
        dry_run: only count.
        options: fields of the exporter.

    Raises:
        BadInputError: nothing is kept, or the target exists.
        StorageError: the disk is full or refuses; the target is untouched.
    """
    target = to.expanduser().absolute()
    exporter: Exporter = build("export", format, "format", options)
    refuse_to_destroy(target, overwrite)
    rows = _rows(workspace, selection, labels)
    gone = tuple(row.id for _, row in rows if not row.original.there)
    there = [(part, row) for part, row in rows if row.id not in set(gone)]
    counts = Counter(f"{part}/{row.label}" if part else row.label for part, row in there)
    if dry_run:
        return ExportReport(target, counts, written=False, gone=gone)
    if not there:
        raise BadInputError(
            "the selection keeps nothing that can be exported; loosen it and try again"
        )
    about = {
        "selection": selection.method,
        "options": selection.parameters,
        "notes": selection.notes,
        "format": format,
        "items": len(there),
        "items_version": workspace.collection.version,
        "made_at": now(),
        "likewise": likewise.__version__,
        "counts": counts,
        "gone": gone,
    }
    staging = target.with_name(f".{target.name}.partial")
    try:
        shutil.rmtree(staging, ignore_errors=True)
        for part in dict.fromkeys(part for part, _ in there):
            folder = staging / part if part else staging
            folder.mkdir(parents=True)
            exporter.write([row for of, row in there if of == part], folder, part or "images")
        (staging / PROVENANCE).write_text(json.dumps(about, indent=2, default=str) + "\n")
        put_in_place(staging, target, overwrite)
    except OSError as error:
        raise StorageError(
            f"{target} could not be written ({error.strerror or error}); nothing was left there: "
            "free some space or choose another folder with --to"
        ) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return ExportReport(target, counts, written=True, gone=gone)


def _rows(
    workspace: Workspace, selection: Selection, labels: Mapping[str, str]
) -> list[tuple[str, Row]]:
    """What is kept, each with the folder of its part: only a split's parts are folders."""
    parts = selection.parts if selection.method.split(" > ")[-1] == "split" else ()
    facts = workspace.collection.facts(selection.kept, ["width", "height", "digest"])
    originals = workspace.collection.originals(selection.kept)
    scores = selection.kept_scores
    return [
        (
            parts[place] if parts else "",
            Row(
                id=item,
                path=original.uri,
                original=original,
                label=(labels.get(item) or "unlabelled").replace("/", "_"),
                decided_by="rule",
                score=0.0 if scores is None else float(scores[place]),
                probability=None,
                **fact,
            ),
        )
        for place, (item, fact, original) in enumerate(
            zip(selection.kept, facts, originals, strict=True)
        )
    ]
