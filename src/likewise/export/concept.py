"""A concept made into a dataset: which images, in which format, with where it all came from."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import likewise
from likewise.concepts.derived_answers import derived_no
from likewise.concepts.evidence import verdicts
from likewise.core.progress import Progress
from likewise.core.rule import Rule
from likewise.curate.workspace import parts_of
from likewise.errors import BadInputError, command_line
from likewise.export.base import Exporter
from likewise.export.manifest import holds_export
from likewise.export.plan import Chosen, Plan, make_plan
from likewise.export.writing import finish, refuse_to_destroy, target_of, write_dataset
from likewise.registry import build
from likewise.workspace import Workspace
from likewise.workspace.database import now
from likewise.workspace.machine_labels import accepted_by

if TYPE_CHECKING:
    from likewise.distribute.in_order import AnyPoolFactory


@dataclass(frozen=True)
class ExportReport:
    """What was written, or would be.

    Attributes:
        target: the folder.
        counts: images by part, label and who decided, such as ``{"barn (person)": 12}``.
        written: False for a dry run, and where nothing was left to write.
        complete: the target held this very export before; nothing was written.
        gone: ids of images whose file was missing, left out.
        changed: ids of images whose file is not the one that was indexed, left out.
        unplaced: ids of images that are in no part of the split, left out.
        rule: what decided about images that nobody answered; None for a kept selection and a set.
        not_chosen: how many images are not in it, by reason; for a label set.
    """

    target: Path
    counts: Mapping[str, int]
    written: bool
    gone: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unplaced: tuple[str, ...] = ()
    rule: Rule | None = None
    complete: bool = False
    not_chosen: Mapping[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and strings."""
        return {
            "target": str(self.target),
            "counts": dict(self.counts),
            "written": self.written,
            "complete": self.complete,
            "gone": self.gone,
            "changed": self.changed,
            "unplaced": self.unplaced,
            "images": sum(self.counts.values()),
            **({"not_chosen": dict(self.not_chosen)} if self.not_chosen else {}),
        }

    @property
    def outcome(self) -> str:
        """What became of the target, as the beginning of a sentence."""
        if self.complete:
            return f"{self.target} holds this export already, every file unchanged"
        return f"{'wrote' if self.written else 'would write'} {self.target}"

    @property
    def left_out(self) -> tuple[str, ...]:
        """What was left out and why, a line each."""
        return (
            *(f"{item}: its file is gone, left out" for item in self.gone),
            *(
                f"{item}: its file is not the one that was indexed, left out; likewise index "
                "takes the new one in"
                for item in self.changed
            ),
            *(f"{item}: is in no part of the split, left out" for item in self.unplaced),
            *(f"{count:,} image(s) left out: {why}" for why, count in self.not_chosen.items()),
        )


def plan_concept(
    workspace: Workspace,
    concept: str,
    min_probability: float | None = None,
    include_no: bool = False,
    where: str | None = None,
    rule: Rule | None = None,
    split: str | None = None,
    crew: AnyPoolFactory | None = None,
) -> Plan:
    """The images of a concept: what people or rounds said yes to, and what its rule is sure of.

    What people said no or unsure to is never in it, nor what has another class of an exclusive
    label set, whatever the score.

    Args:
        workspace: where the concept is.
        concept: its name; a rule must have been learned for it.
        min_probability: how sure the rule must be; its own threshold decides unless given.
        include_no: add what people said no to, labelled "not-NAME".
        where: a SQL condition on the items' columns.
        rule: the concept's newest unless given.
        split: name of a kept split, whose parts the dataset has; what is in none is left out.
        crew: makes the workers that score everything on other machines, such as
            `likewise.distribute.ray_cluster.RayCluster`; this process unless given.

    Raises:
        NotFoundError: no such concept or split, or no rule yet.
        BadInputError: a probability is asked for that the rule is too little taught to give.
    """
    basket = workspace.concepts.get(concept)
    parts = None if split is None else parts_of(workspace, split)
    rule = workspace.rules.open(concept) if rule is None else rule
    if min_probability is not None:
        rule = at_probability(rule, min_probability, concept)
    decided = verdicts(workspace, basket)
    derived = derived_no(workspace, concept, decided)
    accepted = accepted_by(workspace.machine_labels.current(concept))
    scores = None
    if crew is not None:
        from likewise.workspace.scores_on_cluster import score_stored

        scores = score_stored(workspace, rule, crew)
    ranking = workspace.collection.rank_all(rule, where=where, scores=scores)
    probabilities = ranking.probabilities
    chosen = []
    for index, (item, score) in enumerate(ranking):
        verdict = decided.get(item)
        probability = None if probabilities is None else float(probabilities[index])
        if verdict == "yes":
            chosen.append(Chosen(item, concept, "person", score, probability))
        elif item in derived:
            continue  # it is another class of a label set
        elif verdict is None and item in accepted:
            chosen.append(Chosen(item, concept, "round", score, probability))
        elif verdict is None and score >= rule.threshold:
            chosen.append(Chosen(item, concept, "rule", score, probability))
        elif verdict == "no" and include_no:
            chosen.append(Chosen(item, f"not-{concept}", "person", score, probability))
    return make_plan(workspace, concept, chosen, parts)


