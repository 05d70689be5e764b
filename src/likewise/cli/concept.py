"""``likewise concept create|add|drop|weight|combine|label|list|show|rename|remove|restore``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from likewise.cli._options import basket_options, json_option, workspace_option
from likewise.cli._shared import opened, read_ids
from likewise.cli._text import answer, note, say, say_row
from likewise.core.concept import Concept
from likewise.core.escaping import escaped, unescaped
from likewise.errors import BadInputError, NotFoundError, command_line

if TYPE_CHECKING:
    from likewise.workspace import Workspace


@click.group("concept")
def command() -> None:
    """Make concepts, fill their baskets, record answers."""


@command.command("create")
@click.argument("name")
@basket_options
@click.option("--restore", is_flag=True, help="Bring back a removed concept of that name.")
@workspace_option
@json_option
def create(
    name: str, restore: bool, workspace_path: Path | None, as_json: bool, **basket: tuple[str, ...]
) -> None:
    """Make a concept NAME from examples and words; it begins without answers.

    Example: likewise concept create barn --like a.jpg --hint "red barn" --counter-hint house
    """
    _fill(name, workspace_path, as_json, new=not restore, restore=restore, **basket)


@command.command("add")
@click.argument("name")
@basket_options
@workspace_option
@json_option
def add(name: str, workspace_path: Path | None, as_json: bool, **basket: tuple[str, ...]) -> None:
    """Put more examples or words into the basket of concept NAME."""
    _fill(name, workspace_path, as_json, new=False, restore=False, **basket)


@command.command("drop")
@click.argument("name")
@click.argument("parts", nargs=-1, required=True)
@workspace_option
@json_option
def drop(name: str, parts: tuple[str, ...], workspace_path: Path | None, as_json: bool) -> None:
    """Take PARTS (ids or words) out of the basket of concept NAME."""
    with opened(workspace_path) as workspace:
        parts = _in_basket(workspace.concepts.get(name), parts)
        smaller = workspace.concepts.change(name, lambda newest: newest.without(parts))
        if as_json:
            answer(smaller.to_json())
        else:
            say(f"{name}: {len(parts)} part(s) taken out")


@command.command("weight")
@click.argument("name")
@click.argument("part")
@click.argument("weight", type=float)
@workspace_option
@json_option
def weight(name: str, part: str, weight: float, workspace_path: Path | None, as_json: bool) -> None:
    """Say how much PART (an id or words) of concept NAME counts; 1 is usual, 0 switches it off.

    Example: likewise concept weight barn "red barn" 0
    """
    with opened(workspace_path) as workspace:
        (part,) = _in_basket(workspace.concepts.get(name), [part])

        def weighed(newest: Concept) -> Concept:
            others = {p: w for p, w in newest.weights.items() if p != part}
            return replace(newest, weights=others if weight == 1 else {**others, part: weight})

        changed = workspace.concepts.change(name, weighed)
        if as_json:
            answer(changed.to_json())
        else:
            say(f"{name}: {escaped(part)} {_counts(weight)}; next: {command_line('learn', name)}")


@command.command("combine")
@click.argument("name")
@click.argument("how", type=click.Choice(["sum", "product"]))
@workspace_option
@json_option
def combine(
    name: str, how: Literal["sum", "product"], workspace_path: Path | None, as_json: bool
) -> None:
    """Say how words and examples of concept NAME count together in every rule of it.

    A sum lets one make up for the other. By product, what is like both comes first; answers may
    lead to another rule where it is clearly better. It needs a word and an example.

    Example: likewise concept combine barn product
    """
    from likewise.concepts.labelling import change_basket

    with opened(workspace_path) as workspace:
        changed, _ = change_basket(workspace, Concept(name), combine=how)
        if as_json:
            answer(changed.to_json())
        else:
            say(f"{name}: words and examples count by {how}; next: {command_line('learn', name)}")


@command.command("label")
@click.argument("name")
@click.option("--yes", metavar="FILE", help="Ids that show it, one a line; - for standard input.")
@click.option("--no", metavar="FILE", help="Ids that do not.")
@click.option("--unsure", metavar="FILE", help="Ids that nobody can decide.")
@click.option("--csv", "table", type=click.Path(path_type=Path), metavar="FILE",
              help="A table with the columns id and verdict (yes, no, unsure).")  # fmt: skip
@click.option("--who", help="Who answered; you unless given.")
@click.option("--dry-run", is_flag=True, help="Only check and count.")
@workspace_option
@json_option
def label(
    name: str,
    yes: str | None,
    no: str | None,
    unsure: str | None,
    table: Path | None,
    who: str | None,
    dry_run: bool,
    workspace_path: Path | None,
    as_json: bool,
) -> None:
    """Record a reviewer's answers about concept NAME; none is ever overwritten.

    Example: likewise search --concept barn -k 20 | likewise concept label barn --yes -
    """
    from likewise.concepts.label_files import read_verdicts
    from likewise.concepts.labelling import record_labels

    files = (("yes", yes), ("no", no), ("unsure", unsure))
    answers: list[tuple[str, str]] = []
    for verdict, file in files:
        if file is not None:
            answers += [(item, verdict) for item in read_ids(file)]
    if table is not None:
        answers += read_verdicts(table)
    if not answers:
        raise BadInputError("no answer was given; use --yes FILE, --no FILE or --csv FILE")
    with opened(workspace_path) as workspace:
        counts = record_labels(workspace, name, answers, who, "command", dry_run)
        if as_json:
            answer({"concept": name, **counts, "dry_run": dry_run})
        else:
            done = "would be recorded" if dry_run else "recorded"
            summary = ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
            say(f"{name}: {summary} {done}")


@command.command("list")
@click.option("--removed", is_flag=True, help="Those that were removed and can be restored.")
@workspace_option
@json_option
def list_concepts(removed: bool, workspace_path: Path | None, as_json: bool) -> None:
    """List the concepts."""
    with opened(workspace_path) as workspace:
        names = workspace.concepts.removed() if removed else workspace.concepts.names()
        if as_json:
            answer(names)
            return
        for name in names:
            say(name)
        if removed and not names:
            note("no concept was removed")
        elif not names:
            note("no concept yet; make one with: likewise concept create NAME --like IMAGE")


@command.command("show")
@click.argument("name")
@workspace_option
@json_option
def show(name: str, workspace_path: Path | None, as_json: bool) -> None:
    """Show the basket, the answers and the rules of concept NAME."""
    with opened(workspace_path) as workspace:
        concept = workspace.concepts.get(name)
        labels = workspace.labels.current(name)
        counts = {v: sum(x.verdict == v for x in labels.values()) for v in ("yes", "no", "unsure")}
        versions = workspace.rules.versions(name)
        if as_json:
            rules = [{"version": v.version, "learner": v.learner, "at": v.at} for v in versions]
            answer({**concept.to_json(), "labels": counts, "rules": rules})
            return
        for title, parts in (
            ("examples", concept.examples),
            ("counter-examples", concept.counter_examples),
            ("hints", concept.hints),
            ("counter-hints", concept.counter_hints),
        ):
            for part in parts:
                usual = concept.weight(part) == 1
                say_row(title, part, *([] if usual else [_counts(concept.weight(part))]))
        summary = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
        say(f"answers\t{summary}")
        for version in versions:
            say(f"rule {version.version}\t{version.learner}\t{version.at}\t{version.path}")


@command.command("rename")
@click.argument("old")
@click.argument("new")
@workspace_option
@json_option
def rename(old: str, new: str, workspace_path: Path | None, as_json: bool) -> None:
    """Give concept OLD the name NEW; its answers, rules, rounds and audits follow."""
    with opened(workspace_path) as workspace:
        workspace.concepts.rename(old, new)
        contents = _contents(workspace, new)
        if as_json:
            answer({"renamed": old, "to": new, **contents})
        else:
            say(f"{old}: renamed to {new}, with {_in_words(contents)}")


@command.command("remove")
@click.argument("name")
@click.option("--dry-run", is_flag=True, help="Only say what would be hidden.")
@workspace_option
@json_option
def remove(name: str, dry_run: bool, workspace_path: Path | None, as_json: bool) -> None:
    """Hide concept NAME; its answers and rules stay for likewise concept restore."""
    with opened(workspace_path) as workspace:
        workspace.concepts.get(name)
        if not dry_run:
            workspace.concepts.remove(name)
        if as_json:
            answer({"removed": name, "dry_run": dry_run})
            return
        say(f"{name}: {'would be hidden' if dry_run else 'hidden'}")
        if not dry_run:
            note(f"bring it back with: {command_line('concept', 'restore', name)}")


@command.command("restore")
@click.argument("name")
@workspace_option
@json_option
def restore(name: str, workspace_path: Path | None, as_json: bool) -> None:
    """Bring back the removed concept NAME, with its basket, answers, rules and aim."""
    _fill(name, workspace_path, as_json, new=False, restore=True)


def _contents(workspace: Workspace, name: str) -> dict[str, int]:
    """How much of a person's work a concept holds, shown or hidden."""
    return {"answers": workspace.labels.count(name), "rules": len(workspace.rules.versions(name))}


