"""``likewise finetune``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from likewise.cli._options import field_options, json_option, set_option, workspace_option
from likewise.cli._shared import opened, progress_bar
from likewise.cli._text import answer, note, say
from likewise.errors import BadInputError, command_line
from likewise.finetune.settings import FLAGS, ProjectionSettings, Settings, settings_from
from likewise.registry import check_options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from likewise.finetune.examples import Examples
    from likewise.finetune.projections import Projected
    from likewise.finetune.workspace import Finetuned
    from likewise.workspace import Workspace


@click.command("finetune")
@click.option("--labels", type=click.Path(path_type=Path),
              help="CSV of id,label: the labels of people.")  # fmt: skip
@click.option("--concept", "concepts", multiple=True, metavar="NAME",
              help="Yes answers of this concept, as a class. May be repeated.")  # fmt: skip
@click.option("--folders", is_flag=True, help="Also: an image's class is its top folder.")
@click.option("--leave-out", multiple=True, metavar="CLASS",
              help="A class to leave out. May be repeated.")  # fmt: skip
@click.option("--name", required=True, help="Name of the new encoder.")
@click.option("--projection", is_flag=True,
              help="Learn a map of the vectors that are here: seconds, no torch.")  # fmt: skip
@field_options(Settings, "network", FLAGS)
@set_option(
    "Of the projection: spread, shrinkage, columns. Of a network: rate, head_rate, "
    "views, patience, batch, decay, smoothing."
)
@click.option("--val", type=float, default=0.2, show_default=True,
              help="Share of the images for validation.")  # fmt: skip
@click.option("--test", type=float, default=0.2, show_default=True,
              help="Share of the images for the final test.")  # fmt: skip
@click.option("--split", metavar="NAME",
              help="Take train, val and test from a split of likewise curate.")  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True,
              help="Seed of the split and of all random draws.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Show the split; learn and write nothing.")
@workspace_option
@json_option
def command(
    labels: Path | None,
    concepts: tuple[str, ...],
    folders: bool,
    leave_out: tuple[str, ...],
    name: str,
    projection: bool,
    network: dict[str, Any],
    settings: dict[str, Any],
    val: float,
    test: float,
    split: str | None,
    seed: int,
    dry_run: bool,
    workspace_path: Path | None,
    as_json: bool,
) -> None:
    """Make an encoder that fits your labels, for this workspace.

    Labelled images are split in three parts that share no near-duplicates: one teaches, one
    chooses, and one only judges. With --projection a linear map of the vectors is learned; move
    the workspace to it with: likewise reindex --encoder projected:NAME, which reads no image.

    Without, a network is trained: a new head first, then its top blocks (extra timm). Stop it at
    any time; the same command goes on where it was. Then: likewise reindex --encoder
    finetuned:NAME, which needs no torch.

    Example: likewise finetune --labels labels.csv --encoder timm/efficientnet_b0 --name machines
    """
    from likewise.concepts.class_labels import read_class_labels
    from likewise.finetune.examples import class_labels, examples_of

    if projection and network:
        raise BadInputError(
            f"--{next(iter(network))} is of a network and --projection trains none; leave one out"
        )
    if projection:
        check_options(ProjectionSettings, "a projection", settings)
    else:
        how = settings_from(settings, seed=seed, **network)
    with opened(workspace_path) as workspace:
        read = None if labels is None else read_class_labels(workspace, labels)
        for line in read.notes() if read else ():
            note(line)
        classes = class_labels(workspace, read, concepts, folders)
        with progress_bar("img", quiet=as_json) as bar:
            examples = examples_of(
                workspace, classes, leave_out=leave_out, val=val, test=test, split=split, seed=seed,
                progress=bar,
            )  # fmt: skip
        if not as_json:
            _tell_split(examples)
        if dry_run:
            if as_json:
                facts = {"dry_run": True, "counts": examples.counts(), "notes": examples.notes}
                answer({**facts, "labels": read and read.to_json()})
            return
        if projection:
            _learn_projection(workspace, examples, name, settings, as_json)
        else:
            _train_network(workspace, examples, name, how, as_json)


def _train_network(
    workspace: Workspace, examples: Examples, name: str, how: Settings, as_json: bool
) -> None:
    from likewise.finetune.workspace import finetune

    def after_epoch(epoch: int, figures: Mapping[str, float]) -> None:
        if not as_json:
            lead = "head alone" if epoch == 0 else f"epoch {epoch} of {how.epochs}"
            note(
                f"{lead}: loss {figures['val_loss']:.3f}, accuracy {figures['val_accuracy']:.3f} "
                "on val"
            )

    with progress_bar("img", quiet=as_json) as bar:
        made = finetune(workspace, examples, name, how, progress=bar, after_epoch=after_epoch)
    if as_json:
        answer(made.to_json())
        return
    _tell_network(made)


def _tell_network(made: Finetuned) -> None:
    about = made.network.provenance
    say(
        f"{made.encoder}: the top {about['job']['unfreeze']} of {about['blocks']} blocks of "
        f"{made.network.architecture}, epoch {about['best_epoch']}; on images that taught nothing:"
    )
    rows = (("as it was", made.before), ("projected", made.projected), ("fine-tuned", made.after))
    for what, figures in rows:
        low, high = figures["head"]["accuracy_interval"]
        say(
            f"{what:<10}  linear head: accuracy {figures['head']['accuracy']:.3f} ({low:.3f} to "
            f"{high:.3f}); search by one image: average precision {figures['search']:.3f}"
        )
    if about["best_epoch"] == 0:
        note("no epoch was better on val than the network as it was, so it was kept")
    say(f"file: {made.file}")
    say(f"next: {command_line('reindex', '--encoder', made.encoder)}")


def _tell_split(examples: Examples) -> None:
    for asked_for in examples.notes:
        note(asked_for)
    width = max(map(len, examples.classes))
    note(f"{'class':<{width}}  train  val  test")
    for name, counts in examples.counts().items():
        note(f"{name:<{width}}  {counts['train']:>5}  {counts['val']:>3}  {counts['test']:>4}")


def _learn_projection(
    workspace: Workspace, examples: Examples, name: str, options: dict[str, Any], as_json: bool
) -> None:
    from likewise.finetune.projections import learn_projection

    made = learn_projection(workspace, examples, name, ProjectionSettings(**options))
    if as_json:
        answer(made.to_json())
        return
    _tell_projection(made)


def _tell_projection(made: Projected) -> None:
    say(f"{made.encoder}: {made.projection.dim} columns, on images that taught nothing:")
    search = made.before["search"], made.after["search"]
    say(f"search by one image: average precision {search[0]:.3f} before, {search[1]:.3f} after")
    asked_for = []
    for figures in (made.before["head"], made.after["head"]):
        low, high = figures["accuracy_interval"]
        asked_for.append(f"{figures['accuracy']:.3f} ({low:.3f} to {high:.3f})")
    say(f"linear head: accuracy {asked_for[0]} before, {asked_for[1]} after")
    say(f"file: {made.file}")
    say(f"next: {command_line('reindex', '--encoder', made.encoder)}")
