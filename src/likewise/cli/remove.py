"""``likewise remove``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from likewise.cli._options import json_option, workspace_option
from likewise.cli._output import output_option
from likewise.cli._shared import opened, read_ids
from likewise.cli._text import answer, note, say_row
from likewise.core.escaping import escaped
from likewise.errors import BadInputError
from likewise.workspace import Workspace

_DRAWN = 200


@click.command("remove")
@click.argument("selection", required=False)
@click.option("--ids", "ids_file", help="A file of ids, one a line, or - for standard input.")
@click.option("--files", is_flag=True, help="Yes, the files: delete them from the disk for good.")
@click.option("--manifest", type=click.Path(path_type=Path), default=Path("removed.csv"),
              show_default=True, help="The list of what is deleted, written before.")  # fmt: skip
@output_option("--sheet", kind="picture", default=Path("removed.png"), show_default=True,
               help="A picture of what goes beside what stays, drawn before.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Only show what would be deleted.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@workspace_option
@json_option
def command(
    selection: str | None,
    ids_file: str | None,
    files: bool,
    manifest: Path,
    sheet: Path,
    dry_run: bool,
    yes: bool,
    workspace_path: Path | None,
    as_json: bool,
) -> None:
    """Delete the image files that the kept SELECTION drops, or those of --ids, from the disk.

    This is the only command that deletes images, and it cannot be undone. To leave images out of
    a dataset, export a selection instead. A file that an image which stays leads to under another
    name, such as a link, is never deleted.

    Prints a line a file: path, reason, and the image that stays for it, separated by tabs; and
    draws both side by side (--sheet), the least alike first. Look at it with --dry-run.

    Example: likewise remove unique --files --manifest gone.csv
    """
    from likewise.curate.remove import remove_files
    from likewise.curate.workspace import tagged

    if (selection is None) == (ids_file is None):
        raise BadInputError("say what to delete: the name of a selection, or --ids FILE")
    with opened(workspace_path) as workspace:
        if selection is not None:
            chosen = tagged(workspace, selection)
            order = sorted(range(len(chosen.dropped)), key=lambda row: float(chosen.scores[row]))
            ids = [chosen.dropped[row] for row in order]
            because = {chosen.dropped[row]: chosen.because[row] for row in order}
            reasons = {chosen.dropped[row]: chosen.reasons[row] for row in order}
        else:
            ids, because, reasons = read_ids(str(ids_file)), {}, {}
        reason_of = {item: f"{why} {because[item]}".strip() for item, why in reasons.items()}
        removal = remove_files(workspace, ids, manifest, reason_of, dry_run=True)
        if not dry_run and not files:
            raise BadInputError(
                f"{len(removal.files)} files would be deleted from the disk; say so with --files"
            )
        pairs = [(item, because.get(item, "")) for item in removal.ids]
        drawn = _draw(workspace, pairs, sheet) if pairs else None
        if not as_json:
            for path, (item, stays) in zip(removal.files, pairs, strict=True):
                cells = [str(path), reasons.get(item, ""), stays]
                say_row(*cells[: 3 if stays else 2 if cells[1] else 1])
        if not dry_run and removal.files:
            if not yes:
                click.confirm(
                    f"Delete {len(removal.files)} files ({removal.bytes / 1e6:.1f} MB) for good?",
                    abort=True,
                    err=True,
                )
            removal = remove_files(workspace, ids, manifest, reason_of)
    for item in removal.changed:
        note(f"{escaped(item)}: was changed since it was indexed, left alone; run likewise index")
    for item, other in removal.shared.items():
        note(f"{escaped(item)}: is the same file as '{escaped(other)}', which stays; left alone")
    for item, folder in removal.outside.items():
        note(f"{escaped(item)}: a link leads to {folder}, outside of what was indexed; left alone")
    if as_json:
        answer(
            {
                "files": [str(path) for path in removal.files],
                "ids": list(removal.ids),
                "because": [because.get(item, "") for item in removal.ids],
                "bytes": removal.bytes,
                "gone": list(removal.gone),
                "changed": list(removal.changed),
                "shared": dict(removal.shared),
                "outside": {item: str(folder) for item, folder in removal.outside.items()},
                "manifest": None if removal.manifest is None else str(removal.manifest),
                "sheet": None if drawn is None else str(drawn),
            }
        )
    elif not removal.files:
        note("there is nothing to delete")
    elif removal.manifest is None:
        note(f"would delete {len(removal.files)} files")
    else:
        note(f"deleted {len(removal.files)} files, listed in {removal.manifest}")


def _draw(workspace: Workspace, pairs: Sequence[tuple[str, str]], sheet: Path) -> Path:
    from likewise.images.drawing import save_picture
    from likewise.workspace.contact_sheet import pairs_picture

    shown = pairs[:_DRAWN]
    save_picture(pairs_picture(workspace, shown), sheet)
    some = "" if len(shown) == len(pairs) else f" of {len(pairs)}, the least alike"
    note(f"picture of {len(shown)} files{some}: {sheet}")
    return sheet
