"""How far a label set is: found, left and right for each class, and what to look at next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from likewise.classify.classification import class_figures, confused_pairs, confusion
from likewise.core.classifier import NONE_OF_THESE
from likewise.label_sets.learning import Prediction, SetModel
from likewise.numeric.intervals import wilson_interval

MORE = 10
"""How many more answers `ClassStatus.gain` is about."""


@dataclass(frozen=True)
class ClassStatus:
    """One class of a set, by a model of it.

    Attributes:
        name: of the class.
        people: images that people gave it.
        accepted: images that the model accepts for it.
        estimated_left: images of it that are in neither, as the probabilities of all images sum.
        precision: share of the accepted images that should be right, by their probabilities; None
            where none is accepted.
        held_out_precision: share of right ones among people's images that were held out and called
            so; None where none was.
        held_out_recall: share of people's images of it that were found again while held out.
        gain: how many of the ten most doubtful predictions of it should be wrong: what ten more
            answers put right at once.
    """

    name: str
    people: int
    accepted: int
    estimated_left: float
    precision: float | None
    held_out_precision: float | None
    held_out_recall: float | None
    gain: float


@dataclass(frozen=True, eq=False)
class SetStatus:
    """How far a label set is, by a model of it.

    Attributes:
        model: the model.
        classes: one entry a class, in the set's order, and "none of these" where it is known.
        held_out: how many of people's images were held out.
        held_out_right: how many of them were right.
        confused: pairs of classes that held-out images were taken for, the most confused first;
            see `likewise.classify.classification.confused_pairs`.
        undecided: by pair of classes, how many images that are not accepted lie between the two.
    """

    model: SetModel
    classes: tuple[ClassStatus, ...]
    held_out: int
    held_out_right: int
    confused: tuple[Mapping[str, Any], ...]
    undecided: Mapping[tuple[str, str], int]

    @property
    def answered(self) -> int:
        """Images that people answered."""
        return len(self.model.answers.answered)

    @cached_property
    def accepted(self) -> int:
        """Machine labels that are accepted."""
        return sum(entry.accepted for entry in self.classes)

    @property
    def expected_precision(self) -> float | None:
        """Share of the accepted labels that should be right; None where none is accepted."""
        sure = [prediction.confidence for prediction in self.model.accepted]
        return float(np.mean(sure)) if sure else None

    @property
    def most_to_gain(self) -> str | None:
        """The class that gains most from ten more answers; None where nothing is in doubt."""
        best = max(self.classes, key=lambda entry: entry.gain, default=None)
        return best.name if best is not None and best.gain > 0 else None

    def to_json(self) -> dict[str, Any]:
        """Everything as JSON."""
        interval = wilson_interval(self.held_out_right, self.held_out) if self.held_out else None
        return {
            **self.model.label_set.to_json(),
            "items": self.model.items,
            "answered": self.answered,
            "contradicting": len(self.model.answers.contradicting),
            "accepted": self.accepted,
            "min_confidence": self.model.min_confidence,
            "expected_precision": self.expected_precision,
            "held_out": {
                "images": self.held_out, "right": self.held_out_right, "interval": interval,
            },
            "classes": [vars(entry) for entry in self.classes],
            "confused_pairs": [dict(pair) for pair in self.confused],
            "undecided": [
                {"pair": list(pair), "images": count} for pair, count in self.undecided.items()
            ],
            "most_to_gain": self.most_to_gain,
            "notes": list(self.model.notes),
        }  # fmt: skip


def status_of(model: SetModel) -> SetStatus:
    """What a model says about each class, and about pairs of classes."""
    names = list(model.label_set.classes)
    if model.labelled is not None and NONE_OF_THESE in model.labelled.classes:
        names.append(NONE_OF_THESE)
    truths, guesses = _held_out(model, names)
    counts = confusion(truths, guesses, len(names) + 1)[: len(names)]
    square = counts[:, : len(names)]
    figures = {entry.name: entry for entry in class_figures(square, names)}
    recalls = {
        name: float(square[row, row] / counts[row].sum()) if counts[row].sum() else None
        for row, name in enumerate(names)
    }
    people = {**model.answers.counts(), NONE_OF_THESE: len(model.answers.none_of_these)}
    left = _left(model, names)
    by_class: dict[str, list[Prediction]] = {name: [] for name in names}
    for prediction in model.predictions:
        by_class[prediction.name].append(prediction)
    classes = []
    for name in names:
        sure = [prediction.confidence for prediction in by_class[name] if prediction.accepted]
        doubt = sorted((1 - prediction.confidence for prediction in by_class[name]), reverse=True)
        classes.append(
            ClassStatus(
                name=name,
                people=people[name],
                accepted=len(sure),
                estimated_left=left[name],
                precision=float(np.mean(sure)) if sure else None,
                held_out_precision=figures[name].precision,
                held_out_recall=recalls[name],
                gain=float(sum(doubt[:MORE])),
            )
        )
    undecided = Counter(
        (min(prediction.name, prediction.runner_up), max(prediction.name, prediction.runner_up))
        for prediction in model.predictions
        if not prediction.accepted and prediction.runner_up
    )
    return SetStatus(
        model, tuple(classes), len(truths), int((truths == guesses).sum()),
        tuple(confused_pairs(square, names)[:10]), dict(undecided.most_common(10)),
    )  # fmt: skip


def _held_out(
    model: SetModel, names: list[str]
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Class numbers of people's images, and what they were taken for while held out.

    The number after the last stands for no guess at all.
    """
    if model.labelled is None:
        return np.empty(0, np.intp), np.empty(0, np.intp)
    done, labelled = model.labelled.done, model.labelled
    number = [names.index(name) for name in labelled.classes]
    class_of = labelled.class_of
    truths = [names.index(class_of[labelled.ids[row]]) for row in done.held_out_rows.tolist()]
    guesses = [len(names) if x < 0 else number[x] for x in done.held_out_guesses.tolist()]
    return np.array(truths, np.intp), np.array(guesses, np.intp)


def _left(model: SetModel, names: list[str]) -> dict[str, float]:
    """How many images of each class are neither people's nor accepted.

    An image that is not accepted counts for its class with its probability, and with the rest for
    the next class; of an accepted one, the rest counts for the next class, too.
    """
    left = dict.fromkeys(names, 0.0)
    if model.tags is not None:
        for name, total in model.tags.totals.items():
            sure = sum(
                prediction.confidence for prediction in model.accepted if prediction.name == name
            )
            people = sum(name in classes for classes in model.answers.yes.values())
            left[name] = max(0.0, total - sure - people)
        return left
    for prediction in model.predictions:
        if not prediction.accepted:
            left[prediction.name] += prediction.confidence
        if prediction.runner_up in left:
            left[prediction.runner_up] += 1 - prediction.confidence
    return left
