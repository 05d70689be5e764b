"""``likewise curate``: one command a curator, made from its options; pipelines; what was kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from likewise.cli._options import (
    field_options,
    json_option,
    ray_option,
    ray_pool,
    set_option,
    where_option,
    workspace_option,
)
from likewise.cli._output import output_option
from likewise.cli._shared import opened, progress_bar
from likewise.cli._text import answer, note, say, say_row
from likewise.core.escaping import escaped
from likewise.core.option_fields import help_of
from likewise.errors import BadInputError, command_line
from likewise.registry import names, part

if TYPE_CHECKING:
    from likewise.core.selection import Selection
    from likewise.workspace import Workspace

_SHORT = {
    "near_duplicates": "duplicates",
    "label_suspects": "suspects",
    "image_issues": "issues",
}
_CURATOR_OF = {short: name for name, short in _SHORT.items()}
_SHOWN = 20


class _Curators(click.Group):
    """A command for each curator there is, from its file; and pipelines by the file's name."""

    def list_commands(self, context: click.Context) -> list[str]:
        commands = super().list_commands(context)
        return (
            sorted({_SHORT.get(name, name).replace("_", "-") for name in names("curate")})
            + commands
        )

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        command = super().get_command(context, name)
        if command is not None:
            return command
        if name.endswith(".toml"):
            return _pipeline(Path(name))
        curator = name.replace("-", "_")
        curator = _CURATOR_OF.get(curator, curator)
        return _curator_command(curator) if curator in names("curate") else None


@click.group("curate", cls=_Curators)
def command() -> None:
    """Choose what belongs in a dataset: duplicates, outliers, rare cases, diversity, splits.

    Every command says what it would keep and drop, and why, because of which image; nothing is
    changed but what --save keeps under a name, and `likewise curate undo NAME` takes that back.
    A file ending in .toml is a pipeline of steps.

    Example: likewise curate duplicates --report duplicates.html --save unique
    """


def _common(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        where_option,
        click.option("--within", metavar="NAME", help="Only what the selection NAME keeps."),
        click.option("--labels", metavar="FROM",
                     help="folder (the default), none, a column, or a CSV file with id, label."),
        click.option("--before", metavar="NAME",
                     help="An earlier split, whose parts are kept."),
        click.option("--save", metavar="NAME", help="Keep the selection under a name."),
        output_option("--report", help="Write an HTML page with pictures."),
        output_option("--parquet", help="Write a table."),
        click.option("--print", "printed", type=click.Choice(["dropped", "kept", "all"]),
                     default="dropped", show_default=True, help="Which items to list."),
        click.option("--dry-run", is_flag=True, help="Write nothing: neither name nor files."),
        ray_option("Look for neighbours"),
        workspace_option,
        json_option,
    )[::-1]:  # fmt: skip
        function = option(function)
    return function


def _curator_command(curator: str) -> click.Command:
    kind = part("curate", curator)

    @field_options(kind, "options")
    @_common
    def run(options: dict[str, Any], **common: Any) -> None:
        steps: list[tuple[str, Mapping[str, Any]]] = [(curator, options)]
        if curator == "near_duplicates":
            steps.insert(0, ("exact_duplicates", {}))
        _run(steps, **common)

    return click.command(_SHORT.get(curator, curator).replace("_", "-"), help=help_of(kind))(run)


def _pipeline(path: Path) -> click.Command:
    @_common
    def run(where: str | None, labels: str | None, **common: Any) -> None:
        from likewise.curate.workspace import read_recipe

        recipe = read_recipe(path)
        _run(list(recipe.steps), where or recipe.where, labels=labels or recipe.labels, **common)

    return click.command(str(path), help=f"Run the steps of {path}.")(run)


def _run(
    steps: list[tuple[str, Mapping[str, Any]]],
    where: str | None,
    within: str | None,
    labels: str | None,
    before: str | None,
    save: str | None,
    report: Path | None,
    parquet: Path | None,
    printed: str,
    dry_run: bool,
    ray: str | None,
    workspace_path: Path | None,
    as_json: bool,
) -> None:
    from likewise.concepts.class_labels import ClassLabels
    from likewise.curate.workspace import curate_workspace, label_source, save_tag

    crew = ray_pool(ray)
    with opened(workspace_path) as workspace, progress_bar("images") as progress:
        source = label_source(workspace, labels or "folder")
        chosen = curate_workspace(workspace, steps, where, within, source, before, progress, crew)
        saved = None
        if not dry_run:
            _write(workspace, chosen, report, parquet)
            if save is not None:
                saved = save_tag(workspace, chosen, save)
                note(f"kept as '{save}'; take it back with: {command_line('curate', 'undo', save)}")
        elif report or parquet or save:
            note("dry run: nothing was written")
    if as_json:
        answer(
            {
                "method": chosen.method,
                "counts": chosen.counts(),
                "notes": list(chosen.notes),
                "labels": source.to_json() if isinstance(source, ClassLabels) else source,
                "round": saved,
                "items": chosen.rows(),
            }
        )
        return
    for note_ in chosen.notes:
        note(note_)
    for row in chosen.rows():
        if row["kept"] and printed != "dropped":
            say_row(row["id"], "kept", row["part"])
        elif not row["kept"] and printed != "kept":
            score = f"{row['score']:.4f}"
            say_row(row["id"], "dropped", row["reason"], row["because"], score)
    note(f"{len(chosen.kept):,} kept, {len(chosen.dropped):,} dropped")


