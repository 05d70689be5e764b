"""A torch model on its device: grey levels in, rows of features out, in parts that fit."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.core.vectors import Vectors, unit
from likewise.encoders._torch import Parts, best_batch, choose_device, out_of_memory
from likewise.errors import BadInputError


class Network:
    """A model that reads images.

    Args:
        model: a `torch.nn.Module` with its weights, on the CPU. It is moved and cast.
        features: from pixels, a tensor (n, 3, height, width) on the device, to rows (n, dim);
            the model itself when left out.
        shape: height and width that the model takes.
        mean, std: of each colour; grey levels count from 0 to 1.
        half: whether to compute in half precision (float16).
    """

    def __init__(
        self,
        model: Any,
        features: Callable[[Any], Any] | None = None,
        *,
        shape: tuple[int, int],
        mean: Sequence[float],
        std: Sequence[float],
        half: bool = False,
    ) -> None:
        import torch

        self.device = choose_device()
        self.half = half
        self._type = torch.float16 if half else torch.float32
        self.digest = digest_of(model)
        try:
            # Pixels come with the colours last, and most convolutions are fastest so.
            self._model = model.eval().to(
                self.device, self._type, memory_format=torch.channels_last
            )
        except RuntimeError as error:
            if not out_of_memory(error):
                raise
            raise BadInputError(
                f"the memory of the device '{self.device}' does not hold the model; choose a "
                "smaller one, end what else uses the device, or set LIKEWISE_DEVICE=cpu"
            ) from error
        self._features = features or self._model
        self._shape = shape
        self._mean = torch.tensor(mean, device=self.device).view(1, 3, 1, 1)
        self._std = torch.tensor(std, device=self.device).view(1, 3, 1, 1)
        self._parts: Parts | None = None

    @cached_property
    def batch_size(self) -> int:
        """Images at once that suit the device; found by trying, the first time that it is asked."""
        return best_batch(self._try, self.device)

    @cached_property
    def dim(self) -> int:
        """Number of columns, as a run shows."""
        rows = self._run(np.zeros((1, *self._shape, 3), np.uint8))
        if rows.ndim != 2:
            raise BadInputError(
                f"the model answers an array of shape {rows.shape} for one image where one row is "
                "wanted; choose a model that pools"
            )
        return int(rows.shape[1])

    def rows(self, squares: NDArray[Any]) -> NDArray[np.float32]:
        """Features (n, dim) of images of shape (n, height, width, 3), in grey levels."""
        if not len(squares):
            return np.empty((0, self.dim), dtype=np.float32)
        if self._parts is None:
            self._parts = Parts(self.batch_size, self.device)
        return self._parts.run(self._run, squares)

    def run(self, work: Callable[[Any], Any], values: NDArray[Any]) -> NDArray[np.float32]:
        """Result of `work` on an array that is moved to the device."""
        import torch

        with torch.inference_mode():
            found = work(torch.tensor(values, device=self.device))
            return np.asarray(found.float().cpu().numpy(), np.float32)

    def _run(self, squares: NDArray[Any]) -> NDArray[np.float32]:
        return self.run(lambda levels: self._features(self._pixels(levels)), squares)

    def _pixels(self, levels: Any) -> Any:
        """Normalised pixels, channels first, of grey levels, channels last."""
        pixels = levels.permute(0, 3, 1, 2).float().div_(255).sub_(self._mean).div_(self._std)
        return pixels.to(self._type)

    def _try(self, size: int) -> None:
        self._run(np.zeros((size, *self._shape, 3), np.uint8))


class TorchEncoder:
    """What the encoders on torch share."""

    _network: Network

    @property
    def batch_size(self) -> int:
        """Images at once that suit the device."""
        return self._network.batch_size

    def encode(self, batch: NDArray[Any]) -> Vectors:
        """Encode prepared images to unit rows (n, dim)."""
        return unit(self._network.rows(batch))

    def _fingerprint(self, family: str, name: str, preprocessing: Mapping[str, Any]) -> str:
        pixels = json.dumps(preprocessing, sort_keys=True, default=str)
        digest = hashlib.sha256(pixels.encode()).hexdigest()
        half = "-half" if self._network.half else ""
        return f"{family}-{name}-{self._network.digest[:12]}-{digest[:8]}{half}"


def digest_of(model: Any) -> str:
    """SHA-256 of the weights of a model: names, shapes and numbers, not their file."""
    import torch

    digest = hashlib.sha256()
    for name, value in sorted(model.state_dict().items()):
        array = value.detach().cpu().contiguous()
        digest.update(f"{name} {tuple(array.shape)} {array.dtype}\n".encode())
        digest.update(array.flatten().view(torch.uint8).numpy())
    return digest.hexdigest()
