"""``likewise import-vectors``."""

from __future__ import annotations

from pathlib import Path

import click

from likewise.cli._options import json_option
from likewise.cli._shared import progress_bar
from likewise.cli._text import answer, note, say
from likewise.errors import BadInputError
from likewise.indexing.importing import ImportReport

_MOST_SHOWN = 20


@click.command("import-vectors")
@click.argument("vectors", required=False, type=click.Path(path_type=Path))
@click.option("--name", help="Name of the model that made the vectors, such as clip-b32.")
@click.option("--ids", type=click.Path(path_type=Path), help="Ids of a .npy's rows, one a line.")
@click.option(
    "--id-column", help="Column of the ids in Parquet or Lance; found by its name unless given."
)
@click.option("--vector-column", help="Column of the vectors; found by its name unless given.")
@click.option("--root", type=click.Path(path_type=Path),
              help="Ids are paths of images below it; thumbnails are made.")  # fmt: skip
@click.option("--words", type=click.Path(path_type=Path),
              help="Words and their vectors, a file like VECTORS: the text side.")  # fmt: skip
@click.option("--word-list", type=click.Path(path_type=Path), help="Words of a .npy, one a line.")
@click.option("--skip-bad", is_flag=True, help="Leave out rows with an unusable vector.")
@click.option(
    "-w",
    "--workspace",
    type=click.Path(path_type=Path),
    envvar="LIKEWISE_WORKSPACE",
    help="The new workspace; NAME.likewise, here, unless given.",
)
@click.option("--dry-run", is_flag=True, help="Only check the file.")
@json_option
def command(
    vectors: Path | None,
    name: str | None,
    ids: Path | None,
    id_column: str | None,
    vector_column: str | None,
    root: Path | None,
    words: Path | None,
    word_list: Path | None,
    skip_bad: bool,
    workspace: Path | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Make a workspace of VECTORS that were computed elsewhere.

    VECTORS is a .npy of shape (n, dim) with --ids, a .parquet file or a .lance dataset with
    columns such as id and vector, or a clip-retrieval folder. Everything is checked before
    anything is written. Images are not needed; --root shows them where they are at hand.

    Example: likewise import-vectors clip.npy --ids ids.txt --name clip-b32
    """
    from likewise.indexing.importing import import_vectors, import_words
    from likewise.sources._vector_files import open_vectors

    text = None if words is None else open_vectors(words, word_list)
    if vectors is None:
        if text is None:
            raise BadInputError("nothing to import was given; give VECTORS, or --words FILE")
        report = import_words(text, workspace)
    else:
        if name is None:
            raise BadInputError(
                "the vectors have no name; say with --name which model made them, such as "
                "--name clip-b32"
            )
        with progress_bar("row", quiet=as_json) as bar:
            report = import_vectors(
                open_vectors(vectors, ids, id_column, vector_column),
                name,
                workspace,
                root=root,
                words=text,
                skip_bad=skip_bad,
                dry_run=dry_run,
                progress=bar,
            )
    if as_json:
        answer(report.to_json())
    else:
        _say(report, dry_run)


def _say(report: ImportReport, dry_run: bool) -> None:
    for row in report.left_out[:_MOST_SHOWN]:
        note(f"{row.item}: its vector {row.reason}")
    if len(report.left_out) > _MOST_SHOWN:
        note(f"... and {len(report.left_out) - _MOST_SHOWN} more")
    parts = [f"{report.imported} vectors"] if report.imported else []
    parts += [f"{len(report.left_out)} left out"] if report.left_out else []
    parts += [f"{report.words} words"] if report.words else []
    parts += [f"{report.without_image} without an image"] if report.without_image else []
    lead = "would be imported into" if dry_run else "imported into"
    say(f"{lead} {report.workspace}: {', '.join(parts) or 'nothing'}")
