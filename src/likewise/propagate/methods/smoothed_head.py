"""A linear head whose answers are smoothed along the graph of nearest neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from likewise.errors import BadInputError
from likewise.propagate.methods._head import fit_head
from likewise.propagate.methods._spread import spread
from likewise.propagate.methods._task import Task, nearest_labelled
from likewise.propagate.methods._votes import Ints, Votes


@dataclass(frozen=True)
class SmoothedHead:
    """The smoothing half of Huang et al. 2021, "Combining label propagation and simple models".

    A head sees each image alone; its neighbours' answers correct the odd ones out. What was
    given starts from certainty.

    Attributes:
        alpha: how much of its answer a row takes from its neighbours, from 0 to below 1.

    Example:
        >>> from likewise.propagate.base import propagate
        >>> rows = np.float32([[1, 0, 0], [1, 0.1, 0], [0, 1, 0], [0, 1, 0.1]])
        >>> given = np.array([0, -1, 1, -1])
        >>> propagate(rows, given, "smoothed_head", min_confidence=0).labels.tolist()
        [0, 0, 1, 1]
    """

    alpha: float = 0.8

    def __post_init__(self) -> None:
        if not 0 <= self.alpha < 1:
            raise BadInputError(f"alpha is {self.alpha}; give a number from 0 to below 1")

    def vote(self, task: Task) -> Votes:
        """Fit, answer for every row, smooth."""
        labelled, points = task.labelled, task.propagation_graph.rows
        head = fit_head(points[labelled], task.targets[labelled])
        # The sums that turn logits into probabilities, so that classes can come in parts.
        highest = np.empty((len(points), 1), dtype=np.float32)
        total = np.empty((len(points), 1), dtype=np.float32)
        for block in head.blocks(points):
            logits = points[block] @ head.weights + head.offsets
            highest[block] = logits.max(axis=1, keepdims=True)
            total[block] = np.exp(logits - highest[block]).sum(axis=1, keepdims=True)

        def start(first: int, stop: int) -> NDArray[np.float32]:
            scores = points @ head.weights[:, first:stop] + head.offsets[first:stop]
            scores -= highest
            np.exp(scores, out=scores)
            scores /= total
            scores[labelled] = task.targets[labelled][:, None] == head.classes[first:stop]
            return scores

        strongest = spread(task.propagation_graph.graph, start, len(head.classes), self.alpha)
        strongest.classes = np.where(strongest.classes >= 0, head.classes[strongest.classes], -1)
        return strongest.votes()

    def causes(self, task: Task, votes: Votes, rows: Ints) -> Ints:
        """The labelled rows of the class that are the most like the row."""
        return nearest_labelled(task, rows, votes.guesses[rows])
