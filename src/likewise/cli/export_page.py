"""``likewise export-page``."""

from __future__ import annotations

from pathlib import Path

import click

from likewise.cli._options import json_option, where_option, workspace_option
from likewise.cli._shared import opened, progress_bar, rule_named
from likewise.cli._text import answer, note, say
from likewise.core.escaping import escaped
from likewise.errors import command_line


@click.command("export-page")
@click.argument("workspace", required=False, type=click.Path(path_type=Path))
@click.option("--to", required=True, type=click.Path(path_type=Path), help="The folder to make.")
@click.option("--rule", "rule_name", metavar="RULE",
              help="A concept or a rule file, which ranks the images.")  # fmt: skip
@click.option("-k", type=click.IntRange(1), default=2000, show_default=True,
              help="Images at most: the best of the rule, or else drawn at random.")  # fmt: skip
@click.option("--facet", "facets", multiple=True, metavar="NAME",
              help="A column or metadata key to filter by; folder, camera, year and metadata with "
              "few values unless given. Repeat it.")  # fmt: skip
@where_option
@click.option("--overwrite", is_flag=True, help="Replace an earlier page or export.")
@click.option("--dry-run", is_flag=True, help="Only say what would be written.")
@workspace_option
@json_option
def command(
    workspace: Path | None,
    to: Path,
    rule_name: str | None,
    k: int,
    facets: tuple[str, ...],
    where: str | None,
    overwrite: bool,
    dry_run: bool,
    workspace_path: Path | None,
    as_json: bool,
) -> None:
    """Write a folder of static files to look at a workspace without likewise.

    It holds a page with a grid, filters, one rule's ranking, and a map where the web app has
    computed one; and its pictures, at most 240 pixels on a side. No answers, no paths, no
    original images, no metadata but what it filters by. It opens from the folder or from any web
    server, and loads nothing else. Its size is said before anything is written.

    WORKSPACE is the only *.likewise folder here unless given.

    Example: likewise export-page photos.likewise --rule barn --to page/
    """
    from likewise.export.page import write_page
    from likewise.export.page.plan import plan_page

    path = workspace or workspace_path
    rule = None if rule_name is None else rule_named(rule_name, path)
    with opened(path) as opened_workspace, progress_bar("images", quiet=as_json) as bar:
        plan = plan_page(
            opened_workspace, to, rule=rule, where=where, k=k, facets=facets, overwrite=overwrite
        )
        report = plan.report
        for item in report.without_picture:
            note(f"{escaped(item)}: no thumbnail, left out; likewise index makes it")
        holds = (
            f"{report.images:,} of {report.matching:,} images, {report.images + 1:,} files, "
            f"{report.bytes / 1e6:.1f} MB"
        )
        if not dry_run and not report.complete:
            note(f"writing {holds}")
            report = write_page(plan, overwrite=overwrite, progress=bar)
    if as_json:
        answer({**report.to_json(), "dry_run": dry_run})
        return
    if report.complete:
        say(f"{report.target} holds this page already, every file unchanged")
    else:
        say(f"{'wrote' if report.written else 'would write'} {report.target}: {holds}")
    if report.written:
        say(f"open in any browser: {report.target / 'index.html'}")
    say(f"filters: {', '.join(map(escaped, report.facets)) or 'none'}")
    say(f"ranked by: {report.rule or 'nothing; --rule CONCEPT ranks the images'}")
    web_app = command_line("serve", "--open", "--workspace", opened_workspace.path)
    say(f"map: {report.map or f'none; open the map in the web app first: {web_app}'}")
