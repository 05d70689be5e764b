"""The map that vectors go through before dot products: subtract the mean, project, renormalise."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from likewise.core.vectors import Scores, Vectors, unit
from likewise.errors import BadInputError

UNNAMED_ENCODER = "scikit-learn"
"""The encoder of a space over vectors that an estimator was given without one."""

_BLOCK_ROWS = 8192
_SAME = 1e-3  # distance to the mean that vectors of one picture have, stored as float16


@dataclass(frozen=True, eq=False)
class Space:
    """An affine map followed by renormalisation: ``z = unit((x - mean) @ projection)``.

    Raw image vectors share a large common direction, so that all cosines are alike; without the
    collection's mean they differ. Every rule holds its space, so its file needs nothing else.

    Attributes:
        encoder: fingerprint of the encoder whose vectors it takes.
        mean: float32 of shape (dim,).
        projection: float32 of shape (dim, k), or None for the identity.

    Example:
        >>> space = Space("demo", np.array([1.0, 0.0], dtype=np.float32))
        >>> space.apply(np.array([[1.0, 1.0]], dtype=np.float32)).tolist()
        [[0.0, 1.0]]
    """

    encoder: str
    mean: NDArray[np.float32]
    projection: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        if self.mean.ndim != 1 or not np.isfinite(self.mean).all():
            raise BadInputError(
                f"the mean of a space has shape {self.mean.shape}; "
                "a finite row of shape (dim,) is wanted"
            )
        if self.projection is not None and self.projection.shape[0] != self.dim_in:
            raise BadInputError(
                f"the projection of a space has {self.projection.shape[0]} rows where "
                f"{self.dim_in} are wanted, one for each dimension of the mean"
            )

    def __repr__(self) -> str:
        """One line: whose vectors it takes, and to how many dimensions."""
        return f"<Space of {self.encoder}: {self.dim_in:,} to {self.dim_out:,} dimensions>"

    @property
    def dim_in(self) -> int:
        """Number of columns of the vectors it takes."""
        return int(self.mean.shape[0])

    @property
    def dim_out(self) -> int:
        """Number of columns of the vectors it answers with."""
        return self.dim_in if self.projection is None else int(self.projection.shape[1])

    @cached_property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits that name this exact map."""
        digest = hashlib.sha256(self.encoder.encode())
        digest.update(np.ascontiguousarray(self.mean).tobytes())
        if self.projection is not None:
            digest.update(np.ascontiguousarray(self.projection).tobytes())
        return digest.hexdigest()[:16]

    def apply(self, vectors: NDArray[np.float32]) -> Vectors:
        """Map images: shape (n, dim_in) to unit rows of shape (n, dim_out), block by block."""
        out = np.empty((len(vectors), self.dim_out), dtype=np.float32)
        for start, mapped in self._blocks(vectors):
            out[start : start + len(mapped)] = unit(mapped)
        return out

    def direction(self, directions: NDArray[np.float32]) -> Vectors:
        """Map directions (words, weights): projected but not centred, then of unit length."""
        rows = np.asarray(directions, dtype=np.float32)
        return unit(rows if self.projection is None else rows @ self.projection)

    def lengths(self, vectors: NDArray[np.float32]) -> Scores:
        """Length of each image after centring and projection, before renormalising; (n,).

        A score is linear in the vector up to division by this length, which is what lets a
        store scan plain dot products (see `Rule.linear_form`).
        """
        out = np.empty(len(vectors), dtype=np.float32)
        for start, mapped in self._blocks(vectors):
            out[start : start + len(mapped)] = np.linalg.norm(mapped, axis=1)
        return np.maximum(out, np.float32(1e-12))

    def _blocks(self, vectors: NDArray[np.float32]) -> Iterator[tuple[int, NDArray[np.float32]]]:
        if vectors.ndim != 2 or vectors.shape[1] != self.dim_in:
            raise BadInputError(
                f"vectors of shape {vectors.shape} do not fit a space of {self.dim_in} "
                "dimensions; encode them with the encoder that the space names"
            )
        for start in range(0, len(vectors), _BLOCK_ROWS):
            block = np.asarray(vectors[start : start + _BLOCK_ROWS], dtype=np.float32) - self.mean
            mapped = block if self.projection is None else block @ self.projection
            yield start, np.asarray(mapped, np.float32)


def centred_space(encoder: str, sample: NDArray[np.float32]) -> Space:
    """The default space: subtract the mean of a sample of the collection, shape (n, dim).

    Where all vectors are equal (a single picture, or copies of it), the mean is not subtracted:
    only zeros would be left.

    Example:
        >>> centred_space("demo", np.float32([[0.6, 0.8]])).mean.tolist()
        [0.0, 0.0]
    """
    if len(sample) == 0:
        raise BadInputError("a space needs at least one vector to take the mean of; index images")
    mean = sample.mean(axis=0, dtype=np.float64).astype(np.float32)
    blocks = (sample[start : start + _BLOCK_ROWS] for start in range(0, len(sample), _BLOCK_ROWS))
    if all(np.linalg.norm(block - mean, axis=1).max() < _SAME for block in blocks):
        return plain_space(encoder, sample.shape[1])
    return Space(encoder, mean)


def plain_space(encoder: str, dim: int) -> Space:
    """The identity: dot products of the vectors as they are."""
    return Space(encoder, np.zeros(dim, dtype=np.float32))
