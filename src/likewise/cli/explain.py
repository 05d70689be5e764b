"""``likewise explain``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from likewise.cli._shared import json_option, opened, percent, workspace_option
from likewise.cli._text import answer, say
from likewise.core.escaping import escaped

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from likewise.rules.explain import Explanation, SimilarItem


@click.command("explain")
@click.argument("concept")
@click.argument("items", nargs=-1, required=True, metavar="ITEM...")
@click.option("-n", "--most", type=click.IntRange(1), default=3, show_default=True,
              help="Examples and counter-examples to name for each.")  # fmt: skip
@workspace_option
@json_option
def command(
    concept: str, items: tuple[str, ...], most: int, workspace: Path | None, as_json: bool
) -> None:
    """Say which examples and words of CONCEPT pulled each ITEM up, and which speak against it.

    An ITEM is an id as `likewise search` prints it, or an image file. Examples are named with
    their cosine in the rule's space, words by what they contribute.

    Example: likewise explain barn photos/0815.jpg
    """
    from likewise.rules.explain import explain

    with opened(workspace) as place:
        explanations = explain(place, concept, items, most=most)
        pulls = [pull.item for why in explanations for pull in (*why.positives, *why.negatives)]
        origins = place.exemplars.origins(pulls)
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
