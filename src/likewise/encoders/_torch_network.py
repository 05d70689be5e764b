"""A torch model on its device: grey levels in, rows of numbers out, whatever the memory holds."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

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

    Raises:
        BadInputError: $LIKEWISE_DEVICE names a device that is not here or whose memory does not
            hold the model.
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
        """Number of columns, as a run shows.

        Raises:
            BadInputError: the model answers something else than one row an image.
        """
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
        """Do other `work`, such as reading tokens, on one array moved to the device."""
        import torch

        with torch.inference_mode():
            found = work(torch.tensor(values, device=self.device))
            return np.asarray(found.float().cpu().numpy(), np.float32)

    def _run(self, squares: NDArray[Any]) -> NDArray[np.float32]:
        return self.run(lambda levels: self._features(self._pixels(levels)), squares)

    def _pixels(self, levels: Any) -> Any:
        """Grey levels, colours last, to the network's numbers, colours first."""
        pixels = levels.permute(0, 3, 1, 2).float().div_(255).sub_(self._mean).div_(self._std)
        return pixels.to(self._type)

    def _try(self, size: int) -> None:
        self._run(np.zeros((size, *self._shape, 3), np.uint8))


def digest_of(model: Any) -> str:
    """SHA-256 of a model's weights: their names, shapes and numbers, not the file they came in."""
    import torch

    digest = hashlib.sha256()
    for name, value in sorted(model.state_dict().items()):
        array = value.detach().cpu().contiguous()
        digest.update(f"{name} {tuple(array.shape)} {array.dtype}\n".encode())
        digest.update(array.flatten().view(torch.uint8).numpy())
    return digest.hexdigest()