def _write(
    workspace: Workspace, chosen: Selection, report: Path | None, parquet: Path | None
) -> None:
    """The page with pictures and the table, where they are asked for."""
    from likewise.curate.report import write_parquet, write_report

    if report is not None:
        write_report(workspace, chosen, report)
        note(f"report: {report}")
    if parquet is not None:
        write_parquet(chosen, parquet)
        note(f"table: {parquet}")


@command.command("list")
@workspace_option
@json_option
def list_kept(workspace_path: Path | None, as_json: bool) -> None:
    """List the selections that are kept under a name."""
    from likewise.curate.workspace import tags

    with opened(workspace_path) as workspace:
        found = tags(workspace)
    if as_json:
        answer(found)
        return
    for name, facts in found.items():
        say(f"{name}\t{facts['curator']}\t{facts['items']}\t{facts['at']}")
    if not found:
        note("none yet; keep one with --save NAME")


@command.command("show")
@click.argument("name")
@output_option("--report", help="Write an HTML page with pictures.")
@output_option("--parquet", help="Write a table.")
@workspace_option
@json_option
def show(
    name: str, report: Path | None, parquet: Path | None, workspace_path: Path | None, as_json: bool
) -> None:
    """Show the selection kept as NAME."""
    from likewise.curate.workspace import tagged

    with opened(workspace_path) as workspace:
        chosen = tagged(workspace, name)
        _write(workspace, chosen, report, parquet)
    if as_json:
        answer({"method": chosen.method, "counts": chosen.counts(), "items": chosen.rows()})
        return
    for note_ in chosen.notes:
        note(note_)
    for what, count in chosen.counts().items():
        say(f"{what}\t{count}")


@command.command("keepers")
@click.argument("ids", nargs=-1)
@click.option("--release", is_flag=True, help="Leave IDS to the method again.")
@workspace_option
@json_option
def keepers(
    ids: tuple[str, ...], release: bool, workspace_path: Path | None, as_json: bool
) -> None:
    """Let IDS stay among their copies at every threshold; list those that do without IDS.

    The web app does the same with a press on an image. A choice holds for the picture: when
    another one takes its name, it does not count for that.

    Example: likewise curate keepers scans/17.jpg
    """
    from likewise.concepts.labelling import require_images

    if release and not ids:
        raise BadInputError("name the images to release; without them the chosen ones are listed")
    with opened(workspace_path) as workspace:
        if ids:
            require_images(workspace, ids)
            stay = () if release else ids
            digests = workspace.collection.digests(stay) if stay else []
            chosen = dict(zip(stay, digests, strict=True))
            workspace.keepers.choose(chosen, ids if release else ())
        current = list(workspace.keepers.current())
    if as_json:
        answer({"stay": current})
        return
    for item in current:
        say(escaped(item))
    if not current:
        note("no image is chosen to stay")


@command.command("undo")
@click.argument("name")
@workspace_option
@json_option
def undo(name: str, workspace_path: Path | None, as_json: bool) -> None:
    """Take the newest selection of NAME back; an earlier one counts again."""
    from likewise.curate.workspace import undo_tag

    with opened(workspace_path) as workspace:
        number = undo_tag(workspace, name)
    if as_json:
        answer({"undone": name, "round": number})
    else:
        say(f"took back {name} (round {number})")


@command.command("export")
@click.argument("name")
@click.option("--to", required=True, type=click.Path(path_type=Path), help="The folder to make.")
@click.option("--format", "form", type=click.Choice(names("export")), default="folder",
              show_default=True, help="Form of the dataset.")  # fmt: skip
@set_option("An option of the form, such as link=symlink.")
@click.option("--labels", metavar="FROM",
              help="folder, none, a column, or a CSV file with id, label; what the selection was "
              "made with unless given.")  # fmt: skip
@click.option("--overwrite", is_flag=True, help="Replace an earlier export.")
@click.option("--dry-run", is_flag=True, help="Only count.")
@workspace_option
@json_option
def export(
    name: str,
    to: Path,
    form: str,
    settings: dict[str, Any],
    labels: str | None,
    overwrite: bool,
    dry_run: bool,
    workspace_path: Path | None,
    as_json: bool,
) -> None:
    """Write what the selection NAME keeps as a dataset, a split's parts as its parts.

    Classes are the labels that the selection was made with.

    Example: likewise curate export mysplit --to dataset/
    """
    from likewise.concepts.class_labels import ClassLabels
    from likewise.curate.workspace import label_source, labels_of, tagged
    from likewise.export.selection import export_selection

    options = dict(settings)
    with opened(workspace_path) as workspace, progress_bar("images", quiet=as_json) as bar:
        chosen = tagged(workspace, name)
        source = label_source(workspace, labels or "folder")
        labels_by_item = labels_of(workspace, chosen.kept, source)
        if labels is None and chosen.labels:
            labels_by_item = dict(zip(chosen.kept, chosen.labels, strict=True))
        report = export_selection(
            workspace, chosen, to, labels_by_item, form, overwrite, dry_run, name, bar, **options
        )
    for line in (*(source.notes() if isinstance(source, ClassLabels) else ()), *report.left_out):
        note(line)
    if as_json:
        answer(report.to_json())
        return
    for label, count in list(report.counts.items())[:_SHOWN]:
        say_row(label, count)
    total = sum(report.counts.values())
    say(f"{report.outcome}: {total} images")
