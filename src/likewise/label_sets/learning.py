"""One model over the classes of a label set, and what it says of every image of a collection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.core.classifier import NONE_OF_THESE
from likewise.core.label_set import LabelSet
from likewise.core.progress import Progress
from likewise.errors import BadInputError, command_line
from likewise.label_sets.answers import SetAnswers, answers_of
from likewise.label_sets.judging import judged_labels
from likewise.label_sets.rounds import METHOD, rounds_of
from likewise.label_sets.tags import TagModel, learn_tags
from likewise.propagate.base import PropagationGraph
from likewise.propagate.result import Labelled, label_rest
from likewise.workspace import Workspace
from likewise.workspace.machine_labels import MachineLabel

CONFIDENCE = 0.9
"""Least probability of a machine label, unless another or a coverage is asked for."""

_FEWEST = 2  # classes with an image


@dataclass(frozen=True)
class Prediction:
    """What a model says of one image and class.

    Attributes:
        item: id of the image.
        name: the class, or "none of these".
        confidence: probability that the class is right.
        accepted: whether it is sure enough for a machine label.
        runner_up: the class that comes next; "" where there is none.
        margin: by how much the class leads the next, from 0 to 1.
    """

    item: str
    name: str
    confidence: float
    accepted: bool
    runner_up: str = ""
    margin: float = 1.0


@dataclass(frozen=True, eq=False)
class SetModel:
    """A model of a label set over a workspace's images.

    Attributes:
        label_set: the set.
        answers: what people said when it was learned.
        min_confidence: probability from which a prediction is accepted.
        items: how many images the collection has.
        labelled: the propagation behind it; None for a multi set.
        tags: the rules behind it, one a class; None for an exclusive set.
        asked: the method and its options, as they were given.
        judged: by id, the class by judges that it learned from, and how sure that is.
        notes: what a person should know.
    """

    label_set: LabelSet
    answers: SetAnswers
    min_confidence: float
    items: int
    labelled: Labelled | None = None
    tags: TagModel | None = None
    asked: Mapping[str, Any] = field(default_factory=dict)
    judged: Mapping[str, tuple[str, float]] = field(default_factory=dict)
    notes: tuple[str, ...] = field(default=())

    @cached_property
    def predictions(self) -> tuple[Prediction, ...]:
        """What it says of the images that people have not answered, the surest first.

        In an exclusive set each image comes once, in a multi set once for each class that it may
        have. A class that people said no to is not predicted.
        """
        found = list(self._of_rows() if self.labelled is not None else self._of_tags())
        return tuple(sorted(found, key=lambda p: (-p.confidence, p.item, p.name)))

    @property
    def accepted(self) -> Iterator[Prediction]:
        """The predictions that are sure enough."""
        return (prediction for prediction in self.predictions if prediction.accepted)

    def _of_rows(self) -> Iterator[Prediction]:
        assert self.labelled is not None
        done, classes = self.labelled.done, self.labelled.classes
        for row in np.flatnonzero((done.rounds > 0) & (done.guesses >= 0)).tolist():
            item, name = self.labelled.ids[row], classes[done.guesses[row]]
            refused = self.answers.refused(item)
            next_class = int(done.runners_up[row])
            if item in self.answers.yes or name in refused:
                continue
            yield Prediction(
                item,
                name,
                float(done.confidence[row]),
                bool(done.labels[row] >= 0),
                classes[next_class] if next_class >= 0 else "",
                float(done.margins[row]),
            )
        for item, (name, sure) in self.judged.items():
            yield Prediction(item, name, sure, sure >= self.min_confidence)

    def _of_tags(self) -> Iterator[Prediction]:
        assert self.tags is not None
        for name, probabilities in self.tags.probabilities.items():
            for item, probability in probabilities.items():
                is_yes = name in self.answers.yes.get(item, ())
                if not is_yes and name not in self.answers.refused(item) and probability >= 0.5:
                    sure = probability >= self.min_confidence
                    yield Prediction(item, name, probability, sure, "", 2 * probability - 1)

    def facts(self) -> dict[str, Any]:
        """How it was learned, in JSON's types: what a round of its machine labels keeps."""
        facts: dict[str, Any] = {
            "set": self.label_set.name,
            "kind": self.label_set.kind,
            "classes": list(self.label_set.classes),
            "min_confidence": self.min_confidence,
            "answered": self.answers.counts(),
            "asked": dict(self.asked),
        }
        if self.labelled is not None:
            report = self.labelled.report()
            keys = ("method", "stopped", "expected_noise", "held_out_noise", "validation")
            facts |= {key: report[key] for key in keys}
        if self.tags is not None:
            facts |= {"method": "rules", "learners": dict(self.tags.learners)}
        return facts


