"""``likewise demo``."""

from __future__ import annotations

from pathlib import Path

import click

from likewise.cli._shared import json_option, progress_bar
from likewise.cli._text import answer, say
from likewise.errors import BadInputError


@click.command("demo")
@click.option("--images", type=click.Path(path_type=Path), help="A folder of class folders.")
@click.option("--class", "concept", help="Which class to look for; '3' for the digits.")
@click.option("--pages", type=click.IntRange(1, 100), default=8, show_default=True,
              help="Pages of 20 that the simulated reviewer looks at.")  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="Of the choice of examples.")
@click.option("--to", type=click.Path(path_type=Path), default=Path("likewise-demo"),
              show_default=True, help="Where everything goes.")  # fmt: skip
@json_option
def command(
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
