"""A kept selection made into a dataset, with the parts of a split."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from likewise.core.progress import Progress
from likewise.core.selection import Selection
from likewise.curate.workspace import is_split
from likewise.export.base import Exporter
from likewise.export.concept import ExportReport, export_plan
from likewise.export.plan import Chosen, Plan, make_plan
from likewise.registry import build
from likewise.workspace import Workspace


def export_selection(
    workspace: Workspace,
    selection: Selection,
    to: Path,
    labels: Mapping[str, str],
    format: str = "folder",
    overwrite: bool = False,
    dry_run: bool = False,
    name: str = "images",
    progress: Progress = lambda done, total: None,
    where: str | None = None,
    **options: Any,
) -> ExportReport:
    """Write what a selection keeps, all or nothing; each part of a split as a part.

    Args:
        workspace: where the items are.
        selection: what is kept.
        to: the folder to make.
        labels: class of each id; "unlabelled" where there is none.
        format: name of an exporter.
        overwrite: replace a dataset that an earlier export made.
        dry_run: only count.
        name: of the dataset.
        progress: told how far it is.
        where: a SQL condition on the items' columns; what does not meet it is left out.
        options: fields of the exporter.

    Raises:
        BadInputError: nothing is kept, or the target exists.
        StorageError: the disk is full or refuses; the target is untouched.
    """
    exporter: Exporter = build("export", format, "format", options)
    about = {
        "selection": selection.method,
        "parameters": dict(selection.parameters),
        "notes": selection.notes,
        **({} if where is None else {"where": where}),
        "format": format,
    }
    plan = plan_selection(workspace, selection, labels, name, where)
    return export_plan(plan, exporter, to, about, overwrite, dry_run, progress)


def plan_selection(
    workspace: Workspace,
    selection: Selection,
    labels: Mapping[str, str],
    name: str = "images",
    where: str | None = None,
) -> Plan:
    """The images that a selection keeps, as those of a dataset; see `export_selection`."""
    kept = selection.kept
    allowed = set(kept if where is None else workspace.collection.present(kept, where))
    parts = selection.parts if is_split(selection) else ()
    scores = selection.kept_scores
    chosen = [
        Chosen(
            item,
            labels.get(item) or "unlabelled",
            "given",
            0.0 if scores is None else float(scores[index]),
            split=parts[index] if parts else "",
        )
        for index, item in enumerate(kept)
        if item in allowed
    ]
    return make_plan(workspace, name, chosen)
