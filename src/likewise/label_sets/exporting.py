"""A label set made into one dataset: every class, who decided, parts, and what is left out."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from likewise.concepts.class_labels import ClassLabels
from likewise.core.classifier import NONE_OF_THESE
from likewise.core.label_set import LabelSet
from likewise.core.progress import Progress
from likewise.curate.base import curate
from likewise.curate.workspace import parts_of
from likewise.curate.workspace_pool import pool_of
from likewise.errors import BadInputError, command_line
from likewise.export.base import Exporter
from likewise.export.concept import ExportReport, export_plan
from likewise.export.plan import Chosen, make_plan
from likewise.label_sets.answers import SetAnswers, answers_of
from likewise.label_sets.quotas import OVER_QUOTA, quotas_of, within_quotas
from likewise.label_sets.rounds import machine_labels_of, rounds_of
from likewise.registry import build
from likewise.workspace import Workspace
from likewise.workspace.machine_labels import MachineLabel

SEVERAL = "several classes by people, to be settled"
NONE_BY_PEOPLE = "none of these, by people"
NONE_BY_MODEL = "none of these, by the model"
UNSURE = "no class that anybody is sure of"


@dataclass(frozen=True, eq=False)
class SetPlan:
    """The images of a label set that have a class, and how many have none and why.

    Attributes:
        label_set: the set.
        chosen: one entry an image; in a multi set, one for each of its classes.
        not_chosen: how many images are left out, by reason.
        about: how the machine labels came to be, in JSON's types.
    """

    label_set: LabelSet
    chosen: tuple[Chosen, ...]
    not_chosen: Mapping[str, int]
    about: Mapping[str, Any]


def plan_label_set(
    workspace: Workspace,
    name: str,
    min_confidence: float | None = None,
    where: str | None = None,
    per_class: Mapping[str, int] | int | None = None,
    balance: bool = False,
) -> SetPlan:
    """The class of every image that has one, by people or by the set's newest standing round.

    People's answers come first: an image that people gave a class, or none, does not get another
    by a model, nor one that they said it is not.

    Args:
        workspace: where the set is.
        name: of the set.
        min_confidence: least probability of a machine label; all of the round unless given.
        where: a SQL condition on the items' columns.
        per_class, balance: at most so many images of each class; see
            `likewise.label_sets.quotas.quotas_of`.

    Raises:
        NotFoundError: there is no such set.
        BadInputError: a quota for what is no class, or below 1.
    """
    label_set = workspace.label_sets.get(name)
    answers = answers_of(workspace, label_set)
    machine: dict[str, list[MachineLabel]] = {}
    for label in machine_labels_of(workspace, label_set):
        if label.confidence >= (min_confidence or 0):
            machine.setdefault(label.item, []).append(label)
    collection = workspace.collection
    ids = sorted(collection.sample(len(collection), where=where)) if len(collection) else []
    digests = dict(zip(ids, collection.digests(ids), strict=True))
    who = _people(workspace, label_set)
    chosen: list[Chosen] = []
    not_chosen: Counter[str] = Counter()
    for item in ids:
        # A label of another picture that had the name says nothing about this one.
        labels = [x for x in machine.get(item, []) if x.digest in ("", digests[item])]
        of_item, why = _rows_of(answers, item, labels, who)
        chosen += of_item
        not_chosen[why] += not of_item
    standing = rounds_of(workspace, name)
    about = {"round": standing[-1].round, **standing[-1].parameters} if standing else {}
    reasons = (SEVERAL, NONE_BY_PEOPLE, NONE_BY_MODEL, UNSURE)
    counts = {why: not_chosen[why] for why in reasons if not_chosen[why]}
    rows, over = within_quotas(chosen, quotas_of(label_set, chosen, per_class, balance))
    if over:
        counts[OVER_QUOTA] = over
    return SetPlan(label_set, rows, counts, about)


def _rows_of(
    answers: SetAnswers,
    item: str,
    machine: list[MachineLabel],
    who: Mapping[tuple[str, str], str],
) -> tuple[list[Chosen], str]:
    """The rows of an image, or why it has none."""
    if item in answers.contradicting:
        return [], SEVERAL
    if item in answers.none_of_these:
        return [], NONE_BY_PEOPLE
    refused, yes = answers.refused(item), answers.yes.get(item, ())
    by_class = {label.concept: label for label in machine}
    rows = []
    for name in answers.label_set.classes:
        label = by_class.get(name)
        if name in yes:
            rows.append(_row(item, name, label, who.get((item, name), "basket")))
        elif label is not None and name not in refused:
            rows.append(_row(item, name, label, None))
    return rows, NONE_BY_MODEL if NONE_OF_THESE in by_class and not rows else UNSURE


def _row(item: str, name: str, label: MachineLabel | None, person: str | None) -> Chosen:
    confidence = None if label is None else label.confidence
    columns = {
        "people_label": None if person is None else name,
        "machine_label": None if label is None else label.concept,
        "confidence": confidence,
        "who": person or (None if label is None else f"round {label.round}"),
    }
    if person is not None:
        return Chosen(item, name, "person", 1.0, None, columns=columns)
    return Chosen(item, name, "round", confidence or 0.0, confidence, columns=columns)


def _people(workspace: Workspace, label_set: LabelSet) -> dict[tuple[str, str], str]:
    """Who gave an image a class, by item and class; what is in a basket only is in nobody's."""
    return {
        (item, name): label.who
        for name in label_set.classes
        for item, label in workspace.labels.current(name).items()
        if label.verdict == "yes"
    }


