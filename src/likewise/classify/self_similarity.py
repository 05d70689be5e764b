"""How alike references are: within their own class, and to those of other classes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from likewise.core.vectors import Vectors
from likewise.errors import BadInputError

_BINS = 40
_BLOCK_ROWS = 1024


@dataclass(frozen=True)
class SelfSimilarity:
    """Two histograms of cosines over all pairs of different references.

    Attributes:
        middles: of the bins, from -1 to 1.
        same: share of the pairs of one class in each bin; they add up to 1, or all are 0.
        other: share of the pairs of two classes in each bin, likewise.
        overlap: what the two have in common; 0 when every pair of one class is more alike than
            any pair of two, 1 when the class makes no difference.
    """

    middles: tuple[float, ...]
    same: tuple[float, ...]
    other: tuple[float, ...]
    overlap: float


def self_similarity(
    rows: Vectors, class_indices: NDArray[np.intp], bins: int = _BINS
) -> SelfSimilarity:
    """Count the pairs of references by how alike they are, the n x n matrix never made at once.

    Args:
        rows: (n, dim) unit rows.
        class_indices: (n,) class numbers.
        bins: how many, over -1 to 1.

    Raises:
        BadInputError: no bin.

    Example:
        >>> pairs = self_similarity(np.eye(2, dtype=np.float32)[[0, 0, 1]], np.array([0, 0, 1]), 2)
        >>> pairs.same, pairs.other, pairs.overlap
        ((0.0, 1.0), (0.0, 1.0), 1.0)
    """
    if bins < 1:
        raise BadInputError(f"{bins} bins were asked for; give 1 or more")
    counts = np.zeros((2, bins))
    for start in range(0, len(rows), _BLOCK_ROWS):
        block = rows[start : start + _BLOCK_ROWS] @ rows.T
        later = np.arange(len(rows)) > start + np.arange(len(block))[:, None]  # each pair once
        together = class_indices[start : start + len(block), None] == class_indices
        bin_of = np.clip(((block + 1) / 2 * bins).astype(np.intp), 0, bins - 1)
        for kind, chosen in enumerate((together & later, ~together & later)):
            counts[kind] += np.bincount(bin_of[chosen], minlength=bins)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    middles = (np.arange(bins) + 0.5) / bins * 2 - 1
    return SelfSimilarity(
        tuple(middles.tolist()),
        tuple(shares[0].tolist()),
        tuple(shares[1].tolist()),
        float(shares.min(axis=0).sum()),
    )
