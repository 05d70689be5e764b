"""A linear head that learns from its own surest answers, round by round."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from likewise.core.vectors import Vectors
from likewise.errors import BadInputError
from likewise.propagate.methods._head import Head, fit_head
from likewise.propagate.methods._task import Task, nearest_labelled
from likewise.propagate.methods._votes import Floats, Ints, Strongest, Votes

_SLOPE, _OFFSET = 2.0, 1.5
"""A head of few labels says 45 % of what is right 9 times in 10: how its logits are stretched
before `threshold` is held against them. What the whole method answers is calibrated again."""


@dataclass(frozen=True)
class SelfTraining:
    """Yarowsky 1995; a row that was taken for sure counts as labelled from the next round on.

    Attributes:
        threshold: probability from which an answer is learned from.
        most: how many answers a class learns from in a round, the surest first.
        rounds: how often a head is fitted, at most; after 1 it is that of the given labels, and
            after 0 nothing is said.
        trust: weight of an answer of its own beside a given label.

    Example:
        >>> from likewise.propagate.base import propagate
        >>> rows = np.float32([[1, 0, 0], [1, 0.1, 0], [0, 1, 0], [0, 1, 0.1]])
        >>> given = np.array([0, -1, 1, -1])
        >>> propagate(rows, given, "self_training", min_confidence=0).labels.tolist()
        [0, 0, 1, 1]
    """

    threshold: float = 0.9
    most: int = 3
    rounds: int = 5
    trust: float = 0.5

    def __post_init__(self) -> None:
        if not 0 < self.threshold <= 1:
            raise BadInputError(f"threshold is {self.threshold}; give a number up to 1")
        if not 0 < self.trust <= 1:
            raise BadInputError(f"trust is {self.trust}; give a number up to 1")
        if self.most < 1 or self.rounds < 0:
            raise BadInputError(
                f"most is {self.most} and rounds {self.rounds}; give 1 or more of the first and "
                "0 or more of the second"
            )

    def vote(self, task: Task) -> Votes:
        """Fit, learn from the surest answers, fit again."""
        points = task.propagation_graph.rows
        labels = task.targets.copy()
        decided = np.zeros(len(labels), dtype=np.intp)
        if not self.rounds:
            return Strongest(len(points)).votes(stopped="after 0 rounds")
        head = self._fit(points, task, labels)
        stopped = f"all of {self.rounds} rounds were used"
        for turn in range(1, self.rounds):
            guesses, probabilities = _answers(head, points)
            sure = np.flatnonzero((labels < 0) & (probabilities >= self.threshold))
            new = _surest(sure, guesses[sure], probabilities[sure], self.most)
            if not len(new):
                stopped = f"nothing else was sure after round {turn}"
                break
            labels[new], decided[new] = guesses[new], turn
            head = self._fit(points, task, labels)
        top = Strongest(len(points))
        for block in head.blocks(points):
            shares = head.probabilities(points[block])
            names = np.broadcast_to(head.classes, shares.shape)
            top.totals[block] = 1
            top.keep(block, names, shares)
        votes = top.votes(stopped=stopped)
        last = int(decided.max(initial=0)) + 1
        rounds = np.where(decided > 0, decided, last)
        return Votes(votes.classes, votes.shares, rounds, stopped)

    def causes(self, task: Task, votes: Votes, rows: Ints) -> Ints:
        """The labelled rows of the class that are the most like the row."""
        return nearest_labelled(task, rows, votes.guesses[rows])

    def _fit(self, points: Vectors, task: Task, labels: Ints) -> Head:
        labelled = np.flatnonzero(labels >= 0)
        weights = np.where(task.targets[labelled] >= 0, 1, self.trust).astype(np.float32)
        return fit_head(points[labelled], labels[labelled], weights)


def _answers(head: Head, points: Vectors) -> tuple[Ints, Floats]:
    guesses = np.empty(len(points), dtype=np.intp)
    probabilities = np.empty(len(points), dtype=np.float32)
    for block in head.blocks(points):
        shares = head.probabilities(points[block])
        best = shares.argmax(axis=1)
        guesses[block] = head.classes[best]
        share = np.clip(shares[np.arange(len(best)), best], 1e-6, 1 - 1e-6)
        logits = _SLOPE * np.log(share / (1 - share)) + _OFFSET
        probabilities[block] = 1 / (1 + np.exp(-logits))
    return guesses, probabilities


def _surest(rows: Ints, classes: Ints, probabilities: Floats, most: int) -> Ints:
    """The surest few rows of each class."""
    order = np.lexsort((-probabilities, classes))
    rank = np.arange(len(order)) - np.searchsorted(classes[order], classes[order])
    return rows[order[rank < most]]
