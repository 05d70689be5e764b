"""Several methods together: sure where they agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from likewise.errors import BadInputError
from likewise.propagate.base import Choice, make
from likewise.propagate.methods._held_out import HeldOut, hold_out
from likewise.propagate.methods._task import Task
from likewise.propagate.methods._votes import Ints, Votes, blended

_FALLS_BEHIND = 0.05
"""A method whose validated accuracy is so much lower counts 1/e as much, were it known exactly."""


@dataclass(frozen=True)
class Agreement:
    """The mean of several methods' shares, weighted by how they answer labels held back.

    What only one of two equals believes in gets half of the shares at most, so that only what
    they agree about can be sure. Methods that fall behind lose their say fast.

    Attributes:
        methods: names of the methods.
        weights: of the methods; set by validation when empty.

    Example:
        >>> from likewise.propagate.base import propagate
        >>> rows = np.float32([[1, 0, 0], [1, 0.1, 0], [0, 1, 0], [0, 1, 0.1]])
        >>> given = np.array([0, -1, 1, -1])
        >>> propagate(rows, given, "agreement", min_confidence=0).labels.tolist()
        [0, 0, 1, 1]
    """

    methods: tuple[str, ...] = ("label_spreading", "smoothed_head")
    weights: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not self.methods or len(set(self.methods)) != len(self.methods):
            raise BadInputError(f"{self.methods} are not different methods; name one or more")
        if self.weights and (
            len(self.weights) != len(self.methods) or min(self.weights) < 0 or not sum(self.weights)
        ):
            raise BadInputError(
                f"the weights {self.weights} do not fit {len(self.methods)} methods; give a "
                "number of 0 or more for each"
            )

    def choose(self, task: Task, folds: list[Ints]) -> Choice:
        """Set the weights by validation, unless they are given."""
        if not folds:
            return Choice(self, {}, None)
        return self.weighed([hold_out(make(name).vote, task, folds) for name in self.methods])

    def weighed(self, held_out: Sequence[HeldOut]) -> Choice:
        """Set the weights by each method's answers for labels held back."""
        accuracies = [each.accuracy for each in held_out]
        top = max(accuracies)
        error = np.sqrt(max(top * (1 - top), 1e-9) / len(held_out[0].rows))
        scale = float(np.hypot(_FALLS_BEHIND, error))
        weights = self.weights or tuple(
            round(float(np.exp((accuracy - top) / scale)), 4) for accuracy in accuracies
        )
        votes = _together([each.votes for each in held_out], weights)
        compared = dict(zip(self.methods, accuracies, strict=True))
        return Choice(
            replace(self, weights=weights),
            {"compared": compared, "weights": dict(zip(self.methods, weights, strict=True))},
            replace(held_out[0], votes=votes),
        )

    def vote(self, task: Task) -> Votes:
        """Ask every method that has a say."""
        weights = self.weights or (1.0,) * len(self.methods)
        return _together([make(name).vote(task) for name in self.methods], weights)

    def causes(self, task: Task, votes: Votes, rows: Ints) -> Ints:
        """Those of the method with the most say."""
        weights = self.weights or (1.0,) * len(self.methods)
        return make(self.methods[int(np.argmax(weights))]).causes(task, votes, rows)


def _together(votes: Sequence[Votes], weights: Sequence[float]) -> Votes:
    total = sum(weights)
    shares = np.array([weight / total for weight in weights], dtype=np.float32)
    strongest = blended(votes, shares)
    strongest.totals[:] = 1  # what no method gives to a class stays with none
    return strongest.votes(stopped="; ".join(each.stopped for each in votes))
