"""Vectors of another encoder, mapped by a matrix that was learned from labels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import likewise.encoders.base as encoders
from likewise.core.projection_file import open_projection
from likewise.core.vectors import Vectors, unit
from likewise.encoders._learned import find_learned
from likewise.encoders.base import Encoder
from likewise.errors import MismatchError

SUFFIX = ".projection"

_BATCH = 16  # for a base that does not say which batch suits it


class Projected:
    """Another encoder's vectors through a map that likewise finetune --projection learned.

    It reads images and words if its base does. A collection with vectors of the base needs no image
    again.

    Args:
        which: name of a projection of the workspace, or path of a .projection file.
        home: the workspace that asks.

    Raises:
        NotFoundError: there is no such projection, or its base is not here.
        CorruptError: the file is damaged.
        MismatchError: the base is another encoder than the one the projection was learned on.
    """

    form = "projected:NAME, as it was named in the workspace, or projected:FILE"

    def __init__(self, which: str = "", home: Path | None = None) -> None:
        found, file = find_learned("projected", which, home, SUFFIX)
        self._projection = open_projection(file)
        self.base: Encoder = encoders.open_encoder(self._projection.base, home)
        if self.base.fingerprint != self._projection.space.encoder:
            raise MismatchError(
                f"{file} was learned on vectors of '{self._projection.space.encoder}' and the "
                f"encoder '{self.base.name}' is '{self.base.fingerprint}' now; learn it again"
            )
        self.name = f"projected:{found}"
        self.dim = self._projection.dim
        self.reads_images = bool(getattr(self.base, "reads_images", True))

    @property
    def fingerprint(self) -> str:
        """Digest of the matrix, and the base's fingerprint."""
        return self._projection.fingerprint

    @property
    def input_size(self) -> int:
        """The base's."""
        return self.base.input_size

    @property
    def batch_size(self) -> int:
        """The base's."""
        return int(getattr(self.base, "batch_size", _BATCH))

    def prepare(self, image: Image.Image) -> NDArray[Any]:
        """As the base does."""
        return self.base.prepare(image)

    def encode(self, batch: NDArray[Any]) -> Vectors:
        """Encode what the base prepared; (n, dim)."""
        return self.from_base(self.base.encode(batch))

    def from_base(self, vectors: Vectors) -> Vectors:
        """Vectors of the base, (n, base.dim), to unit rows (n, dim)."""
        return self._projection.apply(vectors)

    def encode_text(self, phrases: Sequence[str]) -> Vectors:
        """Encode phrases to rows (n, dim), as far as the base reads words.

        Raises:
            BadInputError: the base reads images only, or does not know a phrase.
        """
        return unit(encoders.encode_text(self.base, phrases) @ self._projection.of_words)

    def encode_meanings(self, phrase: str) -> Vectors:
        """Directions of the things that a phrase names, (k, dim)."""
        rows, weights = encoders.encode_meanings(self.base, phrase)
        return np.asarray((rows * weights[:, None]) @ self._projection.of_words, np.float32)