def export_label_set(
    workspace: Workspace,
    name: str,
    to: str | os.PathLike[str],
    format: str = "folder",
    *,
    min_confidence: float | None = None,
    where: str | None = None,
    per_class: Mapping[str, int] | int | None = None,
    balance: bool = False,
    split: str | None = None,
    parts: Mapping[str, float] | None = None,
    overwrite: bool = False,
    dry_run: bool = False,
    progress: Progress = lambda done, total: None,
    **options: Any,
) -> ExportReport:
    """Write a label set as one dataset with all of its classes, all or nothing.

    Beside `label` a row has `people_label`, `machine_label`, `confidence` (of the machine label)
    and `who`, where the format keeps columns; folders and YOLO keep the label alone. In a multi
    set an image has a row for each of its classes.

    Args:
        workspace, name, min_confidence, where, per_class, balance: see `plan_label_set`.
        to: the folder to make.
        format: name of an exporter: `likewise.registry.names("export")` lists them.
        split: name of a kept split, whose parts the dataset has.
        parts: shares by name of parts to make, such as train, val and test: each class is spread
            over them alike, and near-duplicates are in one part; see
            `likewise.curate.methods.split.Split`.
        overwrite: replace a dataset that an earlier export made.
        dry_run: only count.
        progress: told how far it is.
        options: fields of the exporter.

    Raises:
        BadInputError: no image has a class, a split and parts, or the target holds something else.
        NotFoundError: there is no such set or split.
        StorageError: the disk is full or refuses; the target is untouched.
    """
    exporter: Exporter = build("export", format, "format", options)
    if split is not None and parts is not None:
        raise BadInputError(f"the split '{split}' and parts were given; give one of them")
    labels_upto = workspace.labels.position()  # before they are read: none is claimed unread
    plan = plan_label_set(workspace, name, min_confidence, where, per_class, balance)
    if not plan.chosen:
        raise BadInputError(
            f"no image has a class of '{name}', so there is nothing to export; label some with: "
            f"{command_line('labels', 'sets', 'label', name)} CLASS IMAGE"
        )
    part_of: Mapping[str, str] | None = None
    notes: tuple[str, ...] = ()
    if split is not None:
        part_of = parts_of(workspace, split)
    elif parts is not None:
        part_of, notes = _divided(workspace, plan, parts, progress)
    about = {
        "label_set": plan.label_set.to_json(),
        "labels_upto": labels_upto,
        "machine_labels": plan.about,
        "min_confidence": min_confidence,
        "where": where,
        "per_class": per_class,
        "balance": balance,
        "split": split,
        "parts": parts,
        "split_notes": notes,
        "not_chosen": plan.not_chosen,
        "format": format,
    }
    made = make_plan(workspace, name, plan.chosen, part_of, progress)
    report = export_plan(made, exporter, to, about, overwrite, dry_run, progress)
    return replace(report, not_chosen=plan.not_chosen)


def _divided(
    workspace: Workspace, plan: SetPlan, parts: Mapping[str, float], progress: Progress
) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """The part of each image by a split that leaks nothing and spreads every class alike."""
    class_of = {item: " + ".join(names) for item, names in _grouped(plan.chosen)}
    labels = ClassLabels(Path(plan.label_set.name), class_of, len(class_of))
    pool = pool_of(workspace, labels=labels, progress=progress).subset(tuple(sorted(class_of)))
    selection = curate(pool, "split", parts=dict(parts))
    return selection.part_of, selection.notes


def _grouped(chosen: tuple[Chosen, ...]) -> Iterator[tuple[str, list[str]]]:
    names: dict[str, list[str]] = {}
    for row in chosen:
        names.setdefault(row.id, []).append(row.label)
    yield from names.items()
