"""Labels that are held back in turn: how a method answers what it was not told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from likewise.numeric.class_folds import same_image
from likewise.propagate.methods._task import Task
from likewise.propagate.methods._votes import Floats, Ints, Votes

_FOLDS = 10
_FEWER_FOLDS = 3
_MANY_ROWS = 100_000
"""Beyond so many rows a pass takes a minute, and there are labels enough."""


@dataclass(frozen=True, eq=False)
class HeldOut:
    """What a method made of labelled rows while their labels were held back.

    A row that is alone in its class cannot be found again, and counts as missed: among labels
    of a random sample, classes seen once say how much belongs to classes never seen (Good 1953,
    "The population frequencies of species", after Turing).

    Attributes:
        rows: (h,) row numbers.
        truths: (h,) the labels that were held back.
        votes: of those rows.
    """

    rows: Ints
    truths: Ints
    votes: Votes

    @property
    def shares(self) -> Floats:
        """(h,) the share of the guess."""
        return self.votes.shares[:, 0]

    @property
    def right(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """(h,) whether the guess is the label."""
        return np.asarray(self.votes.guesses == self.truths)

    @property
    def accuracy(self) -> float:
        """How many of the guesses are right; 0 where there are none."""
        return float(self.right.mean()) if len(self.rows) else 0.0


def folds_of(task: Task) -> list[Ints]:
    """Rows to hold back together, so that every class keeps as many labels as can be.

    Copies of one image are held back together, whatever class they are said to be of: apart,
    they would vouch for each other. No fold where no class has two different images.
    """
    labelled = task.labelled
    copies = same_image(task.propagation_graph.rows[labelled])
    count = min(
        _FOLDS if len(task.propagation_graph) <= _MANY_ROWS else _FEWER_FOLDS, len(labelled)
    )
    classes = task.targets[labelled]
    different = np.unique(np.stack([classes, copies]), axis=1)
    if np.bincount(different[0]).max() < 2:
        return []
    fold = np.full(len(labelled), -1, dtype=np.intp)
    turn = 0
    for row in np.argsort(classes, kind="stable").tolist():
        if fold[row] < 0:
            fold[copies == copies[row]] = turn % count
            turn += 1
    parts = [labelled[fold == number] for number in range(count)]
    return [part for part in parts if 0 < len(part) < len(labelled)]


def hold_out(vote: Callable[[Task], Votes], task: Task, folds: list[Ints]) -> HeldOut:
    """Hold back each fold in turn and ask for the votes of its rows."""
    found = []
    for rows in folds:
        votes = vote(task.without(rows))
        found.append(
            replace(
                votes,
                classes=votes.classes[rows],
                shares=votes.shares[rows],
                rounds=votes.rounds[rows],
            )
        )
    rows = np.concatenate(folds)
    votes = Votes(
        np.concatenate([each.classes for each in found]),
        np.concatenate([each.shares for each in found]),
        np.concatenate([each.rounds for each in found]),
        "held out",
    )
    return HeldOut(rows, task.targets[rows], votes)
