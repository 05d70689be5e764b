"""The graph: built once, kept in a cache, and run on images side by side."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

from likewise.core.files import new_file
from likewise.encoders import _lite0_weights
from likewise.encoders._side_by_side import SideBySide
from likewise.encoders.efficientnet_lite0 import graph

MODEL_FILE = f"efficientnet_lite0-{_lite0_weights.SHA256[:8]}-{graph.VERSION}.onnx"
"""Name of the graph in the cache: whose weights, and which version of how it is built."""


class Network(SideBySide):
    """The network on the CPU, each image alone on one thread, as many at once as threads.

    Args:
        threads: images at once; the processors this process may use when left out.
    """

    def __init__(self, threads: int | None = None) -> None:
        super().__init__(cached_graph(), threads)


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
        _write_complete(path, model)
        _write_complete(seal, _seal_of(model).encode())
    return model


def _seal_of(model: bytes) -> str:
    """What `sha256sum --check` reads."""
    return f"{hashlib.sha256(model).hexdigest()}  {MODEL_FILE}\n"


def _write_complete(path: Path, content: bytes) -> None:
    """Write a file so that others see the old one or the new one, never half of one."""
    with new_file(path, durable=False) as part:
        part.write_bytes(content)


def _cache_folder() -> Path:
    import platformdirs

    named = os.environ.get("LIKEWISE_CACHE")
    return Path(named) if named else Path(platformdirs.user_cache_dir("likewise"))
