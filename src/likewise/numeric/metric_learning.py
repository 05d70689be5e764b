"""A linear map of vectors, learned from labels, after which like classes are like vectors.

The metric is that of discriminant adaptive nearest neighbours (Hastie and Tibshirani 1996, IEEE
TPAMI 18(6)), learned once for the whole space: with W the scatter within classes and B that
between them,

    M = W^-1/2 (W^-1/2 B W^-1/2 / b + spread I) W^-1/2

where b is the mean of the eigenvalues that are not zero. Directions that tell the classes apart
are stretched, those in which a class varies are shrunk. `spread` keeps the directions that the
labels say nothing about, and with them all that was not labelled: at 0 this is Fisher's linear
discriminant analysis, which forgets every other concept; large, it is a whitening within classes.
W has as many free numbers as labels cannot fill, so it is drawn towards a multiple of the
identity (Friedman 1989, "Regularized discriminant analysis").
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from likewise.core.space import Space
from likewise.core.vectors import Vectors
from likewise.errors import BadInputError

_BLOCK_ROWS = 8192
_ZERO = 1e-10


@dataclass(frozen=True, eq=False)
class Scatter:
    """How classes lie: what a metric is made of, computed once for any number of settings.

    Attributes:
        centre: (dim,), the mean of the classes' means; classes count alike, whatever their size.
        axes: (dim, r), orthonormal directions in which classes vary.
        within: (r,), variance along them, mean over the classes.
        between: (classes, dim), means of the classes, from the centre.
    """

    centre: NDArray[np.float64]
    axes: NDArray[np.float64]
    within: NDArray[np.float64]
    between: NDArray[np.float64]


def scatter(rows: Vectors, class_indices: NDArray[np.intp]) -> Scatter:
    """Measure how classes lie.

    Args:
        rows: (n, dim).
        class_indices: (n,) number of each row's class, from 0, none left out.

    Raises:
        BadInputError: fewer than two classes, or each of one row only.

    Example:
        >>> rows = np.float32([[0, 0], [2, 0], [0, 4], [2, 4]])
        >>> found = scatter(rows, np.array([0, 0, 1, 1]))
        >>> found.centre.tolist(), found.within.tolist(), np.abs(found.axes).tolist()
        ([1.0, 2.0], [1.0], [[1.0], [0.0]])
    """
    counts = np.bincount(class_indices)
    if len(counts) < 2 or len(rows) == len(counts):
        raise BadInputError(
            f"{len(rows)} labelled vectors of {len(counts)} class(es) cannot teach a metric; two "
            "classes or more are wanted, with two images or more in one of them"
        )
    means = np.zeros((len(counts), rows.shape[1]))
    np.add.at(means, class_indices, rows)
    means /= counts[:, None]
    shares = 1 / np.sqrt(counts[class_indices] * len(counts))
    values, axes = _spectrum(rows, means, class_indices, shares)
    if values[-1] <= _ZERO * _ZERO:
        raise BadInputError(
            "the labelled vectors of each class are all the same, so nothing says how a class "
            "varies; label images that are no copies of one another"
        )
    real = values > values[-1] * _ZERO
    centre = means.mean(axis=0)
    return Scatter(centre, axes[:, real], values[real], means - centre)


def _spectrum(
    rows: Vectors,
    means: NDArray[np.float64],
    class_indices: NDArray[np.intp],
    shares: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Eigenvalues, ascending, and eigenvectors (dim, r) of the scatter within classes."""
    count, dim = rows.shape
    if count < dim:
        apart = (rows - means[class_indices]) * shares[:, None]
        values, left = np.linalg.eigh(apart @ apart.T)
        values = np.maximum(values, 0)
        lengths = np.sqrt(np.maximum(values, values[-1] * _ZERO * _ZERO))
        return values, apart.T @ (left / lengths)
    total = np.zeros((dim, dim))
    for at in range(0, count, _BLOCK_ROWS):  # never the whole table in float64
        part = slice(at, at + _BLOCK_ROWS)
        apart = (rows[part] - means[class_indices[part]]) * shares[part, None]
        total += apart.T @ apart
    values, axes = np.linalg.eigh(total)
    return np.maximum(values, 0), axes


