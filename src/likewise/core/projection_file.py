"""Projections as files: safetensors and JSON in one, sealed by a digest."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from likewise.core.learned_file import Arrays, Document, Kind
from likewise.core.projection import Projection
from likewise.core.space import Space

FORMAT = 1
"""Number of the layout this version writes; it reads this one and all below."""

_KIND = Kind(
    "projection", FORMAT, save_with="save_projection", again="learn it again",
    arrays={"mean": np.float32, "matrix": np.float32}, optional={},
)  # fmt: skip


def save_projection(projection: Projection, path: str | os.PathLike[str]) -> Path:
    """Write a projection to one file, whole or not at all; on the disk when this returns.

    Args:
        projection: what to save.
        path: where to; ends in `.projection`. A file that is there is replaced.

    Raises:
        BadInputError: another ending, or provenance that is not JSON.
        StorageError: the disk refused.

    Example:
        >>> import tempfile
        >>> space = Space("demo-1", np.zeros(2, np.float32), np.eye(2, dtype=np.float32))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     saved = save_projection(Projection("demo", space), f"{folder}/a.projection")
        ...     open_projection(saved).fingerprint == Projection("demo", space).fingerprint
        True
    """
    arrays = {
        "mean": np.asarray(projection.space.mean, np.float32),
        "matrix": np.asarray(projection.space.projection, np.float32),
    }
    document = {
        "base": projection.base,
        "encoder": projection.space.encoder,
        "provenance": dict(projection.provenance),
    }
    _KIND.checked_path(path)
    return _KIND.save(_KIND.to_bytes(arrays, document), path)


def open_projection(path: str | os.PathLike[str]) -> Projection:
    """Read what `save_projection` wrote, bit for bit.

    Raises:
        NotFoundError: no such file.
        CorruptError: truncated, altered, or not a projection.
        MismatchError: written in a newer format.
        StorageError: the file cannot be read.
    """
    return _KIND.from_bytes(_KIND.read(path), str(path), _projection)


def _projection(arrays: Arrays, document: Document) -> Projection:
    space = Space(str(document["encoder"]), arrays["mean"], arrays["matrix"])
    return Projection(str(document["base"]), space, dict(document["provenance"]))
