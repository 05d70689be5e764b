"""Likeness to the best of a few sub-prototypes a class: for classes that come in several looks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from likewise.classifier import Classifier
from likewise.classify.base import classifier_of
from likewise.errors import BadInputError
from likewise.evidence import Evidence
from likewise.references import References
from likewise.rules.prototypes import Prototypes as Clumps
from likewise.space import plain_space


@dataclass(frozen=True)
class Prototypes:
    """The class with the most alike clump of references, as the rule `prototypes` finds them.

    Attributes:
        most: the largest number of clumps to try in a class.
        least_silhouette: below this a class counts as one clump, and its row is its mean.

    Example:
        >>> x = np.eye(4, dtype=np.float32).repeat(3, axis=0)
        >>> two_looks = References(x, ("cat",) * 6 + ("dog",) * 6)
        >>> Prototypes().fit(two_looks).owners.tolist()
        [0, 0, 1, 1]
    """

    most: int = 4
    least_silhouette: float = 0.2

    def __post_init__(self) -> None:
        if self.most < 1:
            raise BadInputError(f"most is {self.most}; give 1 or more prototypes a class")

    def fit(self, references: References) -> Classifier:
        """One row a clump."""
        learner = Clumps(most=self.most, least_silhouette=self.least_silhouette)
        space = plain_space(references.encoder, references.space.dim_out)  # rows are mapped already
        rows = [np.empty((0, space.dim_in), np.float32)]
        owners: list[int] = []
        for owner in np.flatnonzero(references.counts):
            own = references.rows[references.owners == owner]
            clumps = learner.learn(Evidence(space, positives=own)).toward
            rows.append(clumps)
            owners += [int(owner)] * len(clumps)
        places = np.array(owners, dtype=np.intp)
        return classifier_of("prototypes", references, np.concatenate(rows), places)