def learn_label_set(
    workspace: Workspace,
    name: str,
    method: str = "best",
    *,
    min_confidence: float | None = None,
    coverage: float | None = None,
    options: Mapping[str, Any] | None = None,
    graph: PropagationGraph | None = None,
    validated: SetModel | None = None,
    judged: bool = False,
    progress: Progress = lambda done, total: None,
) -> SetModel:
    """Learn a label set from what people answered; nothing is recorded.

    In an exclusive set the classes, and "none of these" where people said so, are told apart by a
    method of label propagation: a linear head over all classes, smoothed over the graph of nearest
    neighbours, is one of those that "best" compares on answers held back. In a multi set each
    class is learned as a concept of its own, against all the rest.

    Args:
        workspace: where the set is.
        name: of the set.
        method: of propagation: `likewise.registry.names("propagate")` lists them; of a multi set,
            the learner: `likewise.registry.names("rules")`.
        min_confidence: probability from which a prediction is accepted; .9 unless given.
        coverage: the share of the unanswered images that is to be accepted, the surest first; in
            place of a probability, for exclusive sets.
        options: fields of the method.
        graph: of the collection's vectors in the store's order, where it is at hand.
        validated: a model of the same set and collection by most of these answers, whose choice of
            method and calibration are taken over where its classes are the same: a model in a
            small part of the time.
        judged: learn from judges, too, whose audits are complete; of exclusive sets.
        progress: told how many classes of a multi set are learned.

    Raises:
        NotFoundError: there is no such set.
        BadInputError: fewer than two classes have an image, no such method, or both a probability
            and a coverage.
    """
    if min_confidence is not None and coverage is not None:
        raise BadInputError("a probability and a coverage were given to accept by; give one")
    for value, what in ((min_confidence, "probability"), (coverage, "coverage")):
        if value is not None and not 0 <= value <= 1:
            raise BadInputError(f"the {what} {value} is not between 0 and 1; give .9, say")
    label_set = workspace.label_sets.get(name)
    answers = answers_of(workspace, label_set)
    level = CONFIDENCE if min_confidence is None else min_confidence
    notes = _notes(answers)
    asked: dict[str, Any] = {"method": method, "options": dict(options or {})}
    by_judges: dict[str, tuple[str, float]] = {}
    if judged:
        asked["judged"] = True
        by_judges = judged_labels(workspace, answers)
    if not label_set.exclusive:
        if coverage is not None:
            raise BadInputError(
                f"'{name}' is a set of tags, and images have any number of them; give a "
                "probability in place of a coverage"
            )
        tags = learn_tags(workspace, answers, method, options or {}, progress)
        items = len(workspace.collection)
        notes = (*notes, *tags.notes)
        return SetModel(label_set, answers, level, items, tags=tags, asked=asked, notes=notes)
    lowest = 0 if coverage is not None else level
    before = None if validated is None else validated.labelled
    labelled = _spread(workspace, answers, method, lowest, options or {}, graph, before, by_judges)
    if coverage is not None:
        level = _level_of(labelled, coverage)
        labelled = replace(labelled, done=labelled.done.at(level))
    notes = (*notes, *labelled.notes)
    items = len(labelled.ids)
    return SetModel(
        label_set, answers, level, items, labelled, asked=asked, judged=by_judges, notes=notes
    )


