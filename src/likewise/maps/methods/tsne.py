"""t-SNE: groups of like images become islands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from likewise.core.progress import Progress
from likewise.errors import MissingExtraError

_ROUNDS = 250 + 500
_FEWEST = 10


@dataclass(frozen=True)
class Tsne:
    """t-SNE (van der Maaten and Hinton 2008) by openTSNE (Poličar et al. 2024).

    It starts from the principal components, which keeps the large picture, and answers the same
    map for the same rows and seed. Distances between islands mean little.

    Attributes:
        perplexity: about how many neighbours each image attends to.
        seed: of the optimisation.
    """

    perplexity: int = 30
    seed: int = 0
    extra: ClassVar[str | None] = "tsne"

    def seconds(self, count: int) -> float:
        """Measured on two cores with photos."""
        return 10 + 0.006 * count

    def place(self, rows: NDArray[np.float32], progress: Progress) -> NDArray[np.float32]:
        """Points after 750 rounds."""
        if len(rows) < _FEWEST:
            return np.pad(rows, ((0, 0), (0, max(0, 2 - rows.shape[1]))))[:, :2]
        try:
            from openTSNE import TSNE
        except ImportError as error:
            raise MissingExtraError("the map 'tsne'", "tsne") from error

        done = 0

        def report(round_number: int, *_: Any) -> bool:
            nonlocal done
            done = max(done, round_number if done < 250 else 250 + round_number)
            progress(min(done, _ROUNDS), _ROUNDS)
            return False

        fitted = TSNE(
            perplexity=min(self.perplexity, (len(rows) - 1) / 3),
            random_state=self.seed,
            n_jobs=2,
            callbacks=report,
            callbacks_every_iters=25,
        ).fit(rows)
        return np.asarray(fitted, np.float32)
