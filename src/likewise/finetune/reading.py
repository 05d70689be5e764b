"""The images of a workspace as squares of pixels, decoded in threads."""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from likewise.encoders._middle_cut import MiddleCut
from likewise.encoders._read_ahead import read_ahead
from likewise.encoders._threads import named_threads
from likewise.errors import BadInputError
from likewise.finetune.augmenting import changed
from likewise.images.decode import Limits
from likewise.images.decode.confined import decode_confined
from likewise.workspace import Workspace

_KEPT = 2**29  # bytes of decoded images that stay in memory; the rest is decoded each time
_AHEAD = 64


class Pictures:
    """Images by place, as they are or in versions of them.

    Args:
        workspace: where they are.
        ids: their ids.
        cut: what is done to them.
        seed: of the versions.
    """

    def __init__(
        self, workspace: Workspace, ids: Sequence[str], cut: MiddleCut, seed: int = 0
    ) -> None:
        self._ids = tuple(ids)
        self._originals = workspace.collection.originals(self._ids)
        self._cut, self._seed = cut, seed
        self._decoded: dict[int, Image.Image] = {}
        self._room = _KEPT
        self._workers = named_threads() or len(os.sched_getaffinity(0))

    def squares(
        self, places: Sequence[int], view: int = 0
    ) -> Generator[NDArray[np.uint8], None, None]:
        """Squares (side, side, 3) of some images, in their order.

        Args:
            places: which.
            view: 0 for the image as it is; any other number for the version of that number, which
                is the same each time.

        Raises:
            BadInputError: an image cannot be read.
        """

        def work(place: int) -> NDArray[np.uint8]:
            image = self._image(place)
            if view == 0:
                return self._cut.square(image)
            random = np.random.default_rng([self._seed, view, place])
            return changed(image, self._cut.side, self._cut.resample, random)

        for place, found in read_ahead(places, work, self._workers, _AHEAD):
            if not isinstance(found, np.ndarray):
                told = getattr(found, "strerror", None) or str(found)
                raise BadInputError(
                    f"the labelled image '{self._ids[place]}' cannot be read ({told}); bring it "
                    "back, or index its folder again and take its label out"
                )
            yield found

    def _image(self, place: int) -> Image.Image:
        kept = self._decoded.get(place)
        if kept is not None:
            return kept
        original = self._originals[place]
        data = original.source.read(original.item, Limits())
        image = decode_confined(data, self._cut.shorter, None, original.item.box).image
        size = 3 * image.width * image.height
        if size <= self._room:
            self._room -= size
            self._decoded[place] = image
        return image
