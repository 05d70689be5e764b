"""K-means over labelled and unlabelled rows together; each cluster votes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from likewise.errors import BadInputError
from likewise.numeric.clusters import Clusters
from likewise.propagate.methods._cluster_votes import cluster_ballot, cluster_voters, usual_count
from likewise.propagate.methods._task import Task
from likewise.propagate.methods._votes import Ints, Votes


@dataclass(frozen=True)
class ClusterVote:
    """The majority of a cluster's labelled members speaks for the rest of it.

    A row's share grows with the agreement of its cluster's votes, with how many they are, and
    with its depth in the cluster, which is 0 on the border to the next and 1 at the centre.
    Where nobody in a cluster is labelled, nothing is said.

    Attributes:
        clusters: how many; 0 is about half as many as labels, 3 for every 2 classes at least.
        purity: a cluster whose labels agree less than this says nothing.
        depth: a row that lies less deep in its cluster than this gets no label.

    Example:
        >>> from likewise.propagate.base import propagate
        >>> rows = np.float32([[1, 0, 0], [1, 0.1, 0], [0, 1, 0], [0, 1, 0.1]])
        >>> given = np.array([0, -1, 1, -1])
        >>> method = ClusterVote(clusters=2)
        >>> propagate(rows, given, method, min_confidence=0).labels.tolist()
        [0, 0, 1, 1]
    """

    clusters: int = 0
    purity: float = 0.0
    depth: float = 0.0

    def __post_init__(self) -> None:
        if self.clusters < 0:
            raise BadInputError(f"clusters is {self.clusters}; give 1 or more, or 0 to choose")
        for name in ("purity", "depth"):
            if not 0 <= getattr(self, name) <= 1:
                raise BadInputError(f"{name} is {getattr(self, name)}; give a number from 0 to 1")

    def vote(self, task: Task) -> Votes:
        """Count the labels of each cluster."""
        groups = self._groups(task)
        classes, shares = cluster_ballot(groups, task.targets, self.purity, self.depth)
        ones = np.ones(len(classes), dtype=np.intp)
        return Votes(classes, shares, ones, f"{len(groups.centres)} clusters voted")

    def causes(self, task: Task, votes: Votes, rows: Ints) -> Ints:
        """The members of the row's own cluster that voted for the class, the likest first."""
        return cluster_voters(
            task.propagation_graph.rows, self._groups(task), task.targets, rows, votes.guesses[rows]
        )

    def _groups(self, task: Task) -> Clusters:
        count = self.clusters or usual_count(len(task.targets), task.labels, task.classes)
        return task.propagation_graph.clusters(count)
