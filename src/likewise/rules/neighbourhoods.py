"""Neighbourhoods of a large collection that several rules learn from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from likewise.core.evidence import Neighbourhood, Unlabelled

_ALIKE = 0.95
"""Cosine of two directions from which the best 20,000 images of the one hold the best 1,000 of the
other; so it was up to a cosine of .9 with a million made-up images."""


class OneNeighbourhood:
    """A collection that answers its first neighbourhood again for the same labelled images.

    The rules of one refit, those of the folds included, rank nearly the same images first. To
    rank a large collection for each of them costs more than everything else.

    Args:
        collection: asked for the first neighbourhood.
    """

    def __init__(self, collection: Unlabelled) -> None:
        self._collection = collection
        self._latest: tuple[tuple[str, ...], Neighbourhood] | None = None

    def around(self, direction: NDArray[np.float32], ids: Sequence[str]) -> Neighbourhood:
        """The neighbourhood of the first direction that was given with these ids."""
        labelled = tuple(ids)
        if self._latest is None or self._latest[0] != labelled:
            self._latest = labelled, self._collection.around(direction, ids)
        return self._latest[1]


class RecentNeighbourhood:
    """A collection that answers its latest neighbourhood again for directions that are alike.

    One more answer hardly turns a rule, so the images that it ranks first are nearly the same. A
    labelled image that is not among them gives its label to those nearest to it, see
    `likewise.numeric.diffusion.seeds`.
    """

    def __init__(self) -> None:
        self._collection: Unlabelled | None = None
        self._latest: tuple[NDArray[np.float32], Neighbourhood] | None = None

    def of(self, collection: Unlabelled) -> RecentNeighbourhood:
        """The same for a collection; what was known of another one is forgotten."""
        if collection is not self._collection:
            self._collection, self._latest = collection, None
        return self

    def around(self, direction: NDArray[np.float32], ids: Sequence[str]) -> Neighbourhood:
        """The latest neighbourhood while the cosine to its direction is .95 or more."""
        assert self._collection is not None, "call `of` first"
        if self._latest is None or _cosine(direction, self._latest[0]) < _ALIKE:
            self._latest = direction, self._collection.around(direction, ids)
        return self._latest[1]


def _cosine(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    lengths = float(np.linalg.norm(one)) * float(np.linalg.norm(other))
    return float(one @ other) / max(lengths, 1e-12)
