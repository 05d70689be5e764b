"""A classifier of tiny training sets, taught with the labelled rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from likewise.core.references import References
from likewise.errors import BadInputError
from likewise.propagate.methods._task import Task, nearest_labelled
from likewise.propagate.methods._votes import Ints, Strongest, Votes
from likewise.registry import build, names

_BLOCK_ROWS = 16_384
_SHARPNESS = np.float32(10)
"""From scores, which are cosines, to shares; what shares are worth is found out elsewhere."""


@dataclass(frozen=True)
class TinySet:
    """A method of `likewise fewshot`, such as centrality or tuned references, as a propagator.

    Its own choosing and tuning is done again without each label that is held back (nested
    cross-validation), so that what it promises is of labels that it has not seen.

    Attributes:
        classifier: name of the method: `likewise.registry.names("classify")` lists them.

    Example:
        >>> from likewise.propagate.base import propagate
        >>> rows = np.float32([[1, 0, 0], [1, 0.1, 0], [0, 1, 0], [0, 1, 0.1]])
        >>> given = np.array([0, -1, 1, -1])
        >>> propagate(rows, given, "tiny_set", min_confidence=0).labels.tolist()
        [0, 0, 1, 1]
    """

    classifier: str = "low_centrality"

    def __post_init__(self) -> None:
        if self.classifier not in names("classify"):
            raise BadInputError(
                f"there is no classifier '{self.classifier}'; give one of "
                f"{', '.join(names('classify'))}"
            )

    def vote(self, task: Task) -> Votes:
        """Fit, and score every row."""
        points, labelled = task.propagation_graph.rows, task.labelled
        strongest = Strongest(len(points))
        numbers = np.unique(task.targets[labelled])
        scores = self._scores(task, labelled) if len(numbers) > 1 else None
        if scores is None:  # one class, or images that all coincide: nothing tells rows apart
            strongest.totals[:] = 1
            return strongest.votes()
        shares = np.exp(_SHARPNESS * (scores - scores.max(axis=1, keepdims=True)))
        shares /= shares.sum(axis=1, keepdims=True)
        strongest.add(shares.astype(np.float32), 0)
        strongest.classes = np.where(strongest.classes >= 0, numbers[strongest.classes], -1)
        return strongest.votes()

    def causes(self, task: Task, votes: Votes, rows: Ints) -> Ints:
        """The labelled rows of the class that are the most like the row."""
        return nearest_labelled(task, rows, votes.guesses[rows])

    def _scores(self, task: Task, labelled: Ints) -> np.ndarray[Any, Any] | None:
        points = task.propagation_graph.rows
        # Names sort as the numbers do, and classifiers sort their classes by name.
        labels = tuple(f"{number:09d}" for number in task.targets[labelled].tolist())
        try:
            references = References(points[labelled], labels)
            fitted = build("classify", self.classifier, "method", {}).fit(references)
        except BadInputError:
            return None
        blocks = range(0, len(points), _BLOCK_ROWS)
        return np.concatenate([fitted.score(points[at : at + _BLOCK_ROWS]) for at in blocks])
