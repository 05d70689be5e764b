"""Fine-tuned networks as files: an ONNX graph in safetensors and JSON, sealed by a digest."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from likewise.core.learned_file import Arrays, Document, Kind

FORMAT = 1
"""Number of the layout this version writes; it reads this one and all below."""

_KIND = Kind(
    "network", FORMAT, save_with="save_network", again="fine-tune it again",
    arrays={"graph": np.uint8}, optional={},
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class NetworkFile:
    """A network that answers a vector for the square in the middle of an image.

    Attributes:
        graph: an ONNX model that takes uint8 ``pixels`` (n, side, side, 3) and answers
            ``features`` (n, dim).
        dim: columns of its vectors.
        architecture: whose it is.
        side: pixels of the square that it sees.
        shorter: pixels that an image's shorter side is resized to before.
        resample: Pillow's number of the filter that resizes.
        provenance: how it came to be, as JSON.
    """

    graph: bytes
    dim: int
    architecture: str
    side: int
    shorter: int
    resample: int
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def fingerprint(self) -> str:
        """Architecture, digest of the graph, and what is done to images."""
        name = re.sub(r"[^a-z0-9]+", "_", self.architecture.lower()).strip("_")[:40]
        digest = hashlib.sha256(self.graph).hexdigest()[:12]
        return f"finetuned-{name}-{digest}-{self.shorter}c{self.side}r{self.resample}"


def save_network(network: NetworkFile, path: str | os.PathLike[str]) -> Path:
    """Write a network to one file, whole or not at all; on the disk when this returns.

    Args:
        network: what to save.
        path: where to; ends in `.network`. A file that is there is replaced.

    Raises:
        BadInputError: another ending, or provenance that is not JSON.
        StorageError: the disk refused.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = save_network(NetworkFile(b"?", 2, "tiny", 8, 9, 3), f"{folder}/a.network")
        ...     open_network_file(file).fingerprint
        'finetuned-tiny-8a8de823d5ed-9c8r3'
    """
    document = {
        "dim": network.dim,
        "architecture": network.architecture,
        "side": network.side,
        "shorter": network.shorter,
        "resample": network.resample,
        "provenance": dict(network.provenance),
    }
    _KIND.checked_path(path)
    arrays = {"graph": np.frombuffer(network.graph, np.uint8)}
    return _KIND.save(_KIND.to_bytes(arrays, document), path)


def open_network_file(path: str | os.PathLike[str]) -> NetworkFile:
    """Read what `save_network` wrote, bit for bit.

    Raises:
        NotFoundError: no such file.
        CorruptError: truncated, altered, or not a network.
        MismatchError: written in a newer format.
        StorageError: the file cannot be read.
    """
    return _KIND.from_bytes(_KIND.read(path), str(path), _network)


def _network(arrays: Arrays, document: Document) -> NetworkFile:
    numbers = {name: int(document[name]) for name in ("dim", "side", "shorter", "resample")}
    return NetworkFile(
        graph=arrays["graph"].tobytes(),
        architecture=str(document["architecture"]),
        provenance=dict(document["provenance"]),
        **numbers,
    )
