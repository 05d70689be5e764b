"""``likewise views``: saved views of a workspace, as the web app lists them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from likewise.cli._options import json_option, where_option, workspace_option
from likewise.cli._shared import opened
from likewise.cli._text import answer, note, say, say_row
from likewise.errors import BadInputError, NotFoundError, command_line

if TYPE_CHECKING:
    from likewise.search.facets.choice import Choice
    from likewise.search.facets.columns import FacetColumns
    from likewise.search.facets.view import View

who_option = click.option("--who", help="Whose view; yours unless given.")


@click.group("views")
def command() -> None:
    """Save views under a name: what is chosen of facets, a condition, an order, words.

    The web app lists them in the tab Filter, and opens them by a click and by their address. Each
    person has their own.
    """


@command.command("list")
@workspace_option
@json_option
def list_views(workspace_path: Path | None, as_json: bool) -> None:
    """List the views: name, person, images when it was saved, what it is of.

    Example: likewise views list
    """
    with opened(workspace_path) as workspace:
        views = workspace.views.all()
    if as_json:
        answer([view.to_json() for view in views])
        return
    for view in views:
        say_row(view.name, view.who, f"{view.images} images", "; ".join(parts_of(view)))
    if not views:
        make = command_line("views", "save", "NAME", "--facet", "NAME=VALUE")
        note(f"there is no view; make one with: {make}")


@command.command("save")
@click.argument("name")
@click.option("--facet", "pairs", multiple=True, metavar="NAME=VALUE",
              help="A value, or LOW..HIGH of a range. May be repeated.")  # fmt: skip
@where_option
@click.option("--order", type=click.Choice(["alike", "unsure", "varied", "random"]),
              default="alike", show_default=True, help="Which images are first.")  # fmt: skip
@click.option("--concept", default="", help="The concept that ranks the images.")
@click.option("--words", multiple=True,
              help="Words that rank the images without a concept. May be repeated.")  # fmt: skip
@click.option("--replace", is_flag=True, help="Save over your view of that name.")
@click.option("--who", help="Whose view it is; yours unless given.")
@workspace_option
@json_option
def save(
    name: str,
    pairs: tuple[str, ...],
    where: str | None,
    order: str,
    concept: str,
    words: tuple[str, ...],
    replace: bool,
    who: str | None,
    workspace_path: Path | None,
    as_json: bool,
) -> None:
    """Save a view as NAME, with how many images it has now.

    Facets are columns such as folder and width, and keys of the metadata.

    Example: likewise views save "large barns" --facet folder=barn --facet width=800..
    """
    from likewise.review.saved_views import save_view
    from likewise.search.facets.view import View

    with opened(workspace_path) as workspace:
        facets, _ = workspace.collection.facets()
        view = View(name, choices_of(facets, pairs), where or "", order, concept, words)
        saved = save_view(workspace, view, new=not replace, who=who)
    if as_json:
        answer(saved.to_json())
    else:
        say(f"saved the view {name}: {saved.images} images")


@command.command("show")
@click.argument("name")
@who_option
@workspace_option
@json_option
def show(name: str, who: str | None, workspace_path: Path | None, as_json: bool) -> None:
    """Show the view NAME: what it is of, how many images it has now, and what of it is gone.

    Example: likewise views show "large barns"
    """
    from likewise.review.saved_views import open_view

    with opened(workspace_path) as workspace:
        found = open_view(workspace, name, who)
    if as_json:
        answer(found.to_json())
        return
    for part in parts_of(found.now.view):
        say(part)
    say(f"{found.now.images} images now, {found.saved.images} when it was saved")
    for remark in found.remarks:
        note(remark)
    words = ("--where", found.now.condition) if found.now.condition else ()
    ranked = ("--concept", found.saved.concept) if found.saved.concept else found.saved.words
    if ranked and not found.is_concept_gone:
        note(f"list its images with: {command_line('search', *ranked, *words)}")


@command.command("rename")
@click.argument("old")
@click.argument("new")
@who_option
@workspace_option
@json_option
def rename(old: str, new: str, who: str | None, workspace_path: Path | None, as_json: bool) -> None:
    """Give the view OLD the name NEW.

    Example: likewise views rename "large barns" barns
    """
    with opened(workspace_path) as workspace:
        renamed = workspace.views.rename(workspace.views.get(old, who), new)
    if as_json:
        answer(renamed.to_json())
    else:
        say(f"renamed the view {old} to {new}")


@command.command("remove")
@click.argument("name")
@who_option
@workspace_option
@json_option
def remove(name: str, who: str | None, workspace_path: Path | None, as_json: bool) -> None:
    """Remove the view NAME; images and answers stay.

    Example: likewise views remove "large barns"
    """
    with opened(workspace_path) as workspace:
        view = workspace.views.get(name, who)
        workspace.views.remove(view)
    if as_json:
        answer({"removed": view.name, "who": view.who})
    else:
        say(f"removed the view {name}")


def parts_of(view: View) -> list[str]:
    """What a view is of, part by part, as people read it."""
    found = [f"{name}: {_in_words(choice)}" for name, choice in view.chosen.items()]
    named = {"where": view.where, "concept": view.concept, "words": ", ".join(view.words)}
    found += [f"{name}: {text}" for name, text in named.items() if text]
    return found if view.order == "alike" else [*found, f"order: {view.order}"]


def choices_of(facets: FacetColumns, pairs: tuple[str, ...]) -> dict[str, Choice]:
    """Choices from ``NAME=VALUE``, values of one facet together; a range is ``LOW..HIGH``.

    Raises:
        BadInputError: another form, or both values and a range of one facet.
        NotFoundError: no such facet.
    """
    from likewise.search.facets.choice import Choice, seconds_of

    chosen: dict[str, Choice] = {}
    for pair in pairs:
        short, equals, value = pair.partition("=")
        name = short if short in facets.columns else f"metadata.{short}"
        if not equals or not short:
            raise BadInputError(f"'{pair}' is not of the form NAME=VALUE; give such as folder=barn")
        if name not in facets.columns:
            names = ", ".join(facets.columns) or "nothing"
            raise NotFoundError(f"there is no facet '{short}'; choose one of: {names}")
        kind = facets.columns[name].kind
        before = chosen.get(name, Choice())
        if kind == "values":
            chosen[name] = Choice((*before.values, value))
            continue
        low, dots, high = value.partition("..")
        read = seconds_of if kind == "times" else _number
        if not dots or not (low or high):
            raise BadInputError(f"'{name}' is a range; give it as {short}=LOW..HIGH, or one end")
        chosen[name] = Choice((), read(low) if low else None, read(high) if high else None)
    return chosen


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise BadInputError(f"'{text}' is not a number; give such as width=800..1600") from None


def _in_words(choice: Choice) -> str:
    if choice.values:
        return ", ".join("none" if value is None else value for value in choice.values)
    low, high = ("" if end is None else f"{end:g}" for end in (choice.low, choice.high))
    return f"{low}..{high}"