def learn_metric(
    encoder: str,
    rows: Vectors,
    class_indices: NDArray[np.intp],
    background: Vectors,
    *,
    shrinkage: float = 0.5,
    spread: float = 0.3,
    columns: int = 128,
) -> Space:
    """Learn a metric from labelled vectors, as the map into a space where it is the usual one.

    Args:
        encoder: fingerprint of the encoder that made the vectors.
        rows: (n, dim), labelled.
        class_indices: (n,) number of each row's class, from 0, none left out.
        background: (m, dim), a random part of what will be mapped; its principal directions are
            kept.
        shrinkage: see `metric_space`.
        spread: see `metric_space`.
        columns: of the mapped vectors, at most. Fewer are not only smaller: noise goes first.

    Raises:
        BadInputError: labels that cannot teach a metric, or a setting out of its bounds.

    Example:
        >>> rows = np.float32([[0, 0], [2, 0], [0, 4], [2, 4]])
        >>> space = learn_metric("demo", rows, np.array([0, 0, 1, 1]), rows, columns=1)
        >>> space.apply(rows).round(3).tolist() in ([[-1], [-1], [1], [1]], [[1], [1], [-1], [-1]])
        True
    """
    space = metric_space(encoder, scatter(rows, class_indices), shrinkage, spread)
    return narrowed(space, np.concatenate([background, rows]), columns)


def metric_space(encoder: str, found: Scatter, shrinkage: float, spread: float) -> Space:
    """The map ``unit((x - centre) A)`` with ``A A^T`` the metric; as wide as the vectors.

    Args:
        encoder: fingerprint of the encoder that made the vectors.
        found: how the classes lie.
        shrinkage: how far the scatter within classes is drawn to the identity, from 0 to 1; at 0
            it may not be invertible, so above.
        spread: what directions that tell no classes apart count for, 0 or more; those that do
            count 1 on average.

    Raises:
        BadInputError: a setting out of its bounds.

    Example:
        >>> rows = np.float32([[0, 0], [2, 0], [0, 4], [2, 4]])
        >>> found = scatter(rows, np.array([0, 0, 1, 1]))
        >>> mapped = metric_space("demo", found, 0.5, 0.01).apply(rows)
        >>> bool(mapped[0] @ mapped[1] > 0.99), bool(mapped[0] @ mapped[2] < -0.9)
        (True, True)
    """
    if not 0 < shrinkage <= 1:
        raise BadInputError(f"the shrinkage is {shrinkage}; give a number above 0, at most 1")
    if not (np.isfinite(spread) and spread >= 0):
        raise BadInputError(f"the spread is {spread}; give a finite number of 0 or more")
    dim = len(found.centre)
    floor = shrinkage * found.within.sum() / dim
    # W^-1/2 is one number off the axes and another for each of them.
    plain = 1 / np.sqrt(floor)
    extra = 1 / np.sqrt((1 - shrinkage) * found.within + floor) - plain
    between = _whitened(found.between, found.axes, plain, extra)
    lengths, directions = np.linalg.svd(between, full_matrices=False)[1:]
    real_axes = lengths > max(lengths[0], _ZERO) * np.sqrt(_ZERO)
    strength = lengths[real_axes] ** 2
    strength = strength / max(strength.mean(), _ZERO) if real_axes.any() else strength
    directions = directions[real_axes]
    stretch = np.sqrt(strength + spread) - np.sqrt(spread)
    matrix = np.sqrt(spread) * np.eye(dim) + (directions.T * stretch) @ directions
    matrix = _whitened(matrix, found.axes, plain, extra).T / plain
    return Space(encoder, found.centre.astype(np.float32), matrix.astype(np.float32))


def _whitened(
    rows: NDArray[np.float64], axes: NDArray[np.float64], plain: float, extra: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Rows times W^-1/2."""
    return plain * rows + ((rows @ axes) * extra) @ axes.T


def narrowed(space: Space, sample: Vectors, columns: int) -> Space:
    """The space cut down to the principal directions of what lies in it.

    Args:
        space: with a projection.
        sample: (m, dim), what is to lie in it, before the map.
        columns: to keep; all where there are no more.

    Raises:
        BadInputError: fewer than one column.
    """
    if columns < 1:
        raise BadInputError(f"{columns} columns are wanted of mapped vectors; give 1 or more")
    if space.projection is None or columns >= space.dim_out:
        return space
    principal = _principal(space, sample)[:, :columns]
    return Space(space.encoder, space.mean, np.asarray(space.projection @ principal, np.float32))


def _principal(space: Space, sample: Vectors) -> NDArray[np.float64]:
    """Principal directions (dim_out, r) of a sample in the space, the first one first."""
    if len(sample) < space.dim_out:
        mapped = space.apply(sample).astype(np.float64)
        _, sizes, directions = np.linalg.svd(mapped - mapped.mean(axis=0), full_matrices=False)
        return np.asarray(directions[sizes > sizes[0] * np.sqrt(_ZERO)].T)
    total, mean = np.zeros((space.dim_out, space.dim_out)), np.zeros(space.dim_out)
    for at in range(0, len(sample), _BLOCK_ROWS):
        mapped = space.apply(sample[at : at + _BLOCK_ROWS]).astype(np.float64)
        total += mapped.T @ mapped
        mean += mapped.sum(axis=0)
    mean /= len(sample)
    directions = np.linalg.eigh(total / len(sample) - np.outer(mean, mean))[1]
    return np.asarray(directions[:, ::-1])
