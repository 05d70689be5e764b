"""Likeness to the mean of each class: one row a class, and hard to beat."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from likewise.classify.base import classifier_of
from likewise.core.classifier import Classifier
from likewise.core.references import References
from likewise.core.vectors import unit


@dataclass(frozen=True)
class ClassMeans:
    """The class whose mean reference is the most alike: the nearest class mean.

    Mensink et al. 2013, "Distance-based image classification: generalizing to new classes at
    near-zero cost"; with a network that was trained for it, Snell et al. 2017, "Prototypical
    networks".

    Attributes:
        word_examples: as how many images the words of a class count in its mean.

    Example:
        >>> few = References(np.eye(3, dtype=np.float32), ("cat", "dog", "cat"))
        >>> ClassMeans().fit(few).rows.shape
        (2, 3)
    """

    word_examples: float = 1.0

    def fit(self, references: References) -> Classifier:
        """One row a class: the mean, at unit length."""
        sums = np.zeros((len(references.classes), references.space.dim_out), np.float32)
        np.add.at(sums, references.owners, references.rows)
        words, named = references.word_rows
        sums[named] += np.float32(self.word_examples) * words
        shown = np.flatnonzero(references.counts)
        return classifier_of("class_means", references, unit(sums[shown]), shown)
