"""Clusters of a collection that nobody has answered yet: what a set without classes starts from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from likewise.core.vectors import Vectors
from likewise.numeric.clusters import Clusters, clusters_of

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Kind:
    """A cluster without an answered image.

    Attributes:
        row: of the image nearest to its centre.
        members: rows of all its images, the nearest to the centre first.
    """

    row: int
    members: NDArray[np.intp]


class Kinds:
    """The clusters of some rows, kept while answers come in.

    Clustering takes much longer than anything else on a page of new kinds, and an answered image
    takes its cluster from the page without it. So the clusters stay until few are left that have
    no answer, or until others are asked for.

    Args:
        rows: answers the rows, (n, dim) of unit length; called when they are clustered.

    Example:
        >>> rows = np.repeat(np.eye(3, dtype=np.float32), 2, axis=0)
        >>> kinds = Kinds(lambda: rows)
        >>> [len(kind.members) for kind in kinds.unseen(np.arange(6) < 2, 2)]
        [2, 2]
    """

    def __init__(self, rows: Callable[[], Vectors]) -> None:
        self._rows = rows
        self._groups: Clusters | None = None
        self._answered = 0  # answered rows when they were clustered

    def unseen(self, answered: Mask, count: int, again: bool = False) -> list[Kind]:
        """The largest clusters without an answered row, at most `count`.

        The rows are put into as many clusters as there are answered rows and new kinds together.

        Args:
            answered: (n,) which rows were answered.
            count: how many.
            again: make other clusters, by the answers as they are now.
        """
        found = [] if self._groups is None or again else self._free(self._groups, answered, count)
        fewer = 2 * len(found) < count and int(answered.sum()) != self._answered
        if self._groups is None or again or fewer:
            self._answered = int(answered.sum())
            self._groups = clusters_of(self._rows(), count + self._answered)
            found = self._free(self._groups, answered, count)
        return found

    @staticmethod
    def _free(groups: Clusters, answered: Mask, count: int) -> list[Kind]:
        sizes = np.bincount(groups.members, minlength=len(groups.centres))
        free = np.bincount(groups.members[answered], minlength=len(sizes)) == 0
        largest = np.argsort(-sizes, kind="stable")
        found = []
        for cluster in largest[free[largest] & (sizes[largest] > 0)][:count].tolist():
            members = np.flatnonzero(groups.members == cluster)
            members = members[np.argsort(-groups.similarity[members], kind="stable")]
            found.append(Kind(int(members[0]), members))
        return found
