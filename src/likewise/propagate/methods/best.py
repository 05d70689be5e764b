"""The default: the method that answers labels held back best."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.errors import BadInputError
from likewise.propagate.base import Choice, make
from likewise.propagate.methods._held_out import HeldOut, hold_out
from likewise.propagate.methods._task import Task
from likewise.propagate.methods._votes import Ints, Votes


@dataclass(frozen=True)
class Best:
    """Cross-validated choice; `agreement` unless another one is better by two standard errors.

    Methods are compared by the mean accuracy over all coverages: one that knows what it does
    not know is better than one that is right as often. Few labels hardly tell methods apart,
    and then the ensemble is the safe choice.

    Attributes:
        methods: names of those that are compared with `agreement`.

    Example:
        >>> from likewise.propagate.base import propagate
        >>> rows = np.float32([[1, 0, 0], [1, 0.1, 0], [0, 1, 0], [0, 1, 0.1]])
        >>> given = np.array([0, -1, 1, -1])
        >>> propagate(rows, given, "best", min_confidence=0).labels.tolist()
        [0, 0, 1, 1]
    """

    methods: tuple[str, ...] = ("label_spreading", "smoothed_head", "cluster_vote")

    def __post_init__(self) -> None:
        lacking = {"best", "agreement"} & set(self.methods)
        if lacking or len(set(self.methods)) != len(self.methods):
            raise BadInputError(
                f"{self.methods} cannot be compared; name different methods other than best and "
                "agreement"
            )

    def choose(self, task: Task, folds: list[Ints]) -> Choice:
        """Hold labels back once for each method, and compare."""
        together: Any = make("agreement")
        if not folds:
            because = "no class has two different images, so that nothing could be held back"
            return Choice(together, {"chosen": "agreement", "because": because}, None)
        names = tuple(dict.fromkeys([*together.methods, *self.methods]))
        held_out = {name: hold_out(make(name).vote, task, folds) for name in names}
        usual: Choice = together.weighed([held_out[name] for name in together.methods])
        assert usual.held_out is not None
        worth = {name: _worth(held_out[name]) for name in self.methods}
        worth["agreement"] = _worth(usual.held_out)
        means = {name: float(each.mean()) for name, each in worth.items()}
        lead = {name: worth[name] - worth["agreement"] for name in self.methods}
        errors = {name: each.std() / np.sqrt(len(each)) for name, each in lead.items()}
        ahead = [name for name in self.methods if lead[name].mean() > 2 * errors[name]]
        facts = {"compared": means, "weights": usual.validation["weights"]}
        if not ahead:
            because = "no method is better than the ensemble by two standard errors"
            return Choice(
                usual.method, {**facts, "chosen": "agreement", "because": because}, usual.held_out
            )
        chosen = max(ahead, key=lambda name: means[name])
        because = f"better than the ensemble by {lead[chosen].mean():.3f}, over two standard errors"
        return Choice(
            make(chosen), {**facts, "chosen": chosen, "because": because}, held_out[chosen]
        )

    def vote(self, task: Task) -> Votes:
        """Those of the ensemble, as nothing was compared."""
        return make("agreement").vote(task)

    def causes(self, task: Task, votes: Votes, rows: Ints) -> Ints:
        """Those of the ensemble."""
        return make("agreement").causes(task, votes, rows)


def _worth(held_out: HeldOut) -> NDArray[np.float64]:
    """What each answer adds to the mean accuracy over all coverages, (h,) in the rows' order."""
    order = np.argsort(-held_out.shares, kind="stable")
    # The answer at place p takes part in the accuracies at p, p + 1, ...: each divides by its own.
    parts = np.cumsum((1 / np.arange(1, len(order) + 1))[::-1])[::-1]
    worth = np.empty(len(order))
    worth[order] = held_out.right[order] * parts
    return worth