def learn_again(
    workspace: Workspace,
    name: str,
    min_confidence: float | None = None,
    progress: Progress = lambda done, total: None,
    graph: PropagationGraph | None = None,
    validated: SetModel | None = None,
) -> SetModel:
    """The model of a set as it would be now, by the method and probability of its last round.

    Raises:
        NotFoundError, BadInputError: see `learn_label_set`.
    """
    label_set = workspace.label_sets.get(name)
    standing = rounds_of(workspace, name)
    method, options, judged = "best", {}, False
    if standing and standing[-1].parameters["kind"] == label_set.kind:
        facts = standing[-1].parameters
        method, options = facts["asked"]["method"], facts["asked"]["options"]
        judged = facts["asked"].get("judged", False)
        min_confidence = facts["min_confidence"] if min_confidence is None else min_confidence
    return learn_label_set(
        workspace, name, method, min_confidence=min_confidence, options=options, graph=graph,
        validated=validated, judged=judged, progress=progress,
    )  # fmt: skip


def _spread(
    workspace: Workspace,
    answers: SetAnswers,
    method: str,
    level: float,
    options: Mapping[str, Any],
    graph: PropagationGraph | None,
    validated: Labelled | None,
    judged: Mapping[str, tuple[str, float]],
) -> Labelled:
    class_of = {**answers.class_of, **dict.fromkeys(answers.none_of_these, NONE_OF_THESE)}
    class_of = {item: name for item, (name, _) in judged.items()} | class_of
    named = set(class_of.values())
    if len(named) < _FEWEST:
        name = answers.label_set.name
        lacking = next((x for x in answers.label_set.classes if x not in named), "CLASS")
        show = command_line("labels", "sets", "next", name, "--queue", "new")
        label = command_line("labels", "sets", "label", name, lacking, "IMAGE")
        raise BadInputError(
            f"{len(named)} class(es) of '{name}' have an image, and two or more are needed to "
            f"tell them apart; label some with: {label} (images that differ: {show})"
        )
    collection = workspace.collection
    ids = collection.ids()
    digests = tuple(collection.digests(ids))  # remembered: the next model reads none
    graph = graph or PropagationGraph(collection.vectors(ids))
    refused = {item: set(names) for item, names in answers.no.items()}
    if validated is not None and validated.classes != tuple(sorted(named)):
        validated = None
    return label_rest(ids, digests, class_of, refused, graph, method, level, validated, **options)


def _level_of(labelled: Labelled, coverage: float) -> float:
    """The confidence that leaves this share of the unanswered images."""
    done = labelled.done
    confidence: NDArray[np.float32] = done.confidence[(done.rounds > 0) & (done.guesses >= 0)]
    count = round(coverage * int((done.rounds > 0).sum()))
    if not count or not len(confidence):
        return 1.0
    return float(np.sort(confidence)[::-1][min(count, len(confidence)) - 1])


def _notes(answers: SetAnswers) -> tuple[str, ...]:
    notes = []
    if answers.contradicting:
        conflicts = command_line("labels", "sets", "conflicts", answers.label_set.name)
        notes.append(
            f"{len(answers.contradicting)} image(s) have several classes and are left out; settle "
            f"them: {conflicts}"
        )
    empty = [name for name, count in answers.counts().items() if not count]
    if empty:
        notes.append(f"{len(empty)} class(es) have no image yet, such as '{empty[0]}'")
    return tuple(notes)


def record_model(workspace: Workspace, model: SetModel, who: str | None = None) -> int:
    """Keep what a model accepts as one round of machine labels; answers its number.

    Earlier rounds of the set are taken back, so that no image has the class of an older model
    beside that of this one. People's answers never change.

    Args:
        workspace: where the set is.
        model: what `learn_label_set` answered.
        who: who ran it; the current user unless given.
    """
    log = workspace.machine_labels
    earlier = rounds_of(workspace, model.label_set.name)
    accepted = list(model.accepted)
    digests = workspace.collection.digests([prediction.item for prediction in accepted])
    labels = (
        MachineLabel(
            prediction.name, prediction.item, "yes", min(1.0, prediction.confidence), digest,
            _because(model, prediction),
        )
        for prediction, digest in zip(accepted, digests, strict=True)
    )  # fmt: skip
    number = log.add_round(METHOD, model.facts(), labels, source=model.label_set.name, who=who)
    for round_ in earlier:
        log.undo(round_.round, who)
    return number


def _because(model: SetModel, prediction: Prediction) -> dict[str, Any]:
    if model.labelled is None:
        return {"method": "rules"}
    receipt = model.labelled.receipt(prediction.item)
    return {**receipt, "runner_up": prediction.runner_up}
