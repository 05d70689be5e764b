"""What a network's lower half makes of each version of each image, kept while there is room."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from itertools import islice
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from likewise.finetune.halves import Halves
from likewise.finetune.reading import Pictures

Told: TypeAlias = Callable[[int], None]
"""Called with how many images were read since the last time."""

_ROOM = 2**30  # bytes
_BATCH = 32


class Views:
    """Versions of images, as the top of a network takes them.

    Args:
        halves: of the network.
        pictures: the images.
        views: versions of an image, itself included.
    """

    def __init__(self, halves: Halves, pictures: Pictures, views: int) -> None:
        self.halves, self.pictures, self.views = halves, pictures, views
        self._kept: dict[int, Any] = {}

    def batches(
        self, places: NDArray[np.intp], view: int, batch: int, told: Told
    ) -> Generator[tuple[NDArray[np.intp], Any], None, None]:
        """Batches of some images in their order, in one version.

        Args:
            places: which images; always the same set for one object, in any order.
            view: number of the version; those beyond the last begin again.
            batch: images at once.
            told: hears of the images as they come.

        Yields:
            Places, and what `Halves.upper` takes of them.
        """
        view %= self.views
        if view not in self._kept and self._fits(places):
            fresh = [rows for _, rows in self._read(np.sort(places), view, _BATCH, told)]
            self._kept[view] = _joined(fresh)
        elif view in self._kept:
            told(len(places))
        if view not in self._kept:
            yield from self._read(places, view, batch, told)
            return
        where = np.searchsorted(np.sort(places), places)
        for start in range(0, len(places), batch):
            some = slice(start, start + batch)
            yield places[some], self._kept[view][where[some]]

    def _read(
        self, places: NDArray[np.intp], view: int, batch: int, told: Told
    ) -> Iterator[tuple[NDArray[np.intp], Any]]:
        import torch

        squares = self.pictures.squares(places.tolist(), view)
        try:
            for start in range(0, len(places), batch):
                some = np.stack(list(islice(squares, batch)))
                yield places[start : start + batch], self.halves.lower(torch.from_numpy(some))
                told(len(some))
        finally:
            squares.close()

    def _fits(self, places: Sequence[int] | NDArray[np.intp]) -> bool:
        """Whether all versions of all images are held by the memory that is meant for them."""
        import torch

        if self._kept:
            return True
        (square,) = self.pictures.squares([int(places[0])])
        row = self.halves.lower(torch.from_numpy(square[None].copy()))
        return int(row.nbytes) * len(places) * self.views <= _ROOM


def _joined(rows: list[Any]) -> Any:
    import torch

    return torch.cat(rows)
