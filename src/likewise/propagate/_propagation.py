"""A label, or none, for every row, with the receipt of each; and which rows to ask about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from likewise.errors import BadInputError
from likewise.numeric.intervals import wilson_interval
from likewise.propagate._confidence import Confidence
from likewise.propagate.methods._propagation_graph import PropagationGraph
from likewise.propagate.methods._votes import Floats, Ints
from likewise.review.query_strategies.base import Pool
from likewise.review.query_strategies.varied import Varied

if TYPE_CHECKING:
    from likewise.propagate.base import Propagator


@dataclass(frozen=True, eq=False)
class Propagation:
    """A label, or none, for every row, and the receipt of each. Rows are the caller's.

    Attributes:
        labels: (n,) class numbers; -1 where none is sure enough.
        confidence: (n,) chance that the guess is right; 1 for given labels.
        guesses: (n,) the likeliest class, sure or not; -1 where nothing speaks for any.
        margins: (n,) by how much the guess leads the next class, as shares.
        runners_up: (n,) the next class; -1 where there is none.
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
        held_out_guesses: (h,) what it guessed; -1 where nothing spoke for any class.
        calibration: the curve that makes probabilities of shares.
    """

    labels: Ints
    confidence: Floats
    guesses: Ints
    margins: Floats
    runners_up: Ints
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
    held_out_guesses: Ints
    calibration: Confidence

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

    def held_out_of(self, rows: Ints) -> Propagation:
        """The same with what is known of held-out labels of these rows alone."""
        keep = np.isin(self.held_out_rows, rows)
        return replace(
            self,
            held_out_rows=self.held_out_rows[keep],
            held_out_confidence=self.held_out_confidence[keep],
            held_out_right=self.held_out_right[keep],
            held_out_guesses=self.held_out_guesses[keep],
        )

    def curve(self, confidences: ArrayLike = ()) -> list[tuple[float, float, float]]:
        """Coverage against accuracy, as expected: (confidence, coverage, accuracy) rows."""
        open_rows = self.rounds > 0
        probabilities = self.confidence[open_rows]
        levels = np.asarray(confidences, float)
        steps = levels if levels.size else np.array([0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99])
        rows = []
        for level in steps.tolist():
            sure = probabilities[probabilities >= level]
            mean = float(sure.mean()) if len(sure) else float("nan")
            rows.append((level, len(sure) / max(1, len(probabilities)), mean))
        return rows


_PAGES = 5.0


def to_ask(done: Propagation, propagation_graph: PropagationGraph, count: int) -> Ints:
    """The caller's rows whose answer would teach the most, the most telling first.

    Doubt is a small margin between the two likeliest classes, as near the border of clusters.
    Doubt alone asks for near-copies, so among five times as many as are wanted those are taken
    that are the farthest from one another (greedy k-centre). A row in a dense place teaches
    more than a stray one: the margin is divided by how alike its neighbours are.

    Args:
        done: what was propagated.
        propagation_graph: that it was propagated over.
        count: how many rows; all without label if fewer.

    Returns:
        Up to `count` different rows without label.
    """
    rows = done.abstained
    if not len(rows) or count < 1:
        return np.empty(0, dtype=np.intp)
    positions = propagation_graph.position[rows]
    dense = np.asarray(propagation_graph.graph.sum(axis=1), dtype=np.float32).ravel()[positions]
    worth = (1 - done.margins[rows]) * dense
    picked = Varied(pages=_PAGES).pick(Pool(worth, propagation_graph.rows[positions]), count)
    return np.asarray(rows[picked], dtype=np.intp)
