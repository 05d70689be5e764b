"""``likewise report``."""

from __future__ import annotations

from pathlib import Path

import click

from likewise.cli._shared import answer, json_option, note, opened, workspace_option
from likewise.errors import BadInputError


@click.command("report")
@click.argument("concept")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="NAME.html (with pictures) or NAME.md; standard output else.")  # fmt: skip
@click.option("--overwrite", is_flag=True, help="Replace the file if it is there.")
@workspace_option
@json_option
def command(
    concept: str, out: Path | None, overwrite: bool, workspace: Path | None, as_json: bool
) -> None:
    """Say how far CONCEPT's review is: found, left, precision and recall, with intervals.

    Example: likewise report barn --out barn.html
    """
    from likewise.review.report import make_report
    from likewise.review.session import Session

    if out is not None and out.suffix.lower() not in (".html", ".md"):
        raise BadInputError(f"'{out}' is neither NAME.html nor NAME.md; give one of these to --out")
    if out is not None and out.exists() and not overwrite:
        raise BadInputError(f"{out} exists; replace it with --overwrite")
    with opened(workspace) as place, Session(place, concept) as session:
        report = make_report(session)
        if as_json:
            answer(report.to_json())
        if out is not None:
            html = out.suffix.lower() == ".html"
            text = report.to_html(session) if html else report.to_markdown()
            out.write_text(text, encoding="utf-8")
            note(f"written: {out}")
        elif not as_json:
            click.echo(report.to_text())
