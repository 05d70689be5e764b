"""``likewise remove``."""

from __future__ import annotations

from pathlib import Path

import click

from likewise.cli._shared import answer, json_option, note, opened, read_ids, workspace_option
from likewise.errors import BadInputError


@click.command("remove")
@click.argument("selection", required=False)
@click.option("--ids", "ids_file", help="A file of ids, one a line, or - for standard input.")
@click.option("--files", is_flag=True, help="Yes, the files: delete them from the disk for good.")
@click.option("--manifest", type=click.Path(path_type=Path), default=Path("removed.csv"),
              show_default=True, help="The list of what is deleted, written before.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Only say what would be deleted.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@workspace_option
@json_option
def command(
    selection: str | None,
    ids_file: str | None,
    files: bool,
    manifest: Path,
    dry_run: bool,
    yes: bool,
    workspace: Path | None,
    as_json: bool,
) -> None:
    """Delete the image files that the kept SELECTION drops, or those of --ids, from the disk.

    This is the only command that deletes images, and it cannot be undone. To leave images out of
    a dataset, export a selection instead.

    Example: likewise remove unique --files --manifest gone.csv
    """
    from likewise.curating import tagged
    from likewise.curating.removing import remove_files

    if (selection is None) == (ids_file is None):
        raise BadInputError("say what to delete: the name of a selection, or --ids FILE")
    with opened(workspace) as place:
        if selection is not None:
            chosen = tagged(place, selection)
            ids = list(chosen.dropped)
            reasons = {
                item: f"{why} {of}".strip()
                for item, why, of in zip(
                    chosen.dropped, chosen.reasons, chosen.because, strict=True
                )
            }
        else:
            ids, reasons = read_ids(str(ids_file)), {}
        looked = remove_files(place, ids, manifest, reasons, dry_run=True)
        if not dry_run:
            if not files:
                raise BadInputError(
                    f"{len(looked.files)} files would be deleted from the disk; say so with --files"
                )
            if not yes and looked.files:
                click.confirm(
                    f"Delete {len(looked.files)} files ({looked.bytes / 1e6:.1f} MB) for good?",
                    abort=True,
                    err=True,
                )
            looked = remove_files(place, ids, manifest, reasons)
    for item in looked.changed:
        note(f"{item}: was changed since it was indexed, left alone; run likewise index")
    if as_json:
        answer(
            {
                "files": [str(path) for path in looked.files],
                "bytes": looked.bytes,
                "gone": list(looked.gone),
                "changed": list(looked.changed),
                "manifest": None if looked.manifest is None else str(looked.manifest),
            }
        )
        return
    for path in looked.files:
        click.echo(str(path))
    if looked.manifest is None:
        note(f"would delete {len(looked.files)} files")
    else:
        note(f"deleted {len(looked.files)} files, listed in {looked.manifest}")
