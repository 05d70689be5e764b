"""``likewise replay`` and ``likewise demo``: simulated reviewers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from likewise.cli._options import field_options, json_option
from likewise.cli._output import output_option
from likewise.cli._shared import progress_bar
from likewise.cli._text import answer, note, say
from likewise.errors import BadInputError
from likewise.simulate.report import Setting

_OWN = ("page_size", "looks", "text", "error_rate", "draws", "classes", "no_class", "seed")


@click.command("replay")
@click.argument("source", metavar="FOLDER_OR_WORKSPACE", type=click.Path(path_type=Path))
@click.option(
    "--learners",
    default="mean,anchored,best",
    show_default=True,
    help="Learners, separated by commas.",
)
@click.option("--budgets", default="1,3,5,10,20,50", show_default=True,
              help="Numbers of examples; as many counter-examples, but none with 1.")  # fmt: skip
@field_options(Setting, "setting", _OWN)
@output_option("--out", kind="folder", help="Write tables and plots here.")
@json_option
def replay(
    source: Path,
    learners: str,
    budgets: str,
    setting: dict[str, Any],
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
    from likewise.simulate.workspace_replay import replay_file, replay_workspace
    from likewise.workspace import Workspace

    chosen = Setting(
        learners=tuple(part.strip() for part in learners.split(",") if part.strip()),
        budgets=_numbers(budgets),
        **setting,
    )
    if source.suffix == ".npz":
        with progress_bar("concept", quiet=as_json) as bar:
            report = replay_file(source, chosen, bar)
    else:
        path = _indexed(source, as_json)
        with Workspace(path) as workspace, progress_bar("concept", quiet=as_json) as bar:
            report = replay_workspace(workspace, chosen, bar)
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


def _indexed(source: Path, quiet: bool) -> Path:
    """The workspace itself, or that of a folder, brought up to date."""
    from likewise.indexing.index import index
    from likewise.sources._walk import is_workspace

    if is_workspace(source) or source.suffix == ".likewise":
        return source

    with progress_bar("img", quiet=quiet) as bar:
        report = index(source, progress=bar)
    if report.interrupted:
        raise KeyboardInterrupt
    return Path(report.workspace)


@click.command("demo")
@click.option("--images", type=click.Path(path_type=Path), help="A folder of class folders.")
@click.option("--class", "concept", help="Class to look for; '3' for the digits.")
@click.option("--pages", type=click.IntRange(1, 100), default=8, show_default=True,
              help="Pages of 20 that the simulated reviewer looks at.")  # fmt: skip
@click.option(
    "--seed", type=int, default=0, show_default=True, help="Seed of the choice of examples."
)
@click.option("--to", type=click.Path(path_type=Path), default=Path("likewise-demo"),
              show_default=True, help="Folder of all output.")  # fmt: skip
@json_option
def demo(
    images: Path | None, concept: str | None, pages: int, seed: int, to: Path, as_json: bool
) -> None:
    """Run the main job on real images, end to end.

    Handwritten digits are indexed, the concept "3" is taught from five examples and pages of 20
    that a simulated reviewer answers, its rule is saved, used on images that were held out, and
    the confident ones are exported. With --images and --class, the same on your class folders.
    """
    from likewise.simulate.demo import Demo

    if images is not None and concept is None:
        raise BadInputError(f"--images {images} needs --class NAME, one of its folders")
    with progress_bar("img", quiet=as_json) as bar:
        demo = Demo(to, (lambda line: None) if as_json else say, bar, seed)
        demo.run(images, concept or "3", pages)
    if as_json:
        answer({**demo.figures, "seconds": demo.seconds})
