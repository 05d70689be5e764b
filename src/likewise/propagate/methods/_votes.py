"""The shares of classes that every method answers with, for each row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

KEPT = 4
"""How many classes of a row are remembered: the guess, and what comes next to it."""

Ints = NDArray[np.intp]
Floats = NDArray[np.float32]

_BLOCK_ROWS = 65_536


@dataclass(frozen=True, eq=False)
class Votes:
    """The classes that speak for each row, the strongest first.

    Attributes:
        classes: (n, m) class numbers; -1 where there is none.
        shares: (n, m) how much of all evidence about the row speaks for that class, from 0 to 1.
            What is missing to 1 speaks for other classes, or for something never labelled.
        rounds: (n,) the round each row was decided in, from 1.
        stopped: why the method stopped.
    """

    classes: Ints
    shares: Floats
    rounds: Ints
    stopped: str

    @property
    def guesses(self) -> Ints:
        """(n,) the strongest class; -1 where nothing speaks for any."""
        return np.where(self.shares[:, 0] > 0, self.classes[:, 0], -1)

    @property
    def runners_up(self) -> Ints:
        """(n,) the class that comes next; -1 where there is none."""
        if self.shares.shape[1] < 2:
            return np.full(len(self.shares), -1, dtype=np.intp)
        return np.where(self.shares[:, 1] > 0, self.classes[:, 1], -1)

    @property
    def margins(self) -> Floats:
        """(n,) by how much the strongest leads; small at the border between two classes."""
        second = self.shares[:, 1] if self.shares.shape[1] > 1 else np.float32(0)
        return np.asarray(self.shares[:, 0] - second, np.float32)


class Strongest:
    """The strongest few classes of each row and the sum of all, from blocks of classes."""

    def __init__(self, count: int) -> None:
        self.classes = np.full((count, KEPT), -1, dtype=np.intp)
        self.scores = np.zeros((count, KEPT), dtype=np.float32)
        self.totals = np.zeros(count, dtype=np.float32)

    def add(self, scores: Floats, first_class: int) -> None:
        """Take in scores (n, w) of the classes from `first_class` on."""
        self.totals += scores.sum(axis=1)
        for start in range(0, len(scores), _BLOCK_ROWS):
            rows = slice(start, start + _BLOCK_ROWS)
            names = np.broadcast_to(first_class + np.arange(scores.shape[1]), scores[rows].shape)
            self.keep(rows, names, scores[rows])

    def add_some(self, classes: Ints, scores: Floats) -> None:
        """Take in scores (n, m) of other classes for each row; -1 is none. No class twice."""
        self.totals += scores.sum(axis=1)
        self.keep(slice(None), classes, scores)

    def keep(self, rows: slice, classes: Ints, scores: Floats) -> None:
        every = np.concatenate([self.scores[rows], scores], axis=1)
        names = np.concatenate([self.classes[rows], classes], axis=1)
        best = np.argsort(-every, axis=1, kind="stable")[:, :KEPT]
        self.scores[rows] = np.take_along_axis(every, best, axis=1)
        self.classes[rows] = np.take_along_axis(names, best, axis=1)

    def votes(self, unknown: float = 0.0, stopped: str = "one pass") -> Votes:
        """Shares of the totals, to which `unknown` is added for what was never labelled."""
        total = np.maximum(self.totals + np.float32(unknown), np.float32(1e-30))
        shares = np.where(self.scores > 0, self.scores / total[:, None], 0).astype(np.float32)
        ones = np.ones(len(shares), dtype=np.intp)
        return Votes(np.where(shares > 0, self.classes, -1), shares, ones, stopped)


def blended(votes: Sequence[Votes], weights: Floats) -> Strongest:
    """The weighted sum of several methods' shares."""
    strongest = Strongest(len(votes[0].shares))
    classes = np.concatenate([each.classes for each in votes], axis=1)
    shares = np.concatenate(
        [np.float32(weight) * each.shares for weight, each in zip(weights, votes, strict=True)],
        axis=1,
    )
    for start in range(0, len(classes), _BLOCK_ROWS):
        rows = slice(start, start + _BLOCK_ROWS)
        names, scores = classes[rows], shares[rows]
        # A class that several methods name is added up where it comes first.
        order = np.argsort(names, axis=1, kind="stable")
        names, scores = (np.take_along_axis(each, order, axis=1) for each in (names, scores))
        for column in range(names.shape[1] - 1, 0, -1):
            same = names[:, column] == names[:, column - 1]
            scores[:, column - 1] += np.where(same, scores[:, column], 0)
            scores[:, column] = np.where(same, 0, scores[:, column])
        scores = np.where(names >= 0, scores, 0)
        strongest.totals[rows] += scores.sum(axis=1)
        strongest.keep(rows, names, scores)
    return strongest
