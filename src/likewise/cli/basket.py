"""``likewise basket``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from likewise.cli._output import output_option
from likewise.cli._shared import json_option, opened, workspace_option
from likewise.cli._text import answer, note, say
from likewise.core.escaping import escaped
from likewise.errors import command_line

if TYPE_CHECKING:
    from likewise.rules.basket import BasketReport


@click.command("basket")
@click.argument("concept")
@output_option("--picture", kind="picture",
               help="Also draw the basket, what is alike together.")  # fmt: skip
@workspace_option
@json_option
def command(concept: str, picture: Path | None, workspace: Path | None, as_json: bool) -> None:
    """Examine the basket of CONCEPT: clumps, outliers, near-copies.

    Worth a look before the first search: an example that is not like the others costs, several
    clumps want the rule `prototypes` or two concepts, and near-copies say one thing twice.

    Example: likewise basket barn --picture barn.png
    """
    from likewise.rules.basket import examine_basket

    with opened(workspace) as place:
        report = examine_basket(place, concept)
        if picture is not None:
            from likewise.images.drawing.saving import save_picture
            from likewise.maps.scatter import basket_picture

            save_picture(basket_picture(place, concept), picture)
    if as_json:
        answer(report.to_json())
    else:
        _say(report)
    if picture is not None:
        note(f"picture: {picture}")


def _say(report: BasketReport) -> None:
    count = len(report.members)
    say(f"{report.concept}: {count} example(s), {report.counter_examples} counter-example(s)")
    if report.silhouette is None:
        say("clumps: the examples are one clump")
    else:
        say(f"clumps: {report.clumps}, silhouette {report.silhouette:.2f}")
        for number in range(report.clumps):
            items = [escaped(member.item) for member in report.members if member.clump == number]
            shown = ", ".join(items[:5]) + (", ..." if len(items) > 5 else "")
            say(f"  {number + 1}: {len(items)} example(s): {shown}")
    for member in report.outliers:
        say(
            f"outlier: {escaped(member.item)} (mean cosine to the others "
            f"{member.likeness:.2f}; without it they are "
            f"found {abs(member.gain):.3f} {'better' if member.gain > 0 else 'worse'}); "
            f"take it out with: "
            f"{command_line('concept', 'drop', report.concept, member.item)}"
        )
    for pair in report.pairs:
        what = "near-copies that disagree" if pair.disagree else "near-copies"
        say(f"{what}: {escaped(pair.one)} and {escaped(pair.other)} ({pair.cosine:.3f})")
    if not report.outliers and not report.pairs:
        say("no outlier and no near-copies")
