"""``likewise publish``."""

from __future__ import annotations

from pathlib import Path

import click

from likewise.cli._shared import json_option, opened, progress_bar, read_setting, workspace_option
from likewise.cli._text import answer, note, say


@click.command("publish")
@click.option("--to", "url", required=True, metavar="URL",
              help="postgresql://user@host/db, qdrant://host or milvus://host, say.")  # fmt: skip
@click.option("--name", help="Of the table or collection; likewise_WORKSPACE unless given.")
@click.option("--set", "settings", multiple=True, metavar="OPTION=VALUE",
              help="An option of the database's mirror, such as index=hnsw.")  # fmt: skip
@click.option("--replace", is_flag=True, help="Write it anew, whosever it was.")
@click.option("--dry-run", is_flag=True, help="Only count what would be sent.")
@workspace_option
@json_option
def command(
    url: str,
    name: str | None,
    settings: tuple[str, ...],
    replace: bool,
    dry_run: bool,
    workspace: Path | None,
    as_json: bool,
) -> None:
    """Push vectors and facts of all images into a database, or what has changed of them.

    Stop it at any time; the same command goes on where it was. Then rules run there:
    likewise search --concept cat --on URL

    Example: likewise publish --to postgresql://ana@db/photos
    """
    from likewise.export.publish import publish

    with opened(workspace) as place, progress_bar("img", quiet=as_json) as bar:
        options = dict(map(read_setting, settings))
        report = publish(place, url, name, options, replace=replace, dry_run=dry_run, progress=bar)
    for remark in report.remarks:
        note(remark)
    if as_json:
        answer({**report.to_json(), "dry_run": dry_run})
    else:
        parts = [
            f"{count} {word}"
            for word in ("added", "replaced", "removed", "unchanged")
            if (count := getattr(report, word))
        ]
        lead = "would be in" if dry_run else "published to"
        say(f"{lead} {report.mirror} {report.name}: {', '.join(parts) or 'nothing'}")
    if report.interrupted:
        note("likewise: interrupted; the same command goes on")
        raise click.exceptions.Exit(130)
