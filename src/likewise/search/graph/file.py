"""The file of a neighbour graph: safetensors, written whole and memory-mapped."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from likewise.core.files import new_file

_FORMAT = "1"
_LONGEST_HEADER = 1 << 20
_TYPES = {"I32": "<i4", "F32": "<f4", "U64": "<u8"}


@dataclass(frozen=True, eq=False)
class GraphFile:
    """What the file holds.

    Attributes:
        neighbours: int32 of shape (n, k), -1 where there is none.
        cosines: float32 of the same shape, -1 where there is none.
        hashes: uint64 of shape (n,): names each row by its vector, wherever it moves.
        mean: float32 of shape (dim,): what was subtracted from the vectors.
        contents: digest of the store's rows, see `likewise.search.graph.contents_digest`.
    """

    neighbours: NDArray[np.int32]
    cosines: NDArray[np.float32]
    hashes: NDArray[np.uint64]
    mean: NDArray[np.float32]
    contents: str


def save_graph_file(graph: GraphFile, path: Path) -> None:
    """Write it in the place of what is there, whole or not at all.

    Raises:
        OSError: the disk is full or refuses; the file before is as it was.
    """
    arrays: dict[str, NDArray[Any]] = {
        "neighbours": graph.neighbours,
        "cosines": graph.cosines,
        "hashes": graph.hashes,
        "mean": graph.mean,
    }
    save_arrays(arrays, {"contents": graph.contents}, path)


def open_graph_file(path: Path) -> GraphFile | None:
    """Map a file; None where there is none, or it is not whole or not of this format."""
    try:
        arrays, facts = open_arrays(path)
        graph = GraphFile(
            arrays["neighbours"],
            arrays["cosines"],
            arrays["hashes"],
            np.array(arrays["mean"]),
            facts["contents"],
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    rows, columns = graph.neighbours.shape
    fits = graph.cosines.shape == (rows, columns) and graph.hashes.shape == (rows,)
    return graph if fits else None


def save_arrays(arrays: dict[str, NDArray[Any]], facts: dict[str, str], path: Path) -> None:
    """Write arrays and strings as a safetensors file, whole or not at all.

    Raises:
        OSError: the disk is full or refuses; the file before is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    with new_file(path) as part:
        part.write_bytes(save(contiguous, {"format": _FORMAT, **facts}))


def open_arrays(path: Path) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """Map the arrays of a file that `save_arrays` wrote, and read its strings.

    Raises:
        OSError: there is none.
        ValueError, KeyError, TypeError: it is not whole, or not of this format.
    """
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        if size > _LONGEST_HEADER:
            raise ValueError(f"{path} has no header of this format")
        header = json.loads(file.read(size))
    facts = header.pop("__metadata__")
    if facts["format"] != _FORMAT:
        raise ValueError(f"{path} has the format {facts['format']}")
    arrays: dict[str, NDArray[Any]] = {}
    for name, entry in header.items():
        offset = 8 + size + int(entry["data_offsets"][0])
        dtype, shape = np.dtype(_TYPES[entry["dtype"]]), tuple(entry["shape"])
        arrays[name] = np.asarray(np.memmap(path, dtype, mode="r", offset=offset, shape=shape))
    return arrays, dict(facts)
