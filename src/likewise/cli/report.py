"""``likewise report``."""

from __future__ import annotations

from pathlib import Path

import click

from likewise.cli._output import output_option
from likewise.cli._shared import json_option, opened, workspace_option
from likewise.cli._text import answer, note, say
from likewise.core.output_files import whole_file
from likewise.errors import BadInputError


@click.command("report")
@click.argument("concept")
@output_option("--out", metavar="FILE",
               help="NAME.html (with pictures) or NAME.md; standard output else.")  # fmt: skip
@workspace_option
@json_option
def command(concept: str, out: Path | None, workspace: Path | None, as_json: bool) -> None:
    """Say how far CONCEPT's review is: found, left, precision and recall, with intervals.

    Example: likewise report barn --out barn.html
    """
    from likewise.review.report import make_report
    from likewise.review.session import Session

    if out is not None and out.suffix.lower() not in (".html", ".md"):
        raise BadInputError(f"'{out}' is neither NAME.html nor NAME.md; give one of these to --out")
    with opened(workspace) as place, Session(place, concept) as session:
        report = make_report(session)
        if as_json:
            answer(report.to_json())
        if out is not None:
            html = out.suffix.lower() == ".html"
            text = report.to_html(session) if html else report.to_markdown()
            with whole_file(out) as part:
                part.write_text(text, encoding="utf-8")
            note(f"written: {out}")
        elif not as_json:
            say(report.to_text())
