"""Batches of images as the trained blocks take them; what the frozen ones answer is cached."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from itertools import islice
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from likewise.finetune.frozen_prefix import SplitNetwork
from likewise.finetune.image_loading import Pictures

Counted: TypeAlias = Callable[[int], None]
"""Called with the number of images since the last call."""

_CACHE_BYTES = 2**30
_BATCH = 32


class Batches:
    """Batches of one set of images.

    Args:
        network: whose frozen prefix is applied.
        pictures: the images.
        rows: which images.
        views: views of each image, itself included.
        counted: hears how many images were read.
    """

    def __init__(
        self,
        network: SplitNetwork,
        pictures: Pictures,
        rows: NDArray[np.intp],
        views: int,
        counted: Counted,
    ) -> None:
        self.rows = np.sort(rows)
        self._network, self._pictures = network, pictures
        self._views, self._counted = views, counted
        self._cached: dict[int, Any] = {}

    def batches(
        self, size: int, view: int = 0, order: NDArray[np.intp] | None = None
    ) -> Generator[tuple[NDArray[np.intp], Any], None, None]:
        """All images, in batches.

        Args:
            size: images in a batch.
            view: number of the view; those beyond the last begin again at 0.
            order: the rows in another order than ascending.

        Yields:
            Rows, and what `SplitNetwork.features` takes of them.
        """
        import torch

        view %= self._views
        rows = self.rows if order is None else order
        if view in self._cached:
            self._counted(len(rows))
        elif self._fit():
            parts = [part for _, part in self._read(self.rows, view, _BATCH)]
            self._cached[view] = torch.cat(parts)
        else:
            yield from self._read(rows, view, size)
            return
        where = np.searchsorted(self.rows, rows)
        for start in range(0, len(rows), size):
            some = slice(start, start + size)
            yield rows[some], self._cached[view][where[some]]

    def _read(
        self, rows: NDArray[np.intp], view: int, size: int
    ) -> Iterator[tuple[NDArray[np.intp], Any]]:
        import torch

        squares = self._pictures.squares(rows.tolist(), view)
        try:
            for start in range(0, len(rows), size):
                some = np.stack(list(islice(squares, size)))
                yield rows[start : start + size], self._network.prefix(torch.from_numpy(some))
                self._counted(len(some))
        finally:
            squares.close()

    def _fit(self) -> bool:
        """Whether the cache holds all views of all images."""
        import torch

        if self._cached:
            return True
        (square,) = self._pictures.squares([int(self.rows[0])])
        row = self._network.prefix(torch.from_numpy(square[None].copy()))
        return int(row.nbytes) * len(self.rows) * self._views <= _CACHE_BYTES
