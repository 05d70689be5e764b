"""Likeness to the best of a few sub-prototypes: for concepts that come in several looks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from likewise.errors import BadInputError
from likewise.evidence import Evidence
from likewise.kmeans import mean_silhouette, spherical_kmeans
from likewise.rule import Rule
from likewise.rules._mapped import Mapped, mapped, mean_row
from likewise.rules.base import need_positives

_METHODS = ("kmeans", "hdbscan")
_FEWEST_IN_A_CLUMP = 2


@dataclass(frozen=True)
class Prototypes:
    """Score by the cosine to the nearest of several clump means inside the examples.

    The number of clumps is the one with the best mean silhouette (Rousseeuw 1987), and 1 when
    none reaches `least_silhouette`: then the examples are one clump and the rule is `mean`.

    Attributes:
        method: "kmeans" (by cosine), or "hdbscan" (Campello 2013), which finds the number of
            clumps itself and leaves strays out.
        most: the largest number of clumps to try.
        least_silhouette: below this the examples count as one clump.

    Example:
        >>> from likewise.space import plain_space
        >>> x = np.repeat(np.eye(2, dtype=np.float32), 3, axis=0)
        >>> evidence = Evidence(plain_space("demo", 2), positives=x)
        >>> sorted(Prototypes().learn(evidence).toward.tolist())
        [[0.0, 1.0], [1.0, 0.0]]
    """

    method: Literal["kmeans", "hdbscan"] = "kmeans"
    most: int = 6
    least_silhouette: float = 0.3

    def __post_init__(self) -> None:
        if self.method not in _METHODS:
            raise BadInputError(
                f"the method '{self.method}' is not known; give one of {', '.join(_METHODS)}"
            )
        if self.most < 1:
            raise BadInputError(f"most is {self.most}; give 1 or more prototypes")

    def learn(self, evidence: Evidence) -> Rule:
        """One row a clump.

        Raises:
            BadInputError: no examples, or examples that cancel out.
        """
        need_positives(evidence, "prototypes")
        known = mapped(evidence)
        clumps = self._clumps(known)
        rows = [
            mean_row(known.positives[clump], known.positive_weights[clump], "examples of a clump")
            for clump in clumps
        ]
        return Rule("prototypes", evidence.space, np.stack(rows))

    def _clumps(self, known: Mapped) -> Sequence[NDArray[np.bool_]]:
        rows = known.positives
        best, best_silhouette = [np.ones(len(rows), dtype=bool)], self.least_silhouette
        if len(rows) <= _FEWEST_IN_A_CLUMP or self.most == 1:
            return best
        for labels in self._labellings(rows, known.positive_weights):
            inside = labels >= 0
            clumps = np.unique(labels[inside])
            if 2 <= len(clumps) < inside.sum():
                silhouette = mean_silhouette(rows[inside], labels[inside])
                if silhouette > best_silhouette:
                    best = [labels == clump for clump in clumps]
                    best_silhouette = silhouette
        return best

    def _labellings(
        self, rows: NDArray[np.float32], weights: NDArray[np.float32]
    ) -> Iterator[NDArray[np.intp]]:
        """Clump numbers, -1 for strays, for each number of clumps that is worth a try."""
        if self.method == "hdbscan":
            # scikit-learn takes most of a second to import, so only who asks for it pays for it
            from sklearn.cluster import HDBSCAN

            clusterer = HDBSCAN(min_cluster_size=_FEWEST_IN_A_CLUMP, copy=True)
            yield np.asarray(clusterer.fit_predict(rows))
        else:
            for count in range(2, min(self.most, len(rows) - 1) + 1):
                yield spherical_kmeans(rows, weights, count)
