"""Labels spread along the graph of nearest neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from likewise.errors import BadInputError
from likewise.propagate.methods._graph import strongest_sources
from likewise.propagate.methods._spread import spread
from likewise.propagate.methods._task import Task, nearest_labelled
from likewise.propagate.methods._votes import Ints, Votes

_MOST_UNKNOWN = 2.0


@dataclass(frozen=True)
class LabelSpreading:
    """Zhou et al. 2004, "Learning with local and global consistency", on a sparse graph.

    With `balanced=False, unknown=0` it is scikit-learn's `LabelSpreading` on the same graph.
    Classes count alike unless told otherwise, however many labels each has. A row that little
    evidence reaches is likely of a class that nobody labelled; `unknown` says so.

    Attributes:
        alpha: how much of its score a row takes from its neighbours, from 0 to below 1.
        unknown: how much is made of the odds that a row is of a class that nobody labelled, which
            classes with a single label tell (Good 1953). Times these odds, at most 2, it is the
            evidence for "something else", as a share of what the middle row receives.
        balanced: whether every class starts with the same weight.

    Example:
        >>> from likewise.propagate.base import propagate
        >>> rows = np.float32([[1, 0, 0], [1, 0.1, 0], [0, 1, 0], [0, 1, 0.1]])
        >>> given = np.array([0, -1, 1, -1])
        >>> propagate(rows, given, "label_spreading", min_confidence=0).labels.tolist()
        [0, 0, 1, 1]
    """

    alpha: float = 0.9
    unknown: float = 4.0
    balanced: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.alpha < 1:
            raise BadInputError(f"alpha is {self.alpha}; give a number from 0 to below 1")
        if not 0 <= self.unknown < np.inf:
            raise BadInputError(f"unknown is {self.unknown}; give a number of 0 or more")

    def vote(self, task: Task) -> Votes:
        """Spread the given labels until what would still move does not matter."""
        labelled = task.labelled
        counts = np.maximum(np.bincount(task.targets[labelled], minlength=task.classes), 1)

        def start(first: int, stop: int) -> NDArray[np.float32]:
            columns = np.zeros((len(task.propagation_graph), stop - first), dtype=np.float32)
            labelled_block = labelled[
                (task.targets[labelled] >= first) & (task.targets[labelled] < stop)
            ]
            classes = task.targets[labelled_block]
            columns[labelled_block, classes - first] = 1 / counts[classes] if self.balanced else 1
            return columns

        strongest = spread(task.propagation_graph.graph, start, task.classes, self.alpha)
        once = float((np.bincount(task.targets[labelled]) == 1).sum()) / len(labelled)
        odds = min(self.unknown * once / max(1 - once, 1e-9), _MOST_UNKNOWN)
        return strongest.votes(odds * float(np.median(strongest.totals)))

    def causes(self, task: Task, votes: Votes, rows: Ints) -> Ints:
        """The labelled row that the strongest path through rows of the same class starts at."""
        labels = np.where(task.targets >= 0, task.targets, votes.guesses)
        sources = strongest_sources(task.propagation_graph.graph, labels, task.labelled)[rows]
        cut_off = sources < 0  # every path there leads through rows of other classes
        if cut_off.any():
            nearest = nearest_labelled(task, rows[cut_off], labels[rows[cut_off]])
            sources[cut_off] = nearest[:, 0]
        return sources[:, None]
