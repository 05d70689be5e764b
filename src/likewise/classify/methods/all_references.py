"""Likeness to the nearest of all references: the plainest classifier there is."""

from __future__ import annotations

from dataclasses import dataclass

from likewise.classify.base import classifier_of
from likewise.core.classifier import Classifier
from likewise.core.references import References


@dataclass(frozen=True)
class AllReferences:
    """The class of the arg-max of ``A . x``, where the rows of A are all the references.

    One nearest neighbour by cosine (Cover and Hart 1967). What every other method is measured
    against.

    Example:
        >>> import numpy as np
        >>> few = References(np.eye(3, dtype=np.float32), ("cat", "dog", "cat"))
        >>> AllReferences().fit(few).rows.shape
        (3, 3)
    """

    def fit(self, references: References) -> Classifier:
        """Every reference is a row."""
        return classifier_of("all_references", references, references.rows, references.owners)
