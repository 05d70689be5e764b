"""A graph on the CPU: each image on one thread, as many images at once as threads."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.errors import BadInputError
from likewise.numeric.threads import available_processors


def named_threads() -> int | None:
    """The number in $LIKEWISE_THREADS, or None."""
    named = os.environ.get("LIKEWISE_THREADS")
    if not named:
        return None
    if not named.isdecimal() or int(named) < 1:
        raise BadInputError(
            f"LIKEWISE_THREADS is '{named}' where a whole number of 1 or more is wanted; "
            "correct it, or unset it to use every processor"
        )
    return int(named)


class SideBySide:
    """Runs an ONNX graph on single images, several at a time.

    This beats one batch over all threads: no thread waits for another after each layer, and the
    activations of one image stay in the processor's cache (3.5 against 4.1 ms an image on two
    cores, for EfficientNet-Lite0). A vector also does not depend on the batch of its image.

    Args:
        model: the graph; it takes uint8 ``pixels`` (n, height, width, 3) and answers ``features``
            (n, dim).
        threads: images at once; $LIKEWISE_THREADS or the processors this process may use when
            left out.
    """

    def __init__(self, model: bytes, threads: int | None = None) -> None:
        import onnxruntime

        self._threads = threads or named_threads() or available_processors()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3  # errors only: its hints are not for users
        self._session = onnxruntime.InferenceSession(
            model, options, providers=["CPUExecutionProvider"]
        )
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="encode")

    def features(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Features (n, dim), of images of shape (n, height, width, 3); n is 1 or more."""
        if len(pixels) == 1:  # in the caller's own thread, of which there may be several
            return np.asarray(self._features_of(pixels[0]))
        return np.concatenate(list(self._pool.map(self._features_of, pixels)))

    def _features_of(self, pixels: NDArray[np.uint8]) -> Any:
        return self._session.run(["features"], {"pixels": pixels[None]})[0]
