"""Clusters vote, a head learns from the votes, clusters are made anew by what it sees; again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from likewise.core.vectors import unit
from likewise.errors import BadInputError
from likewise.numeric.clusters import Clusters, moved
from likewise.propagate.methods._cluster_votes import cluster_ballot, usual_count
from likewise.propagate.methods._head import fit_head
from likewise.propagate.methods._task import Task, nearest_labelled
from likewise.propagate.methods._votes import Ints, Strongest, Votes

_STABLE = 0.005


@dataclass(frozen=True)
class RefinedVote:
    """`cluster_vote`, refined until stable.

    Each round a linear head learns from the given labels and from the deep members of clusters
    whose votes agree; what it makes of every row is set beside the row, so that the next
    clusters follow the classes more closely.

    Attributes:
        rounds: how often clusters vote, at most; 0 says nothing.
        purity: clusters that agree less teach the head nothing.
        depth: nor do rows that lie less deep in their cluster.
        trust: weight of a voted label beside a given one.

    Example:
        >>> from likewise.propagate.base import propagate
        >>> rows = np.float32([[1, 0, 0], [1, 0.1, 0], [0, 1, 0], [0, 1, 0.1]])
        >>> given = np.array([0, -1, 1, -1])
        >>> propagate(rows, given, "refined_vote", min_confidence=0).labels.tolist()
        [0, 0, 1, 1]
    """

    rounds: int = 5
    purity: float = 0.8
    depth: float = 0.2
    trust: float = 0.3

    def __post_init__(self) -> None:
        if self.rounds < 0:
            raise BadInputError(f"rounds is {self.rounds}; give 0 or more")
        for name in ("purity", "depth", "trust"):
            if not 0 <= getattr(self, name) <= 1:
                raise BadInputError(f"{name} is {getattr(self, name)}; give a number from 0 to 1")

    def vote(self, task: Task) -> Votes:
        """Vote, learn, cluster again, until fewer than 1 row in 200 changes its class."""
        points, targets = task.propagation_graph.rows, task.targets
        strongest = Strongest(len(points))
        if not self.rounds:
            return strongest.votes(stopped="after 0 rounds")
        groups = task.propagation_graph.clusters(
            usual_count(len(task.targets), task.labels, task.classes)
        )
        decided = np.ones(len(points), dtype=np.intp)
        before = np.full(len(points), -1, dtype=np.intp)
        stopped = f"all of {self.rounds} rounds were used"
        for turn in range(1, self.rounds + 1):
            classes, shares = cluster_ballot(groups, targets)
            guesses = np.where(shares[:, 0] > 0, classes[:, 0], -1)
            changed = guesses != before
            decided[changed] = turn
            if changed.mean() < _STABLE:
                stopped = f"stable after round {turn}: {changed.mean():.1%} changed"
                break
            before = guesses
            if turn == self.rounds:
                break
            groups = self._again(task, groups)
        return Votes(classes, shares, decided, stopped)

    def _again(self, task: Task, groups: Clusters) -> Clusters:
        """Clusters of the rows with what a head of the voted labels makes of them beside them."""
        points, targets = task.propagation_graph.rows, task.targets
        classes, shares = cluster_ballot(groups, targets, self.purity, self.depth)
        labels = np.where(targets >= 0, targets, np.where(shares[:, 0] > 0, classes[:, 0], -1))
        labelled = np.flatnonzero(labels >= 0)
        weights = np.where(targets[labelled] >= 0, 1, self.trust).astype(np.float32)
        head = fit_head(points[labelled], labels[labelled], weights)
        wide = np.empty((len(points), points.shape[1] + len(head.classes)), dtype=np.float32)
        wide[:, : points.shape[1]] = points
        for block in head.blocks(points):
            wide[block, points.shape[1] :] = np.sqrt(head.probabilities(points[block]))
        return moved(unit(wide), groups)

    def causes(self, task: Task, votes: Votes, rows: Ints) -> Ints:
        """The labelled rows of the class that are the most like the row."""
        return nearest_labelled(task, rows, votes.guesses[rows])
