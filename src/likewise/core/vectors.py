"""Vectors of images and words: float32 rows of unit length, and the check that they are usable."""

from __future__ import annotations

from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from likewise.errors import BadInputError

Vectors: TypeAlias = NDArray[np.float32]
"""float32 of shape (n, dim), every row of unit length."""

Scores: TypeAlias = NDArray[np.float32]
"""float32 of shape (n,); higher is better, always."""


class Rows(Protocol):
    """Unit rows of one width, in memory or read when they are asked for."""

    def __len__(self) -> int: ...

    def __getitem__(self, which: NDArray[np.int64], /) -> Vectors:
        """Those rows, in that order."""
        ...


_SMALLEST_LENGTH = 1e-12


def unit(rows: ArrayLike) -> Vectors:
    """Scale each row to unit length; a row of zeros stays zeros.

    Args:
        rows: array of shape (n, dim) or (dim,).

    Returns:
        float32 of the same shape.

    Example:
        >>> unit([[3.0, 4.0]])
        array([[0.6, 0.8]], dtype=float32)
    """
    array = np.asarray(rows, dtype=np.float32)
    lengths = np.linalg.norm(array, axis=-1, keepdims=True)
    return np.asarray(array / np.maximum(lengths, _SMALLEST_LENGTH), dtype=np.float32)


def checked_vectors(rows: ArrayLike, what: str = "vectors", dim: int | None = None) -> Vectors:
    """Check vectors and scale each to unit length.

    Args:
        rows: array of shape (n, dim); rows need not have unit length yet.
        what: what an error calls them.
        dim: the number of columns they must have; any unless given.

    Raises:
        BadInputError: not two-dimensional, the wrong width, or a row that is zero or not finite.

    Example:
        >>> checked_vectors([[0.0, 2.0]]).tolist()
        [[0.0, 1.0]]
    """
    array = np.asarray(rows, dtype=np.float32)
    if array.ndim != 2:
        raise BadInputError(
            f"{what} have shape {array.shape}; a table of shape (n, dim) is wanted, "
            "one row an image"
        )
    if dim is not None and array.shape[1] != dim:
        raise BadInputError(
            f"{what} have {array.shape[1]} columns where {dim} are wanted; "
            "encode them with the same encoder"
        )
    lengths = np.linalg.norm(array, axis=1)
    bad = ~np.isfinite(lengths) | (lengths <= _SMALLEST_LENGTH)
    if bad.any():
        raise BadInputError(
            f"row {int(np.flatnonzero(bad)[0])} of {what} is zero or not finite; "
            "leave it out or encode that image again"
        )
    return np.asarray(array / lengths[:, None], dtype=np.float32)
