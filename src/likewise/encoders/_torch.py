"""What all encoders on torch share: the import of torch, the device, batches that fit it."""

from __future__ import annotations

import importlib
import os
import time
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from likewise.encoders._side_by_side import named_threads
from likewise.errors import BadInputError, MismatchError, MissingExtraError

Number = TypeVar("Number", bound=np.generic)

_DEVICES = ("auto", "cpu", "cuda", "mps")
_CPU_BATCH = 8  # more is no faster there
_LARGEST_BATCH = 512
_WORTH_DOUBLING = 1.05  # how much faster an image must become for a batch twice as large


def need_torch(feature: str, extra: str, *libraries: str) -> None:
    """Import torch and libraries that stand on it, or say how to install them.

    Torch gets as many threads as $LIKEWISE_THREADS says, if it says so.

    Args:
        feature: what needs them, as the subject of a sentence.
        extra: which of likewise's extras installs them.
        libraries: "torch" first.
    """
    # Images are decoded while a batch is encoded: threads of torch that spin while they wait for
    # one another would take the processors from it. It counts where torch is not loaded yet.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    for library in libraries:
        try:
            importlib.import_module(library)
        except ModuleNotFoundError as error:
            raise MissingExtraError(feature, extra) from error
        except (ImportError, OSError, RuntimeError) as error:
            raise MismatchError(
                f"{library} is installed and cannot be loaded ({first_line(error)}); {_remedy()}"
            ) from error
    threads = named_threads()
    if threads is not None:
        import torch

        torch.set_num_threads(threads)


def _remedy() -> str:
    """The remedy for libraries that do not fit, by their versions."""
    found = {}
    for library in ("torch", "torchvision"):
        with suppress(PackageNotFoundError):
            found[library] = version(library)
    return different_builds(found.get("torch", ""), found.get("torchvision", "")) or (
        "torch and torchvision must be of one release, install them again with: "
        "pip install --force-reinstall torch torchvision"
    )


def different_builds(torch: str, torchvision: str) -> str:
    """A sentence about builds for different devices and the remedy; "" where they are alike.

    A wheel of the package index names no build, and one for a CPU alone says "+cpu".

    Example:
        >>> different_builds("2.9.0+cpu", "0.24.0").partition(":")[0]
        'torch 2.9.0+cpu and torchvision 0.24.0 are builds for different devices'
        >>> different_builds("2.9.0", "0.24.0")
        ''
    """
    builds = [name.partition("+")[2] for name in (torch, torchvision)]
    if not (torch and torchvision) or builds[0] == builds[1]:
        return ""
    build = builds[0] or builds[1]
    return (
        f"torch {torch} and torchvision {torchvision} are builds for different devices: install "
        "both from one place, "
        f"https://pytorch.org/get-started/locally says which is for {build}, with: "
        "pip install --force-reinstall torch torchvision --index-url URL"
    )


def first_line(error: BaseException) -> str:
    """The first line of an error of a library, at most 200 characters."""
    message = str(error).strip()
    return message.splitlines()[0].rstrip(".")[:200] if message else type(error).__name__


def split_half(which: str) -> tuple[str, bool]:
    """The name of a model without "@half", and whether it had that: float16.

    Example:
        >>> split_half("resnet50@half"), split_half("resnet50")
        (('resnet50', True), ('resnet50', False))
    """
    return which.removesuffix("@half"), which.endswith("@half")


def choose_device() -> str:
    """The device that $LIKEWISE_DEVICE names, "cpu", "cuda" or "mps"; else the best there is."""
    import torch

    requested = os.environ.get("LIKEWISE_DEVICE") or "auto"
    if requested not in _DEVICES:
        raise BadInputError(f"LIKEWISE_DEVICE is '{requested}'; auto, cpu, cuda or mps is wanted")
    devices = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if requested == "auto":
        return next(name for name, available in devices.items() if available)
    if not devices[requested]:
        raise BadInputError(
            f"LIKEWISE_DEVICE asks for {requested} and torch {torch.__version__} finds none here; "
            "install a build of torch for it (https://pytorch.org/get-started/locally), or set "
            "it to cpu"
        )
    return requested


def out_of_memory(error: BaseException) -> bool:
    """Whether an error says that the memory of a device is too small."""
    import torch

    if isinstance(error, torch.OutOfMemoryError):
        return True
    message = str(error)
    return isinstance(error, RuntimeError) and (
        "out of memory" in message or "allocate memory" in message or "not enough memory" in message
    )


def free_memory(device: str) -> None:
    """Free the memory of a device that torch caches."""
    import torch

    if device == "cuda":
        torch.cuda.empty_cache()
    elif device == "mps":
        torch.mps.empty_cache()


class Parts:
    """Runs batches in parts; one that does not fit the memory is halved, and so are all later ones.

    Args:
        size: rows of a part, to begin with.
        device: for the message, and to give memory back between two tries.

    Example:
        >>> parts = Parts(4, "cpu")
        >>> parts.run(lambda rows: rows * 2, np.arange(6)).tolist()
        [0, 2, 4, 6, 8, 10]
    """

    def __init__(self, size: int, device: str) -> None:
        self.size = size
        self._device = device

    def run(
        self, work: Callable[[NDArray[Any]], NDArray[Number]], batch: NDArray[Any]
    ) -> NDArray[Number]:
        """Results of `work` on all rows, part by part."""
        done: list[NDArray[Number]] = []
        at = 0
        while at < len(batch):
            part = batch[at : at + self.size]
            rows = self._tried(work, part)
            if rows is None:  # out here, where the error no longer keeps what it failed with
                self.size = len(part) // 2
                free_memory(self._device)
            else:
                done.append(rows)
                at += len(part)
        return np.concatenate(done)

    def _tried(
        self, work: Callable[[NDArray[Any]], NDArray[Number]], part: NDArray[Any]
    ) -> NDArray[Number] | None:
        try:
            return work(part)
        except RuntimeError as error:
            if not out_of_memory(error):
                raise
            if len(part) == 1:
                raise BadInputError(
                    f"the memory of the device '{self._device}' does not hold the model and one "
                    "image; choose a smaller model, end what else uses the device, or set "
                    "LIKEWISE_DEVICE=cpu"
                ) from error
            return None


def best_batch(
    run: Callable[[int], object], device: str, clock: Callable[[], float] = time.perf_counter
) -> int:
    """How many images at once suit the device.

    A CPU gains nothing from large batches. On another device the batch is doubled until it no
    longer makes an image faster by a twentieth, or no longer fits.

    Args:
        run: encodes so many made-up images and waits for the answer.
        device: "cpu" needs no trying.
        clock: seconds.
    """
    size = _CPU_BATCH
    if device == "cpu":
        return size
    run(size)  # the first run also chooses algorithms
    best = _seconds_each(run, size, clock)
    while size < _LARGEST_BATCH:
        try:
            run(2 * size)
            seconds = _seconds_each(run, 2 * size, clock)
        except RuntimeError as error:
            if not out_of_memory(error):
                raise
            break
        if best < seconds * _WORTH_DOUBLING:
            break
        size, best = 2 * size, seconds
    free_memory(device)
    return size


def _seconds_each(run: Callable[[int], object], size: int, clock: Callable[[], float]) -> float:
    started = clock()
    run(size)
    return (clock() - started) / size
