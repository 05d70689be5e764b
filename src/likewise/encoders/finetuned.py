"""A network whose top was trained on a person's labels, without torch."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from likewise.core.vectors import Vectors, unit
from likewise.encoders._learned import find_learned
from likewise.encoders._model_inputs import MiddleCut, check_squares
from likewise.encoders._network_file import open_network_file
from likewise.encoders._side_by_side import SideBySide
from likewise.errors import CorruptError

SUFFIX = ".network"


class Finetuned:
    """A network that likewise finetune trained on your labels; it runs on the CPU, without torch.

    Args:
        which: name of a network of the workspace, or path of a .network file.
        home: the workspace that asks.

    Raises:
        NotFoundError: there is no such network.
        CorruptError: the file is damaged.
    """

    form = "finetuned:NAME, as it was named in the workspace, or finetuned:FILE"
    batch_size = 1
    """Images go through the network one at a time, in as many threads as call `encode`."""

    def __init__(self, which: str = "", home: Path | None = None) -> None:
        found, self._file = find_learned("finetuned", which, home, SUFFIX)
        self._network_file = open_network_file(self._file)
        try:
            self._cut = MiddleCut(
                self._network_file.side, self._network_file.shorter, self._network_file.resample
            )
        except ValueError as error:
            raise CorruptError(
                f"{self._file} asks for {error}; fine-tune it again, or get the file again"
            ) from error
        self.name = f"finetuned:{found}"
        self.dim = self._network_file.dim
        self.input_size = self._network_file.shorter

    @property
    def fingerprint(self) -> str:
        """Architecture, digest of the graph, and what is done to images."""
        return self._network_file.fingerprint

    def prepare(self, image: Image.Image) -> NDArray[np.uint8]:
        """The middle of an upright RGB image as uint8 of shape (side, side, 3)."""
        return self._cut.square(image)

    def encode(self, batch: NDArray[np.uint8]) -> Vectors:
        """Encode prepared images, uint8 of shape (n, side, side, 3), to unit rows (n, dim)."""
        check_squares(batch, self._cut.side)
        if len(batch) == 0:
            return np.empty((0, self.dim), dtype=np.float32)
        return unit(self._network.features(batch))

    def onnx_model(self) -> bytes:
        """The network as an ONNX graph: pixels as `prepare` answers them in, features out."""
        return self._network_file.graph

    @cached_property
    def _network(self) -> SideBySide:
        try:
            return SideBySide(self._network_file.graph)
        except Exception as error:  # onnxruntime raises a class of its own for each cause
            raise CorruptError(
                f"the graph in {self._file} cannot be run ({str(error).splitlines()[0][:200]}); "
                "upgrade onnxruntime, or fine-tune it again"
            ) from error
