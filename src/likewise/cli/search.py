"""``likewise search``."""

from __future__ import annotations

from pathlib import Path

import click

from likewise.cli._options import basket_options, json_option, where_option, workspace_option
from likewise.cli._output import output_option
from likewise.cli._shared import opened, percent
from likewise.cli._text import answer, note, say
from likewise.core.concept import Concept
from likewise.core.escaping import escaped
from likewise.core.ranking import Ranking
from likewise.core.rule import Rule
from likewise.errors import BadInputError
from likewise.workspace import Workspace


@click.command("search")
@click.argument("words", nargs=-1)
@basket_options
@click.option("--concept", help="Search with this concept's rule.")
@click.option(
    "--rule", "rule_file", type=click.Path(path_type=Path), help="Search with this rule file."
)
@click.option("-k", "--top", "k", type=click.IntRange(1), default=50, show_default=True,
              help="Number of results.")  # fmt: skip
@where_option
@click.option("--unlabelled", is_flag=True, help="Leave out what was judged for the concept.")
@click.option("--with-examples", is_flag=True,
              help="With --concept: list the images of its basket, too.")  # fmt: skip
@click.option("--combine", type=click.Choice(["sum", "product"]), default="sum",
              show_default=True,
              help="How words and examples count together: a product wants both.")  # fmt: skip
@click.option("--also", type=click.Path(path_type=Path), multiple=True, metavar="WORKSPACE",
              help="Search this workspace, too, with the same rule. May be repeated.")  # fmt: skip
@click.option("--on", "url", metavar="URL",
              help="Search in a database that the workspace was published to.")  # fmt: skip
@click.option("--name", help="With --on: the table or collection; likewise_WORKSPACE unless given.")
@click.option("--approximate", is_flag=True,
              help="With --on: let the server use its index, which may miss some.")  # fmt: skip
@output_option("--sheet", kind="picture", help="Also make a picture of the page.")
@workspace_option
@json_option
def command(
    words: tuple[str, ...],
    like: tuple[str, ...],
    unlike: tuple[str, ...],
    hints: tuple[str, ...],
    counter_hints: tuple[str, ...],
    concept: str | None,
    rule_file: Path | None,
    k: int,
    where: str | None,
    unlabelled: bool,
    with_examples: bool,
    combine: str,
    also: tuple[Path, ...],
    url: str | None,
    name: str | None,
    approximate: bool,
    sheet: Path | None,
    workspace_path: Path | None,
    as_json: bool,
) -> None:
    """Find images by WORDS, by example, or by a concept; the best first.

    Prints a line an image: id, score and probability, separated by tabs; where images have
    patches also the part that the score is of, as x,y,width,height, or "whole". An image of
    another workspace (--also) is WORKSPACE:ID. With --concept the images of its basket are left
    out. With --combine product a score is between 0 and 1, and 1 is nearest to both the words
    and the examples.

    Example: likewise search "tabby cat" --like a.jpg --unlike b.jpg -k 20
    """
    from likewise.rules.product_search import search_by_product
    from likewise.rules.query import (
        absent_senses,
        best_of_several,
        hits_of,
        judged,
        rule_to_search_with,
    )

    if also and (url or sheet):
        raise BadInputError("--also goes with neither --on nor --sheet; search one after the other")
    if url is None and (name or approximate):
        raise BadInputError("--name and --approximate go with --on, which says where to search")
    if with_examples and (unlabelled or concept is None):
        raise BadInputError("--with-examples needs --concept, and goes without --unlabelled")
    if unlabelled and concept is None:
        raise BadInputError("--unlabelled needs --concept, whose answers are to be left out")
    if combine == "product" and (concept or rule_file or also or url):
        raise BadInputError(
            "--combine product goes with words and images alone, without --concept, --rule, "
            "--also and --on"
        )
    hints = ((" ".join(words),) if words else ()) + hints
    with opened(workspace_path) as workspace:
        if combine == "product":
            ranking, remarks = search_by_product(
                workspace, like, unlike, hints, counter_hints, k, where
            )
            facts: dict[str, object] = {"rule": "product", "threshold": None}
        else:
            rule, remarks = rule_to_search_with(
                workspace, concept, rule_file, like, unlike, hints, counter_hints
            )
            facts = {"rule": rule.learner, "threshold": rule.threshold}
            exclude = set[str]()
            if concept is not None and unlabelled:
                exclude = judged(workspace, concept)
            elif concept is not None and not with_examples:
                exclude = set(workspace.concepts.get(concept).images)
            if url is None:
                ranking = workspace.collection.search(rule, k, where, exclude)
                if concept is None and not like:
                    query = Concept("search", hints=tuple(hints))
                    remarks += absent_senses(workspace, query, ranking, rule)
            else:
                ranking, more = _on_server(
                    workspace, url, name, rule, k, where, exclude, approximate
                )
                remarks += more
        for remark in remarks:
            note(remark)
        if sheet is not None:
            _draw(workspace, ranking, sheet)
        hits, searched = hits_of(workspace, ranking), ranking.searched
    if also:
        hits, more_searched = best_of_several(rule, hits, also, k, where)
        searched += more_searched
    if as_json:
        answer({**facts, "searched": searched, "notes": remarks, "results": hits})
        return
    for row in hits:
        line = f"{escaped(row['id'])}\t{row['score']:.4f}\t{percent(row['probability'])}"
        if "workspace" in row:
            line = f"{escaped(str(row['workspace']))}:{line}"
        if "box" in row:
            line += "\t" + (",".join(f"{side:g}" for side in row["box"] or ()) or "whole")
        say(line)
    if not hits:
        note("nothing found: " + ("no image passes --where" if where else "all are excluded"))


def _on_server(
    workspace: Workspace,
    url: str,
    name: str | None,
    rule: Rule,
    k: int,
    where: str | None,
    exclude: set[str],
    approximate: bool,
) -> tuple[Ranking, list[str]]:
    """The ranking of a database that the workspace was published to, and its remarks."""
    from likewise.export.publish import default_name
    from likewise.export.remote_search import search_mirror

    table = name or default_name(workspace)
    return search_mirror(url, table, rule, k, where, sorted(exclude), approximate)


def _draw(workspace: Workspace, ranking: Ranking, sheet: Path) -> None:
    from likewise.images.drawing import save_picture
    from likewise.workspace.contact_sheet import contact_sheet

    save_picture(contact_sheet(workspace, ranking), sheet)
    note(f"picture of {len(ranking)} images: {sheet}")
