"""``likewise export-vectors``."""

from __future__ import annotations

from pathlib import Path

import click

from likewise.cli._options import json_option, workspace_option
from likewise.cli._output import output_option
from likewise.cli._shared import opened, progress_bar
from likewise.cli._text import answer, note, say


@click.command("export-vectors")
@output_option("--out", required=True, metavar="FILE", help="The Parquet file to write.")
@click.option("--where", help="SQL condition on the items' columns.")
@workspace_option
@json_option
def command(out: Path, where: str | None, workspace_path: Path | None, as_json: bool) -> None:
    """Write the vectors of all images to a Parquet table with the columns id and vector.

    For the SQL of likewise rule export, and for other programs: vector is a list of 32-bit
    floats, of length 1. likewise import-vectors reads such a table back.

    Example: likewise export-vectors --out vectors.parquet
    """
    from likewise.export.vectors import export_vectors

    with opened(workspace_path) as workspace, progress_bar("img", quiet=as_json) as bar:
        report = export_vectors(workspace, out, where=where, overwrite=True, progress=bar)
    if report.missing:
        note(f"{report.missing} image(s) whose file is missing are left out")
    if as_json:
        answer(report.to_json())
    else:
        say(
            f"wrote {report.path}: {report.images:,} vectors of {report.dimensions} numbers, "
            f"made by {report.encoder}"
        )