def _in_words(contents: dict[str, int]) -> str:
    return f"{contents['answers']} answer(s) and {contents['rules']} rule(s)"


def _in_basket(concept: Concept, parts: Sequence[str]) -> tuple[str, ...]:
    """The parts as the basket holds them; each may be written as it is printed."""
    parts = tuple(part if part in concept.parts else unescaped(part) for part in parts)
    unknown = [part for part in parts if part not in concept.parts]
    if unknown:
        raise NotFoundError(
            f"'{unknown[0]}' is not in the basket of '{concept.name}'; "
            f"see: {command_line('concept', 'show', concept.name)}"
        )
    return parts


def _counts(weight: float) -> str:
    return "is off" if weight == 0 else f"counts {weight:g}"


def _fill(
    name: str,
    workspace_path: Path | None,
    as_json: bool,
    new: bool,
    restore: bool,
    **basket: tuple[str, ...],
) -> None:
    from likewise.concepts.labelling import fill_basket

    with opened(workspace_path) as workspace:
        facts: dict[str, object] = {}
        done = ""
        if restore:
            workspace.concepts.restore(name)
            contents = _contents(workspace, name)
            facts = {"restored": True, **contents}
            done = f"restored with {_in_words(contents)}; "
        removed = workspace.concepts.removed()
        if restore and not any(basket.values()):
            concept = workspace.concepts.get(name)
        else:
            concept, remarks = fill_basket(workspace, name, new=new, **basket)
            for remark in remarks:
                note(remark)
        for old in set(workspace.concepts.removed()) - set(removed):
            facts = {"removed_before": old}
            note(
                f"{name} begins empty: a removed concept of that name, with "
                f"{_in_words(_contents(workspace, old))}, is now '{old}'; bring that back with: "
                f"{command_line('concept', 'restore', old)}"
            )
        if as_json:
            answer({**concept.to_json(), **facts})
            return
        sizes = (
            f"{len(concept.examples)} example(s)",
            f"{len(concept.counter_examples)} counter-example(s)",
            f"{len(concept.hints)} hint(s)",
            f"{len(concept.counter_hints)} counter-hint(s)",
        )
        say(f"{name}: {done}{', '.join(sizes)}; next: {command_line('learn', name)}")
