"""``likewise report``, ``basket`` and ``explain``: what is known of one concept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from likewise.cli._options import json_option, workspace_option
from likewise.cli._output import output_option
from likewise.cli._shared import opened, percent
from likewise.cli._text import answer, note, say
from likewise.core.escaping import escaped
from likewise.core.output_files import complete_file
from likewise.errors import BadInputError, command_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from likewise.rules.basket import BasketReport
    from likewise.rules.explain import Explanation, SimilarItem


@click.command("report")
@click.argument("concept")
@output_option("--out", metavar="FILE",
               help="NAME.html (with pictures) or NAME.md, not standard output.")  # fmt: skip
@workspace_option
@json_option
def report(concept: str, out: Path | None, workspace_path: Path | None, as_json: bool) -> None:
    """Say how far CONCEPT's review is: found, left, precision and recall, with intervals.

    Example: likewise report barn --out barn.html
    """
    from likewise.review.report import make_report
    from likewise.review.session import Session

    if out is not None and out.suffix.lower() not in (".html", ".md"):
        raise BadInputError(f"'{out}' is neither NAME.html nor NAME.md; give one of these to --out")
    with opened(workspace_path) as workspace, Session(workspace, concept) as session:
        report = make_report(session)
        if as_json:
            answer(report.to_json())
        if out is not None:
            html = out.suffix.lower() == ".html"
            text = report.to_html(session) if html else report.to_markdown()
            with complete_file(out) as part:
                part.write_text(text, encoding="utf-8")
            note(f"written: {out}")
        elif not as_json:
            say(report.to_text())


@click.command("basket")
@click.argument("concept")
@output_option("--picture", kind="picture",
               help="Also draw the basket, what is alike together.")  # fmt: skip
@workspace_option
@json_option
def basket(concept: str, picture: Path | None, workspace_path: Path | None, as_json: bool) -> None:
    """Examine the basket of CONCEPT: clumps, outliers, near-copies.

    Worth a look before the first search: an example that is not like the others costs, several
    clumps want the rule `prototypes` or two concepts, and near-copies say one thing twice.

    Example: likewise basket barn --picture barn.png
    """
    from likewise.rules.basket import examine_basket

    with opened(workspace_path) as workspace:
        report = examine_basket(workspace, concept)
        if picture is not None:
            from likewise.images.drawing import save_picture
            from likewise.maps.scatter import basket_picture

            save_picture(basket_picture(workspace, concept), picture)
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


@click.command("explain")
@click.argument("concept")
@click.argument("items", nargs=-1, required=True, metavar="ITEM...")
@click.option("-n", "--most", type=click.IntRange(1), default=3, show_default=True,
              help="Examples and counter-examples to name for each.")  # fmt: skip
@workspace_option
@json_option
def explain(
    concept: str, items: tuple[str, ...], most: int, workspace_path: Path | None, as_json: bool
) -> None:
    """Say which examples and words of CONCEPT pulled each ITEM up, and which speak against it.

    An ITEM is an id as `likewise search` prints it, or an image file. Examples are named with
    their cosine in the rule's space, words by what they contribute.

    Example: likewise explain barn photos/0815.jpg
    """
    from likewise.rules.explain import explain

    with opened(workspace_path) as workspace:
        explanations = explain(workspace, concept, items, most=most)
        pulls = [pull.item for why in explanations for pull in (*why.positives, *why.negatives)]
        origins = workspace.exemplars.origins(pulls)
    if as_json:
        answer([explanation.to_json() for explanation in explanations])
        return
    for explanation in explanations:
        say(_text(explanation, origins))


def _text(why: Explanation, origins: Mapping[str, str]) -> str:
    """Several lines about one item; examples from outside the collection by their path."""
    judged = f", answered {why.answer}" if why.answer else ""
    verdict = "above the threshold" if why.yes else "below the threshold"
    lines = [f"{escaped(why.item)}\t{why.score:.4f}\t{percent(why.probability)}\t{verdict}{judged}"]
    if why.box is not None:
        x, y, width, height = why.box
        lines.append(f"  by its part at {x:g},{y:g}, {width:g} x {height:g} pixels")
    lines += [_like("+", pull, origins) for pull in why.positives]
    lines += [_like("-", pull, origins) for pull in why.negatives]
    for term in why.terms:
        sign = "-" if term.counter else "+"
        lines.append(f"  {sign} {term.cosine:.3f} '{term.words}' ({term.contribution:+.3f})")
    return "\n".join(lines)


def _like(sign: str, pull: SimilarItem, origins: Mapping[str, str]) -> str:
    return f"  {sign} {pull.cosine:.3f} like {escaped(origins.get(pull.item, pull.item))}"