def at_probability(rule: Rule, probability: float, concept: str) -> Rule:
    """The same rule with its threshold where it is that sure.

    Raises:
        BadInputError: the rule gives no probabilities.
    """
    if rule.calibration is None:
        why = rule.provenance.get("calibration", "too few labels to say")
        raise BadInputError(
            f"the rule of '{concept}' gives no probabilities ({why}), so {probability} cannot be "
            "asked for; label more with likewise concept label, learn again, or leave "
            "--min-probability out to use its threshold"
        )
    threshold = rule.calibration.score(probability)
    reason = f"a probability of {probability:g} or more, as asked"
    return replace(rule, threshold=threshold).with_provenance(threshold=reason)


def at_threshold(rule: Rule, threshold: float) -> Rule:
    """The same rule with its threshold at a score that a person set."""
    reason = "set by a person"
    return replace(rule, threshold=threshold).with_provenance(threshold=reason)


def export_concept(
    workspace: Workspace,
    concept: str,
    to: str | os.PathLike[str],
    format: str = "folder",
    *,
    min_probability: float | None = None,
    threshold: float | None = None,
    include_no: bool = False,
    where: str | None = None,
    split: str | None = None,
    overwrite: bool = False,
    dry_run: bool = False,
    progress: Progress = lambda done, total: None,
    crew: AnyPoolFactory | None = None,
    **options: Any,
) -> ExportReport:
    """Write a concept's images as a dataset, all or nothing.

    The dataset is made beside its target and moved there when it is whole, so a killed export
    leaves no half of one; the same command goes on from what it had done. Where the target holds
    this very export, whole and unchanged, nothing is written.

    Args:
        workspace, concept, min_probability, include_no, where, split, crew: see `plan_concept`.
        threshold: the score from which on an image is accepted; the rule's own unless given.
        to: the folder to make.
        format: name of an exporter: `likewise.registry.names("export")` lists them.
        overwrite: replace a dataset that an earlier export made.
        dry_run: only count.
        progress: told how far it is.
        options: fields of the exporter.

    Raises:
        BadInputError: the target holds something else, or is not a dataset of ours to replace.
        StorageError: the disk is full or refuses; the target is untouched.
    """
    exporter: Exporter = build("export", format, "format", options)
    workspace.concepts.get(concept)
    labels_upto = workspace.labels.position()  # before they are read: none is claimed unread
    newest = workspace.rules.newest(concept)
    rule = newest.open()
    if threshold is not None:
        rule = at_threshold(rule, threshold)
    plan = plan_concept(workspace, concept, min_probability, include_no, where, rule, split, crew)
    about = {
        "concept": concept,
        "rule": newest.version,
        "labels_upto": labels_upto,
        "learner": newest.learner,
        "threshold": rule.threshold,
        "calibration": None if rule.calibration is None else asdict(rule.calibration),
        "min_probability": min_probability,
        "include_no": include_no,
        "where": where,
        "split": split,
    }
    report = export_plan(
        plan, exporter, to, {**about, "format": format}, overwrite, dry_run, progress
    )
    if report.written or report.complete:
        facts = ("concept", "rule", "labels_upto")
        workspace.jobs.record_export(
            {
                **{name: about[name] for name in facts},
                "format": format,
                "target": str(report.target),
                "items": len(plan),
                "items_version": workspace.collection.version,
                "digest": plan.digest,
            },
            again=report.written,
        )
    if min_probability is not None:
        rule = at_probability(rule, min_probability, concept)
    return replace(report, rule=rule)


def export_plan(
    plan: Plan,
    exporter: Exporter,
    to: str | os.PathLike[str],
    about: Mapping[str, Any],
    overwrite: bool = False,
    dry_run: bool = False,
    progress: Progress = lambda done, total: None,
) -> ExportReport:
    """Write what a plan holds, all or nothing, and say how it came to be.

    Args:
        plan: which images.
        exporter: in which form.
        to: the folder to make.
        about: what made the plan, in JSON's types.
        overwrite: replace a dataset that an earlier export made.
        dry_run: only count.
        progress: told how far it is.

    Raises:
        BadInputError: the plan holds nothing, or the target holds something else that may not be
            replaced.
        StorageError: the disk is full or refuses; the target is untouched.
    """
    target = target_of(to)
    counts, left_out = plan.counts, (plan.gone, plan.changed, plan.unplaced)
    facts = {
        **about,
        "options": asdict(exporter),  # type: ignore[call-overload]
        "items": len(plan),
        "items_version": plan.workspace.collection.version,
        "encoder": plan.workspace.fingerprint,
        "digest": plan.digest,
        "counts": counts,
        "gone": plan.gone,
        "changed": plan.changed,
        "unplaced": plan.unplaced,
        "made_at": now(),
        "likewise": likewise.__version__,
        "python": platform.python_version(),
    }
    if len(plan) and holds_export(target, facts, progress):
        if not dry_run:
            finish(target)
        return ExportReport(target, counts, False, *left_out, complete=True)
    refuse_to_destroy(target, overwrite)
    if dry_run:
        return ExportReport(target, counts, False, *left_out)
    if not len(plan) and plan.gone:
        moved = command_line(
            "index", "NEW_FOLDER", "--workspace", plan.workspace.path, "--relocate"
        )
        raise BadInputError(
            f"the files of all {len(plan.gone):,} images of '{plan.name}' are gone, the first is "
            f"{plan.gone[0]!r}; if their folder was moved: {moved}"
        )
    if not len(plan):
        raise BadInputError(
            f"no image of '{plan.name}' passes, so there is nothing to export; loosen what is "
            "asked for, or label some and learn again"
        )
    write_dataset(exporter, plan.dataset(facts), target, overwrite, plan.digest, progress)
    return ExportReport(target, counts, True, *left_out)
