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

    def around(
        self, direction: NDArray[np.float32], ids: Sequence[str], least_cosine: float = 2.0
    ) -> Neighbourhood:
        """The neighbourhood of the first direction that was given with these ids."""
        labelled = tuple(ids)
        if self._latest is None or self._latest[0] != labelled:
            self._latest = labelled, self._collection.around(direction, ids, least_cosine)
        return self._latest[1]


class EarlierNeighbourhoods:
    """A collection that may answer an earlier neighbourhood where the direction hardly turned.

    One more answer hardly turns a rule, so the images that it ranks first are nearly the same. A
    labelled image that is not among them gives its label to those nearest to it, see
    `likewise.numeric.diffusion.seeds`.

    Args:
        collection: asked, and keeps the latest neighbourhoods.
    """

    def __init__(self, collection: Unlabelled) -> None:
        self._collection = collection

    def around(
        self, direction: NDArray[np.float32], ids: Sequence[str], least_cosine: float = 2.0
    ) -> Neighbourhood:
        """One of a direction whose cosine to this one is .95 or more."""
        return self._collection.around(direction, ids, min(least_cosine, _ALIKE))
