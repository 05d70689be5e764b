"""What a projector is, and the few directions that all of them work in."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from likewise.core.progress import Progress
from likewise.core.vectors import Vectors
from likewise.numeric.few_rows import are_few, axes_of_few

COMPONENTS = 50
"""How many principal components are projected: what is usual before t-SNE and UMAP."""


class Projector(Protocol):
    """A frozen dataclass whose fields are its options."""

    extra: str | None
    """The extra that must be installed for it, if any."""

    def seconds(self, count: int) -> float:
        """About how long it takes for so many images on two cores."""
        ...

    def place(self, rows: NDArray[np.float32], progress: Progress) -> NDArray[np.float32]:
        """Points of shape (n, 2), of any scale.

        Args:
            rows: (n, up to 50) principal components, the widest first.
            progress: told as it goes.

        Raises:
            MissingExtraError: the library it needs is not installed.
        """
        ...


def principal_axes(sample: Vectors, count: int = COMPONENTS) -> tuple[Vectors, Vectors]:
    """Mean and the widest directions of some rows (Pearson 1901), the widest first.

    Signs are fixed, so that the same rows give the same map: the largest entry of each axis is
    positive.

    Args:
        sample: (n, dim) rows.
        count: how many directions, at most dim; no more come than there are rows.

    Returns:
        The mean, shape (dim,), and the axes, shape (count or n, dim).

    Example:
        >>> rows = np.array([[-2, 0], [2, 0], [0, 1], [0, -1]], np.float32)
        >>> principal_axes(rows, 1)[1].tolist()
        [[1.0, 0.0]]
    """
    mean = sample.mean(axis=0)
    apart = (sample - mean).astype(np.float64)
    few = are_few(apart)
    axes = axes_of_few(apart)[1] if few else np.linalg.eigh(apart.T @ apart)[1][:, ::-1]
    widest = axes[:, :count].T
    largest = np.abs(widest).argmax(axis=1)
    signs = np.sign(widest[np.arange(len(widest)), largest])
    return mean, np.asarray(widest * signs[:, None], np.float32)


def to_square(points: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Points fitted into 0 to 65535, both axes by one scale; shape (n, 2).

    What lies far outside, beyond three times the distance of the 99th percentile, is brought to
    the edge: one stray must not make a dot of all the others.

    Example:
        >>> to_square(np.array([[0, 0], [2, 1]], np.float32)).tolist()
        [[0, 16384], [65535, 49151]]
    """
    if not len(points):
        return np.empty((0, 2), np.uint16)
    centre = np.median(points, axis=0)
    apart = np.abs(points - centre).max(axis=1)
    reach = min(float(apart.max()), 3 * float(np.percentile(apart, 99)))
    near = np.clip(points, centre - reach, centre + reach)
    low, high = near.min(axis=0), near.max(axis=0)
    span = max(float((high - low).max()), 1e-12)
    fitted = (near - (low + high) / 2) / span + 0.5
    return np.asarray(np.round(fitted * 65535), np.uint16)
