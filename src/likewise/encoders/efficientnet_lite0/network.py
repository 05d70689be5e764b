"""Runs the graph: builds it once, keeps it in a cache, and encodes images side by side."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.encoders import _lite0_weights
from likewise.encoders._threads import named_threads
from likewise.encoders.efficientnet_lite0 import graph

MODEL_FILE = f"efficientnet_lite0-{_lite0_weights.SHA256[:8]}-{graph.VERSION}.onnx"
"""Name of the graph in the cache: whose weights, and which version of how it is built."""


class Network:
    """The network on the CPU, each image alone on one thread, as many at once as threads.

    Side by side beats one batch over all threads: no thread waits for another after each layer,
    and one image's activations stay in the processor's cache (3.5 against 4.1 ms an image on
    two cores). It also makes a vector independent of the batch that its image came in.

    Args:
        threads: images at once; the processors this process may use when left out.
    """

    def __init__(self, threads: int | None = None) -> None:
        import onnxruntime

        self._threads = threads or named_threads() or len(os.sched_getaffinity(0))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3  # errors only: its hints are not for users
        self._session = onnxruntime.InferenceSession(
            cached_graph(), options, providers=["CPUExecutionProvider"]
        )
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="encode")

    def features(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Pooled features, shape (n, 1280), of images of shape (n, 224, 224, 3)."""
        if len(pixels) == 1:  # in the caller's own thread, of which there may be several
            return np.asarray(self._one(pixels[0]))
        return np.concatenate(list(self._pool.map(self._one, pixels)))

    def _one(self, pixels: NDArray[np.uint8]) -> Any:
        return self._session.run(["features"], {"pixels": pixels[None]})[0]


def cached_graph() -> bytes:
    """The graph, from the cache when it is whole there, else built and put there.

    The cache is the folder that $LIKEWISE_CACHE names, or the user's own. One that cannot be
    read or written only costs the time to build.
    """
    path = _cache_folder() / MODEL_FILE
    seal = path.with_suffix(".sha256")
    with contextlib.suppress(OSError):
        model = path.read_bytes()
        if seal.read_text(encoding="ascii", errors="replace") == _seal_of(model):
            return model
    model = graph.build_graph(_lite0_weights.read_weights())
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_whole(path, model)
        _write_whole(seal, _seal_of(model).encode())
    return model


def _seal_of(model: bytes) -> str:
    """What `sha256sum --check` reads."""
    return f"{hashlib.sha256(model).hexdigest()}  {MODEL_FILE}\n"


def _write_whole(path: Path, content: bytes) -> None:
    """Write a file so that others see the old one or the new one, never half of one."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _cache_folder() -> Path:
    import platformdirs

    named = os.environ.get("LIKEWISE_CACHE")
    return Path(named) if named else Path(platformdirs.user_cache_dir("likewise"))
