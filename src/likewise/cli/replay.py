"""``likewise replay``."""

from __future__ import annotations

from pathlib import Path

import click

from likewise.cli._output import output_option
from likewise.cli._shared import json_option, progress_bar
from likewise.cli._text import answer, note, say
from likewise.errors import BadInputError


@click.command("replay")
@click.argument("place", metavar="FOLDER_OR_WORKSPACE", type=click.Path(path_type=Path))
@click.option("--learners", default="mean,anchored,best", show_default=True, help="Which rules.")
@click.option("--budgets", default="1,3,5,10,20,50", show_default=True,
              help="Numbers of examples; as many counter-examples, but none with 1.")  # fmt: skip
@click.option("--page-size", type=click.IntRange(1), default=20, show_default=True,
              help="Images on a page.")  # fmt: skip
@click.option("--looks", type=click.IntRange(0), default=100, show_default=True,
              help="Images looked at in a session; 0 for no sessions.")  # fmt: skip
@click.option("--text/--no-text", default=True, show_default=True,
              help="Also with the class's name as a hint.")  # fmt: skip
@click.option("--error-rate", type=click.FloatRange(0, 0.5, max_open=True), default=0.0,
              show_default=True, help="Share of answers that are wrong.")  # fmt: skip
@click.option("--draws", type=click.IntRange(1), default=1, show_default=True,
              help="Draws of examples for each class.")  # fmt: skip
@click.option("--classes", type=click.IntRange(0), default=0,
              help="Replay this many classes, at random; all unless given.")  # fmt: skip
@click.option("--no-class", multiple=True, metavar="FOLDER",
              help="A class folder whose images belong to no class. May be repeated.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of all draws.")
@output_option("--out", kind="folder", help="Write tables and plots here.")
@json_option
def command(
    place: Path,
    learners: str,
    budgets: str,
    page_size: int,
    looks: int,
    text: bool,
    error_rate: float,
    draws: int,
    classes: int,
    no_class: tuple[str, ...],
    seed: int,
    out: Path | None,
    as_json: bool,
) -> None:
    """Replay simulated reviewers over class folders: how good is each rule?

    Every class becomes a concept. A reviewer who knows the truth gives examples, says no to near
    misses, and the rule learned from this ranks the rest. A folder is indexed first, as by
    `likewise index`; a .npz file with `vectors` and `labels` will do, too. Prints tables; --out
    also saves every outcome as Parquet, and plots.

    Example: likewise replay photos_by_class/ --budgets 1,5,20 --out replay/
    """
    from likewise.simulate.replaying import replay_file, replay_workspace
    from likewise.simulate.report import Setting
    from likewise.workspace import Workspace

    setting = Setting(
        learners=tuple(part.strip() for part in learners.split(",") if part.strip()),
        budgets=_numbers(budgets),
        page_size=page_size,
        looks=looks,
        text=text,
        error_rate=error_rate,
        draws=draws,
        classes=classes,
        no_class=no_class,
        seed=seed,
    )
    if place.suffix == ".npz":
        with progress_bar("concept", quiet=as_json) as bar:
            report = replay_file(place, setting, bar)
    else:
        path = _indexed(place, as_json)
        with Workspace(path) as workspace, progress_bar("concept", quiet=as_json) as bar:
            report = replay_workspace(workspace, setting, bar)
    if as_json:
        answer(report.to_json())
    elif report.outcomes:
        say(report.markdown())
    if out is not None and report.outcomes:
        note("\n".join(str(path) for path in report.save(out)))
    if report.interrupted:
        note(f"likewise: interrupted after {len(report.concepts)} concept(s)")
        raise click.exceptions.Exit(130)


def _numbers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise BadInputError(
            f"the budgets '{text}' are not whole numbers; give 1,5,20, for example"
        ) from error


def _indexed(place: Path, quiet: bool) -> Path:
    """The workspace itself, or that of a folder, brought up to date."""
    from likewise.indexing.index import index
    from likewise.sources._walk import is_workspace

    if is_workspace(place) or place.suffix == ".likewise":
        return place

    with progress_bar("img", quiet=quiet) as bar:
        report = index(place, progress=bar)
    if report.interrupted:
        raise KeyboardInterrupt
    return Path(report.workspace)
