"""``likewise labels sets judge|audit``: what judges say of a label set, and how they err."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from likewise.cli._options import json_option, workspace_option
from likewise.cli._shared import opened, percent, progress_bar
from likewise.cli._text import answer, note, say_row
from likewise.errors import BadInputError, NotFoundError, StorageError, command_line

if TYPE_CHECKING:
    from likewise.core.label_set import LabelSet
    from likewise.label_sets.judge_endpoint import Endpoint
    from likewise.label_sets.judging import Judging, Question
    from likewise.workspace import Workspace


@click.command("judge")
@click.argument("name")
@click.option("--judge", "url", metavar="URL",
              help="OpenAI-compatible address of a vision-language model.")  # fmt: skip
@click.option("--model", metavar="MODEL", help="Name of the model there.")
@click.option("--key-from", metavar="VARIABLE",
              help="Environment variable with a key to send; none unless given.")  # fmt: skip
@click.option("--table", type=click.Path(path_type=Path), metavar="FILE",
              help="In place of a model: another classifier's table of id and label.")  # fmt: skip
@click.option("--class", "classes", multiple=True, metavar="CLASS",
              help="Ask only about images that may be of this class. Repeat it.")  # fmt: skip
@click.option("-k", "count", type=click.IntRange(1), default=100, show_default=True,
              help="How many images to ask about.")  # fmt: skip
@click.option("--seconds", type=click.FloatRange(0, min_open=True), default=120.0,
              show_default=True, help="Longest time for one answer.")  # fmt: skip
@click.option("--yes", is_flag=True, help="Do not ask before pictures are sent.")
@click.option("--dry-run", is_flag=True, help="Say what would be sent; send nothing.")
@workspace_option
@json_option
def judge(
    name: str,
    url: str | None,
    model: str | None,
    key_from: str | None,
    table: Path | None,
    classes: tuple[str, ...],
    count: int,
    seconds: float,
    yes: bool,
    dry_run: bool,
    workspace_path: Path | None,
    as_json: bool,
) -> None:
    """Ask a judge about images of the label set NAME, and keep its answers apart.

    The judge is a vision-language model behind --judge, asked for each image whether it is of
    the class that it is likeliest of, or a table of another classifier. Its answers are a round of
    machine labels that no count, export or model takes in; nothing is learned from them until an
    audit of 40 of them says how often it errs. Nothing is sent before you say yes.

    Example: likewise labels sets judge machines --judge http://127.0.0.1:11434/v1 --model llava
    """
    if (url is None) == (table is None):
        raise BadInputError(
            "say who judges: either --judge URL with --model MODEL, or --table FILE"
        )
    with opened(workspace_path) as workspace:
        label_set = workspace.label_sets.get(name)
        if table is not None:
            found = _from_table(workspace, label_set, table, dry_run)
        else:
            endpoint = _endpoint(str(url), model, key_from, seconds)
            questions = _questions(workspace, name, count, classes)
            if not _agreed(endpoint, len(questions), yes, dry_run):
                return
            found = _asked(workspace, label_set, endpoint, questions, as_json)
    _tell(name, found, as_json, dry_run)


@click.command("audit")
@click.argument("name")
@workspace_option
@json_option
def audit(name: str, workspace_path: Path | None, as_json: bool) -> None:
    """Show how the judges of the label set NAME err, by what people answered of their audits.

    Example: likewise labels sets audit machines
    """
    from likewise.label_sets.judging import audit_of, judge_rounds

    with opened(workspace_path) as workspace:
        label_set = workspace.label_sets.get(name)
        rounds = judge_rounds(workspace, name)
        audits = [audit_of(workspace, label_set, round_.round) for round_ in rounds]
    if as_json:
        answer([found.to_json() for found in audits])
        return
    for round_, found in zip(rounds, audits, strict=True):
        error = "" if found.error is None else (
            f"wrong {percent(found.error[0])} ({percent(found.error[1])} to "
            f"{percent(found.error[2])})"
        )  # fmt: skip
        answered = f"{found.answered} of {len(found.images)} answered"
        say_row(round_.round, round_.parameters.get("judge", ""), answered, error)
    if any(not found.complete for found in audits):
        note(
            f"answer the rest: {command_line('labels', 'sets', 'next', name, '--queue', 'judged')}"
        )
    elif audits:
        note(f"learn from them: {command_line('labels', 'sets', 'learn', name, '--judged')}")
    else:
        note(f"no judge has answered about '{name}'")


def _endpoint(url: str, model: str | None, key_from: str | None, seconds: float) -> Endpoint:
    from likewise.label_sets.judge_endpoint import Endpoint

    if not model:
        raise BadInputError("--judge needs the name of the model there; give it with --model")
    key = os.environ.get(key_from, "") if key_from else ""
    if key_from and not key:
        raise BadInputError(f"the environment has no {key_from}; set it, or leave out --key-from")
    return Endpoint(url, model, key, seconds)


def _questions(
    workspace: Workspace, name: str, count: int, classes: tuple[str, ...]
) -> list[Question]:
    from likewise.core.classifier import NONE_OF_THESE
    from likewise.label_sets.judging import Question
    from likewise.label_sets.learning import learn_again
    from likewise.label_sets.queues import queue_of

    queued = queue_of(learn_again(workspace, name), "teaching", count, classes)
    return [Question(x.item, x.name) for x in queued if x.name != NONE_OF_THESE]


def _agreed(endpoint: Endpoint, count: int, yes: bool, dry_run: bool) -> bool:
    from likewise.core.addresses import shown

    what = (
        f"{count} images, each with a sheet of up to 16 examples, as small JPEGs without metadata, "
        f"and the names and words of their classes, to {endpoint.model} at {shown(endpoint.url)}"
    )
    if dry_run:
        note(f"would send {what}")
        return False
    if not count:
        note("no image is left to ask about")
        return False
    if not yes:
        click.confirm(f"Send {what}?", abort=True, err=True)
    return True


def _asked(
    workspace: Workspace,
    label_set: LabelSet,
    endpoint: Endpoint,
    questions: list[Question],
    as_json: bool,
) -> Judging:
    from likewise.core.addresses import without_secrets
    from likewise.label_sets.judging import ask_judge

    facts = {"judge": endpoint.model, "url": without_secrets(endpoint.url)}
    with progress_bar("images", quiet=as_json) as bar:
        return ask_judge(workspace, label_set, questions, endpoint.ask, facts, progress=bar)


def _from_table(workspace: Workspace, label_set: LabelSet, table: Path, dry_run: bool) -> Judging:
    from likewise.concepts.class_labels import read_class_labels
    from likewise.label_sets.judging import record_table

    read = read_class_labels(workspace, table)
    return record_table(
        workspace, label_set, read.classes.items(), {"judge": table.name}, dry_run=dry_run
    )


def _tell(name: str, found: Judging, as_json: bool, dry_run: bool) -> None:
    if as_json:
        answer({
            "round": found.round, "verdicts": dict(found.verdicts),
            "not_understood": found.not_understood, "stopped": found.stopped, "dry_run": dry_run,
        })  # fmt: skip
    else:
        for verdict, number in found.verdicts.items():
            say_row(verdict, number)
        if found.not_understood:
            say_row("not understood", found.not_understood)
    if found.round is not None:
        note(f"recorded apart as round {found.round}; take it back with: "
             f"{command_line('propagate', 'undo', found.round)}")  # fmt: skip
        note(f"audit it: {command_line('labels', 'sets', 'next', name, '--queue', 'judged')}")
    if found.stopped:
        kept = "what it had answered is kept" if found.round is not None else "nothing was recorded"
        raise StorageError(f"{found.stopped}; {kept}")
    if found.round is None and not dry_run:
        raise NotFoundError("the judge gave no answer that can be understood; nothing was recorded")
