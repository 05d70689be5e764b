"""Cosine to the best of a few sub-prototypes a class: for classes with several sub-clusters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from likewise.classify.base import classifier_of
from likewise.core.classifier import Classifier
from likewise.core.references import References
from likewise.core.space import plain_space
from likewise.core.vectors import unit
from likewise.errors import BadInputError
from likewise.numeric.kmeans import sub_clusters


@dataclass(frozen=True)
class Prototypes:
    """The class with the most similar cluster of references, as the rule `prototypes` finds them.

    Attributes:
        most: the largest number of clusters to try in a class.
        least_silhouette: below this a class counts as one cluster, and its row is its mean.

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
        """One row a cluster."""
        space = plain_space(references.encoder, references.space.dim_out)  # rows are mapped already
        rows = [np.empty((0, space.dim_in), np.float32)]
        class_indices: list[int] = []
        for index in np.flatnonzero(references.counts):
            samples = references.rows[references.owners == index]
            weights = np.ones(len(samples), np.float32)
            clusters = sub_clusters(samples, weights, self.most, self.least_silhouette)
            rows += [unit(samples[mask].mean(axis=0, keepdims=True)) for mask in clusters]
            class_indices += [int(index)] * len(clusters)
        indices = np.array(class_indices, dtype=np.intp)
        return classifier_of("prototypes", references, np.concatenate(rows), indices)
