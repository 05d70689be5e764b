"""``likewise index``."""

from __future__ import annotations

from pathlib import Path

import click

from likewise.cli._shared import answer, json_option, note, progress_bar
from likewise.errors import BadInputError
from likewise.indexing import IndexReport


@click.command("index")
@click.argument("folder")
@click.option(
    "-w",
    "--workspace",
    type=click.Path(path_type=Path),
    envvar="LIKEWISE_WORKSPACE",
    help="Where to keep the vectors; FOLDER's name + .likewise, right here, unless given.",
)
@click.option("--encoder", help="What encodes; the workspace's own, else efficientnet_lite0.")
@click.option("--workers", type=click.IntRange(1), help="Threads that decode; one a core.")
@click.option("--max-megapixels", type=click.IntRange(1), default=200, show_default=True,
              help="Refuse images above this.")  # fmt: skip
@click.option("--max-megabytes", type=click.IntRange(1), default=512, show_default=True,
              help="Refuse files above this.")  # fmt: skip
@click.option("--retry-failed", is_flag=True, help="Try files again that failed before.")
@click.option("--relocate", is_flag=True, help="The folder was moved as a whole: keep its ids.")
@click.option("--dry-run", is_flag=True, help="Only count what would be done.")
@json_option
def command(
    folder: str,
    workspace: Path | None,
    encoder: str | None,
    workers: int | None,
    max_megapixels: int,
    max_megabytes: int,
    retry_failed: bool,
    relocate: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Index a FOLDER of images, or bring its workspace up to date.

    Unchanged files are skipped, moved ones keep their vectors, changed ones are encoded again,
    deleted ones are marked. Stop it at any time; the same command goes on where it was.

    Example: likewise index ~/photos
    """
    if not folder:
        raise BadInputError("the folder is an empty string; give the folder that holds the images")

    from likewise.decode import Limits
    from likewise.indexing import index

    with progress_bar("img", quiet=as_json) as bar:
        report = index(
            folder,
            workspace,
            encoder,
            limits=Limits(max_megapixels, max_megabytes),
            workers=workers,
            retry_failed=retry_failed,
            relocate=relocate,
            dry_run=dry_run,
            progress=bar,
        )
    for failure in report.failed:
        note(f"{failure.item}: {failure.reason}")
    if as_json:
        answer(report.to_json())
    else:
        _say(report, dry_run)
    if report.interrupted:
        note(f"likewise: interrupted; go on with: likewise index {folder}")
        raise click.exceptions.Exit(130)


def _say(report: IndexReport, dry_run: bool) -> None:
    parts = [
        f"{count} {word}"
        for word in ("added", "changed", "moved", "unchanged", "missing", "ignored")
        if (count := getattr(report, word))
    ]
    if report.failed:
        parts.append(f"{len(report.failed)} failed")
    lead = "would be" if dry_run else "indexed into"
    speed = ""
    if report.added + report.changed > 0 and not dry_run:
        speed = f" in {report.seconds:.1f} s ({report.images_per_second:.0f} images/s)"
    click.echo(f"{lead} {report.workspace}: {', '.join(parts) or 'nothing to do'}{speed}")
