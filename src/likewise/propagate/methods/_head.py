"""A linear head: multinomial logistic regression on the labelled rows."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from likewise.core.vectors import Vectors
from likewise.numeric.blas import single_blas_thread

_COST = 10.0
_BLOCK_ROWS = 16_384

Floats = NDArray[np.float32]
Ints = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Head:
    """Weights for the classes that were labelled.

    Attributes:
        classes: (c,) class numbers.
        weights: (d, c).
        offsets: (c,).
    """

    classes: Ints
    weights: Floats
    offsets: Floats

    def probabilities(self, rows: Vectors) -> Floats:
        """Softmax over `classes`, (n, c)."""
        logits = rows @ self.weights + self.offsets
        logits -= logits.max(axis=1, keepdims=True)
        np.exp(logits, out=logits)
        logits /= logits.sum(axis=1, keepdims=True)
        return np.asarray(logits, np.float32)

    def blocks(self, rows: Vectors) -> list[slice]:
        """Slices of the rows that are small enough to work on at once."""
        return [slice(at, at + _BLOCK_ROWS) for at in range(0, len(rows), _BLOCK_ROWS)]


@single_blas_thread()
def fit_head(rows: Vectors, classes: Ints, weights: Floats | None = None) -> Head:
    """Fit the rows (m, d) of classes (m,); classes count alike, however many rows each has.

    Args:
        rows: of unit length.
        classes: class numbers; one class alone gets all probability.
        weights: (m,) of the rows, 1 unless given.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    names, class_rows = np.unique(classes, return_inverse=True)
    if len(names) < 2:
        return Head(names, np.zeros((rows.shape[1], 1), np.float32), np.zeros(1, np.float32))
    each = np.ones(len(rows), np.float32) if weights is None else weights
    heavy = np.bincount(class_rows, weights=each)
    each = each * (each.sum() / len(names) / heavy)[class_rows]
    model = LogisticRegression(C=_COST, tol=1e-3, max_iter=100)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # near enough after 100 steps
        warnings.filterwarnings("ignore", "The number of unique classes")  # few labels are usual
        model.fit(rows, class_rows, sample_weight=each)
    coefficients, offsets = model.coef_, model.intercept_
    if len(names) == 2:  # one row of weights stands for both
        coefficients = np.concatenate([-coefficients, coefficients]) / 2
        offsets = np.concatenate([-offsets, offsets]) / 2
    return Head(names, coefficients.T.astype(np.float32), offsets.astype(np.float32))
