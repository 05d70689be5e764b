"""What a method that labels the rest is, and the one function that runs any of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from likewise.errors import BadInputError
from likewise.evaluate.intervals import wilson_interval
from likewise.propagate._ask import to_ask
from likewise.propagate._confidence import fit_confidence
from likewise.propagate._held_out import HeldOut, folds_of, hold_out
from likewise.propagate._landscape import Landscape
from likewise.propagate._task import Task
from likewise.propagate._votes import Floats, Ints, Votes
from likewise.registry import build
from likewise.vectors import Vectors

__all__ = [
    "Choice",
    "Chooser",
    "Landscape",
    "Propagation",
    "Propagator",
    "make",
    "propagate",
    "to_ask",
]


@runtime_checkable
class Propagator(Protocol):
    """A frozen dataclass whose fields are its options."""

    def vote(self, task: Task) -> Votes:
        """Shares of classes for every row; what the shares are worth is found out elsewhere."""
        ...

    def causes(self, task: Task, votes: Votes, rows: Ints) -> Ints:
        """Up to three labelled rows that made each of these rows be given its class.

        Args:
            task: that was voted on.
            votes: what was answered to it.
            rows: (k,) those that are asked for.

        Returns:
            (k, 1 to 3) row numbers, -1 for none.
        """
        ...


@dataclass(frozen=True, eq=False)
class Choice:
    """Which method was chosen, why, and how it answered what it was not told.

    Attributes:
        method: the one to use.
        validation: what was compared, as JSON.
        held_out: its answers for labels held back, or None when none could be spared.
    """

    method: Propagator
    validation: Mapping[str, Any]
    held_out: HeldOut | None


@runtime_checkable
class Chooser(Propagator, Protocol):
    """A method that first sets itself up by how labels held back are answered."""

    def choose(self, task: Task, folds: list[Ints]) -> Choice:
        """Choose a method and its options; no folds when no label can be spared."""
        ...


@dataclass(frozen=True, eq=False)
class Propagation:
    """A label, or none, for every row, and the receipt of each. Rows are the caller's.

    Attributes:
        labels: (n,) class numbers; -1 where none is sure enough.
        confidence: (n,) chance that the guess is right; 1 for given labels.
        guesses: (n,) the likeliest class, sure or not; -1 where nothing speaks for any.
        margins: (n,) by how much the guess leads the next class, as shares.
        rounds: (n,) 0 for given labels, else the round it was decided in.
        causes: (n, 3) labelled rows that it comes from, the weightiest first; -1 for none, and
            for rows without label.
        method: name of the method that was asked for.
        stopped: why the method stopped.
        min_confidence: confidence from which a guess is a label.
        validation: how labels held back were answered, as JSON.
        chosen: the method with its options, as it can be used again.
        held_out_rows: (h,) labelled rows whose labels were held back in turn.
        held_out_confidence: (h,) how sure the method was of them.
        held_out_right: (h,) whether it was right.
    """

    labels: Ints
    confidence: Floats
    guesses: Ints
    margins: Floats
    rounds: Ints
    causes: Ints
    method: str
    stopped: str
    min_confidence: float
    validation: Mapping[str, Any]
    chosen: Propagator
    held_out_rows: Ints
    held_out_confidence: Floats
    held_out_right: NDArray[np.bool_]

    @property
    def accepted(self) -> Ints:
        """The rows that got a label they did not have."""
        return np.flatnonzero((self.labels >= 0) & (self.rounds > 0))

    @property
    def abstained(self) -> Ints:
        """The rows that have no label."""
        return np.flatnonzero(self.labels < 0)

    @property
    def coverage(self) -> float:
        """How many of the rows without a given label got one; 1 when there are none."""
        open_rows = int((self.rounds > 0).sum())
        return len(self.accepted) / open_rows if open_rows else 1.0

    @property
    def expected_noise(self) -> float:
        """The share of accepted labels that should be wrong, by their confidence."""
        rows = self.accepted
        return float(1 - self.confidence[rows].mean()) if len(rows) else 0.0

    @property
    def held_out_noise(self) -> tuple[float, float, float] | None:
        """Share of wrong ones among held-out labels that would be accepted; its 95 % interval.

        None where fewer than one would be. Each was answered with a few labels less than there
        are, so that the truth is rather lower; and given labels are what a person chose to
        label, which a random audit is free of.
        """
        sure = self.held_out_confidence >= self.min_confidence
        count = int(sure.sum())
        if not count:
            return None
        wrong = count - int(self.held_out_right[sure].sum())
        return (wrong / count, *wilson_interval(wrong, count))

    def at(self, min_confidence: float) -> Propagation:
        """The same guesses, of which those of another confidence are labels.

        Raises:
            BadInputError: lower than what causes were looked up for.
        """
        if not self.min_confidence <= min_confidence <= 1:
            raise BadInputError(
                f"the confidence {min_confidence} is not between {self.min_confidence} and 1; "
                "propagate again to accept less"
            )
        keep = (self.rounds == 0) | (self.confidence >= min_confidence)
        return replace(
            self,
            labels=np.where(keep, self.labels, -1),
            causes=np.where(keep[:, None], self.causes, -1),
            min_confidence=min_confidence,
        )

    def withheld(self, rows: Ints) -> Propagation:
        """The same without labels for these rows: a person said that the guess is wrong."""
        labels, confidence, causes = self.labels.copy(), self.confidence.copy(), self.causes.copy()
        rows = rows[self.rounds[rows] > 0]
        labels[rows], confidence[rows], causes[rows] = -1, 0, -1
        return replace(self, labels=labels, confidence=confidence, causes=causes)

    def curve(self, confidences: ArrayLike = ()) -> list[tuple[float, float, float]]:
        """Coverage against accuracy, as expected: (confidence, coverage, accuracy) rows."""
        open_rows = self.rounds > 0
        chances = self.confidence[open_rows]
        levels = np.asarray(confidences, float)
        steps = levels if levels.size else np.array([0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99])
        rows = []
        for level in steps.tolist():
            sure = chances[chances >= level]
            mean = float(sure.mean()) if len(sure) else float("nan")
            rows.append((level, len(sure) / max(1, len(chances)), mean))
        return rows


def make(name: str, **options: Any) -> Propagator:
    """Build a method by name, with its options checked.

    Raises:
        BadInputError: no such method, an option it does not have, or a value of another type.

    Example:
        >>> make("label_spreading", alpha=0.5).alpha
        0.5
    """
    method: Propagator = build("propagate", name, "method", options)
    return method


def propagate(
    vectors: Vectors | Landscape,
    given: ArrayLike,
    method: str | Propagator = "best",
    *,
    min_confidence: float = 0.9,
    **options: Any,
) -> Propagation:
    """Label rows by those that are labelled; needs no workspace.

    The method gives shares. This function holds labels back in turn to see what shares are
    worth, and from that sets the confidence, for every method in the same way. Given labels are
    kept as they are. Abstaining is normal: with few labels, or classes that look alike, most
    rows get none at a confidence of .9.

    Args:
        vectors: (n, dim), one row an item; or a `Landscape` made of them, which serves again
            when labels were added: graph and clusters do not depend on labels.
        given: (n,) class numbers from 0; -1 where nobody has labelled.
        method: or its name: `likewise.registry.names("propagate")` lists them.
        min_confidence: chance of being right from which a guess becomes a label.
        options: fields of the named method.

    Raises:
        BadInputError: no such method or option, no label, labels of one class only, or as many
            labels as there are not rows.

    Example:
        >>> rows = np.float32([[1, 0, 0], [1, 0.1, 0], [0, 1, 0], [0, 1, 0.1]])
        >>> done = propagate(rows, [0, -1, 1, -1], "cluster_vote", min_confidence=0)
        >>> done.labels.tolist(), done.causes[1].tolist()
        ([0, 0, 1, 1], [0, -1, -1])
    """
    if not 0 <= min_confidence <= 1:
        raise BadInputError(f"min_confidence is {min_confidence}; give a number from 0 to 1")
    landscape = vectors if isinstance(vectors, Landscape) else Landscape(vectors)
    known = _checked(given, len(landscape))
    numbers = np.unique(known[known >= 0])
    dense = np.where(known >= 0, np.searchsorted(numbers, known), -1)[landscape.order]
    task = Task(landscape, dense, len(numbers), int((dense >= 0).sum()))
    asked = make(method, **options) if isinstance(method, str) else method
    folds = folds_of(task)
    used, held_out, validation = asked, None, {}
    if isinstance(asked, Chooser):
        choice = asked.choose(task, folds)
        used, held_out, validation = choice.method, choice.held_out, dict(choice.validation)
    elif folds:
        held_out = hold_out(asked.vote, task, folds)
    votes = used.vote(task)
    curve = fit_confidence(held_out)
    validation.update(
        options=_options(used),
        accuracy=held_out.accuracy if held_out else None,
        held_out=curve.rests_on,
        confidence={"slope": curve.slope, "offset": curve.offset},
        labels={"given": int((known >= 0).sum()), "classes": len(numbers)},
    )
    chances = curve.of(votes.shares[:, 0])
    free = task.given < 0
    guesses = np.where(free, votes.guesses, task.given)
    chances = np.where(free, chances, 1).astype(np.float32)
    sure = (guesses >= 0) & (chances >= min_confidence)
    accepted = np.flatnonzero(sure & free)
    causes = np.full((len(landscape), 3), -1, dtype=np.intp)
    found = used.causes(task, votes, accepted)
    causes[accepted, : found.shape[1]] = np.where(found >= 0, landscape.order[found], -1)
    back = landscape.place
    guesses = np.where(guesses >= 0, numbers[guesses], -1)
    return Propagation(
        labels=np.where(sure, guesses, -1)[back],
        confidence=chances[back],
        guesses=guesses[back],
        margins=np.where(free, votes.margins, 1).astype(np.float32)[back],
        rounds=np.where(free, votes.rounds, 0)[back],
        causes=causes[back],
        method=name_of(asked),
        stopped=votes.stopped if free.any() else "nothing was left to label",
        min_confidence=min_confidence,
        validation=validation,
        chosen=used,
        held_out_rows=landscape.order[held_out.rows] if held_out else np.empty(0, np.intp),
        held_out_confidence=curve.of(held_out.shares) if held_out else np.empty(0, np.float32),
        held_out_right=held_out.right if held_out else np.empty(0, np.bool_),
    )


def _checked(given: ArrayLike, count: int) -> Ints:
    known = np.asarray(given)
    if known.shape != (count,) or not np.issubdtype(known.dtype, np.integer):
        raise BadInputError(
            f"given labels of shape {known.shape} and type {known.dtype} do not fit {count} rows; "
            "a whole number for each is wanted, -1 where nobody has labelled"
        )
    if known.min(initial=-1) < -1:
        raise BadInputError(f"{known.min()} is not a class; numbers from 0 are, and -1 is none")
    classes = np.unique(known[known >= 0])
    if len(classes) < 2:
        raise BadInputError(
            "nothing is labelled; label a few items of each class"
            if not len(classes)
            else f"all {int((known >= 0).sum())} labels are of one class, and there is nothing to "
            "tell it from; label items of another, or learn a single concept with: likewise learn"
        )
    return known.astype(np.intp)


def name_of(method: Any) -> str:
    """The name a built-in method is registered by: its file's."""
    return type(method).__module__.rpartition(".")[2]


def _options(method: Any) -> dict[str, Any]:
    return {field.name: getattr(method, field.name) for field in fields(type(method))}
