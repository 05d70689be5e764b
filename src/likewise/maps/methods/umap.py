"""UMAP: like t-SNE, with more of the large picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from likewise.core.progress import Progress
from likewise.errors import MissingExtraError

_FEWEST = 10


@dataclass(frozen=True)
class Umap:
    """Uniform manifold approximation (McInnes, Healy and Melville 2018) by umap-learn.

    Attributes:
        neighbours: how many neighbours each image attends to.
        seed: of the optimisation; with it the work is done by one core.
    """

    neighbours: int = 15
    seed: int = 0
    extra: ClassVar[str | None] = "umap"

    def seconds(self, count: int) -> float:
        """Measured with photos; the first ten are the library's own start."""
        return 25 + 0.004 * count

    def place(self, rows: NDArray[np.float32], progress: Progress) -> NDArray[np.float32]:
        """Points; the library does not tell how far it is."""
        if len(rows) < _FEWEST:
            return np.pad(rows, ((0, 0), (0, max(0, 2 - rows.shape[1]))))[:, :2]
        try:
            from umap import UMAP
        except ImportError as error:
            raise MissingExtraError("the map 'umap'", "umap") from error
        progress(0, len(rows))
        fitted = UMAP(
            n_neighbors=min(self.neighbours, len(rows) - 1), random_state=self.seed, n_jobs=1
        ).fit_transform(rows)
        progress(len(rows), len(rows))
        return np.asarray(fitted, np.float32)
