"""The labelled images as squares of pixels: decoded in threads, augmented by torchvision."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from likewise.encoders._model_inputs import MiddleCut
from likewise.encoders._read_ahead import read_ahead
from likewise.encoders._side_by_side import named_threads
from likewise.errors import BadInputError
from likewise.images.decode import Limits
from likewise.images.decode.confined import decode_confined
from likewise.numeric.threads import available_processors
from likewise.workspace import Workspace

_CACHE_BYTES = 2**29  # of decoded images; the rest is decoded each time
_AHEAD = 64
_AREA = (0.4, 1.0)  # share of the image in a random crop
_COLOUR = 0.2  # how far brightness, contrast and saturation go from 1


class Pictures:
    """Images by row, as they are or augmented.

    Args:
        workspace: where the images are.
        ids: their ids, one a row.
        cut: how the network takes an image.
        seed: of the augmentation.
    """

    def __init__(
        self, workspace: Workspace, ids: Sequence[str], cut: MiddleCut, seed: int = 0
    ) -> None:
        self._ids = tuple(ids)
        self._originals = workspace.collection.originals(self._ids)
        self._cut, self._seed = cut, seed
        self._decoded: dict[int, Image.Image] = {}
        self._room = _CACHE_BYTES
        self._workers = named_threads() or available_processors()

    def squares(
        self, rows: Sequence[int], view: int = 0
    ) -> Generator[NDArray[np.uint8], None, None]:
        """Squares (side, side, 3) of some images, in their order.

        Args:
            rows: which images.
            view: 0 for the image as it is; another number for an augmented view, the same one
                each time.
        """

        def work(row: int) -> NDArray[np.uint8] | Image.Image:
            image = self._image(row)
            return image if view else self._cut.square(image)

        for row, result in read_ahead(rows, work, self._workers, _AHEAD):
            if isinstance(result, Exception):
                reason = getattr(result, "strerror", None) or str(result)
                raise BadInputError(
                    f"the labelled image '{self._ids[row]}' cannot be read ({reason}); bring it "
                    "back, or index its folder again and take its label out"
                )
            if isinstance(result, Image.Image):  # here: torch has one random state for all threads
                seed = (self._seed, view, row)
                result = augmented(result, self._cut.side, self._cut.resample, seed)
            yield result

    def _image(self, row: int) -> Image.Image:
        decoded = self._decoded.get(row)
        if decoded is not None:
            return decoded
        original = self._originals[row]
        data = original.source.read(original.item, Limits())
        image = decode_confined(data, self._cut.shorter, None, original.item.box).image
        size = 3 * image.width * image.height
        if size <= self._room:
            self._room -= size
            self._decoded[row] = image
        return image


def augmented(
    image: Image.Image, side: int, resample: int, seed: Sequence[int]
) -> NDArray[np.uint8]:
    """A random part of an image as a square (side, side, 3), mirrored and recoloured at random.

    Args:
        image: upright, RGB.
        side: pixels of the square.
        resample: Pillow's number of the filter.
        seed: the same numbers give the same square.
    """
    import torch
    from torchvision import transforms

    augment = transforms.Compose(
        [
            transforms.RandomResizedCrop(side, _AREA, interpolation=resample),
            transforms.RandomHorizontalFlip(),
            transforms.ColorJitter(_COLOUR, _COLOUR, _COLOUR),
        ]
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(np.random.SeedSequence(seed).generate_state(1)[0]))
        return np.asarray(augment(image))
