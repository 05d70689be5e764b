"""Likeness to the most typical reference of each class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from likewise.classify.base import classifier_of
from likewise.core.classifier import Classifier
from likewise.core.references import References


@dataclass(frozen=True)
class Medoids:
    """The class whose medoid is the most alike.

    The medoid is the reference with the highest mean likeness to the others of its class
    (Kaufman and Rousseeuw 1987): an image that can be shown, where a mean cannot.

    Example:
        >>> few = References(np.eye(3, dtype=np.float32), ("cat", "dog", "cat"))
        >>> Medoids().fit(few).rows.shape
        (2, 3)
    """

    def fit(self, references: References) -> Classifier:
        """One row a class: its most typical reference."""
        chosen = []
        for owner in np.flatnonzero(references.counts):
            members = np.flatnonzero(references.owners == owner)
            vectors = references.rows[members]
            chosen.append(members[int((vectors @ vectors.sum(axis=0)).argmax())])
        rows = np.array(chosen, dtype=np.intp)
        return classifier_of("medoids", references, references.rows[rows], references.owners[rows])
