"""A linear map of an encoder's vectors that was learned from labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.core.space import Space
from likewise.core.vectors import Vectors
from likewise.errors import BadInputError


@dataclass(frozen=True, eq=False)
class Projection:
    """From the vectors of one encoder to better ones, which count as another encoder's.

    Attributes:
        base: name of the encoder whose vectors it takes.
        space: the map; it names the fingerprint of the base.
        provenance: how it came to be, as JSON.

    Example:
        >>> matrix = np.array([[2, 0], [0, 1], [0, 0]], np.float32)
        >>> it = Projection("demo", Space("demo-1", np.zeros(3, np.float32), matrix))
        >>> it.apply(np.float32([[0.6, 0.0, 0.8]])).tolist(), it.fingerprint[-7:]
        ([[1.0, 0.0]], '-demo-1')
    """

    base: str
    space: Space
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        matrix = self.space.projection
        if matrix is None or not np.isfinite(matrix).all() or not matrix.any():
            raise BadInputError(
                "a projection has no matrix, an empty one or one with numbers that are not finite; "
                "learn it again"
            )

    @cached_property
    def fingerprint(self) -> str:
        """Digest of the map, and the fingerprint of the encoder whose vectors it takes."""
        return f"projected-{self.space.fingerprint[:12]}-{self.space.encoder}"

    @property
    def dim(self) -> int:
        """Number of columns of the vectors it answers with."""
        return self.space.dim_out

    def apply(self, vectors: NDArray[np.float32]) -> Vectors:
        """Vectors of images, (n, base's dim), to unit rows (n, dim)."""
        return self.space.apply(vectors)

    @cached_property
    def of_words(self) -> NDArray[np.float32]:
        """The linear map of words, (base's dim, dim); without centring, and rows keep no length.

        A word is two things: a point among the images, which goes where they go; and weights
        whose product with an image says how much it shows the word, which stays what it was if
        they go through the inverse. The first suits words of the classes that the map was learned
        from, the second all others; their sum, weighed alike, is about as good as the better of
        the two in both cases (docs/finetuning.md).
        """
        matrix = np.asarray(self.space.projection, np.float64)
        back = np.linalg.pinv(matrix).T
        both = matrix / np.linalg.norm(matrix) + back / np.linalg.norm(back)
        return np.asarray(both, np.float32)
