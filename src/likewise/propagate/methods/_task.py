"""What every method sees: rows of which some are labelled."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from likewise.propagate.methods._propagation_graph import PropagationGraph
from likewise.propagate.methods._votes import Ints

CAUSES = 3
"""How many labelled rows a receipt names at most."""


@dataclass(frozen=True, eq=False)
class Task:
    """Rows of which some are labelled; all in the landscape's own order.

    Attributes:
        propagation_graph: the rows, and what was found out about their geometry.
        targets: (n,) class numbers, -1 where nothing is known.
        classes: how many classes there are; numbers run from 0.
        labels: how many rows a person labelled, those included whose label is held back.
    """

    propagation_graph: PropagationGraph
    targets: Ints
    classes: int
    labels: int

    @property
    def labelled(self) -> Ints:
        """The rows that are labelled."""
        return np.flatnonzero(self.targets >= 0)

    def without(self, rows: Ints) -> Task:
        """The same task with these labels held back."""
        targets = self.targets.copy()
        targets[rows] = -1
        return replace(self, targets=targets)


def nearest_labelled(task: Task, rows: Ints, guesses: Ints) -> Ints:
    """The labelled rows of the guessed class that are the most like each row, best first.

    Args:
        task: what was labelled.
        rows: (k,) which rows it is asked for.
        guesses: (k,) their classes.

    Returns:
        (k, 3) row numbers, -1 where the class has fewer.
    """
    found = np.full((len(rows), CAUSES), -1, dtype=np.intp)
    points = task.propagation_graph.rows
    for number in np.unique(guesses[guesses >= 0]).tolist():
        labelled_rows = np.flatnonzero(task.targets == number)
        wanted_rows = np.flatnonzero(guesses == number)
        for start in range(0, len(wanted_rows), 4096):
            part = wanted_rows[start : start + 4096]
            similarity = points[rows[part]] @ points[labelled_rows].T
            best = np.argsort(-similarity, axis=1, kind="stable")[:, :CAUSES]
            found[part, : best.shape[1]] = labelled_rows[best]
    return found
