"""Likeness to the best of a few sub-prototypes: for concepts that have several sub-clusters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from likewise.core.evidence import Evidence
from likewise.core.rule import Rule
from likewise.errors import BadInputError
from likewise.numeric.kmeans import sub_clusters
from likewise.rules.base import need_positives
from likewise.rules.methods._mapped_evidence import mapped, mean_row

_METHODS = ("kmeans", "hdbscan")


@dataclass(frozen=True)
class Prototypes:
    """Score by the cosine to the nearest of several cluster means inside the examples.

    The number of clusters is the one with the best mean silhouette (Rousseeuw 1987), and 1 when
    none reaches `least_silhouette`: then the examples are one cluster and the rule is `mean`.

    Attributes:
        method: "kmeans" (by cosine), or "hdbscan" (Campello 2013), which finds the number of
            clusters itself and leaves outliers out.
        most: the largest number of clusters to try.
        least_silhouette: below this the examples count as one cluster.

    Example:
        >>> from likewise.core.space import plain_space
        >>> x = np.repeat(np.eye(2, dtype=np.float32), 3, axis=0)
        >>> evidence = Evidence(plain_space("demo", 2), positives=x)
        >>> sorted(Prototypes().learn(evidence).toward.tolist())
        [[0.0, 1.0], [1.0, 0.0]]
    """

    ignores_background: ClassVar[bool] = True

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
        """One row a cluster.

        Raises:
            BadInputError: no examples, or examples that cancel out.
        """
        need_positives(evidence, "prototypes")
        data = mapped(evidence)
        clusters = sub_clusters(
            data.positives.rows,
            data.positives.weights,
            self.most,
            self.least_silhouette,
            self.method,
        )
        rows = [mean_row(data.positives.take(mask), "examples of a cluster") for mask in clusters]
        return Rule("prototypes", evidence.space, np.stack(rows))
