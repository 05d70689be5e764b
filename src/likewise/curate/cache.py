"""What curation computes once and reads again: the graph of neighbours, and facts of pictures.

Both are derived: whatever does not fit the collection is as if it were not there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save

from likewise.core.output_files import complete_file
from likewise.core.progress import Progress
from likewise.curate.base import NEIGHBOURS
from likewise.images.picture_facts import MEASURED, SKETCH, picture_facts
from likewise.numeric.neighbours import Neighbours, find_neighbours
from likewise.numeric.threads import Blocks, share_blocks
from likewise.workspace import Workspace

if TYPE_CHECKING:
    from likewise.distribute.in_order import AnyPoolFactory

FOLDER = "curation"
_GRAPH = "neighbours.safetensors"
_PICTURES = "pictures.safetensors"
_BLOCK = 64
_BLANK = np.full((SKETCH, SKETCH), 128, dtype=np.uint8)


def neighbours_of(
    workspace: Workspace, progress: Progress | None = None, crew: AnyPoolFactory | None = None
) -> Neighbours:
    """The nearest neighbours of every item, in the collection's centred space.

    Computed once for each version of the collection and kept in the workspace.

    Args:
        workspace: of the items.
        progress: called with items done and items in all.
        crew: makes the workers that look for them on other machines, such as
            `likewise.distribute.ray_cluster.RayCluster`; this process unless given.

    Raises:
        NotFoundError: the collection is empty.
    """
    collection = workspace.collection
    space = collection.space()
    ids = collection.ids()
    file = workspace.path / FOLDER / _GRAPH
    key = {"version": str(collection.version), "space": space.fingerprint, "items": str(len(ids))}
    cached = _read(file, key)
    if cached is not None:
        return Neighbours(ids, cached["rows"], cached["scores"])
    if crew is None:
        vectors = space.apply(collection.vectors(ids))
        graph = find_neighbours(ids, vectors, NEIGHBOURS, progress)
    else:
        from likewise.curate.on_cluster import find_stored_neighbours

        graph = find_stored_neighbours(workspace, crew, NEIGHBOURS, progress)
    _write(file, {"rows": graph.rows, "scores": graph.scores}, key)
    return graph


def pictures_of(
    workspace: Workspace, digests: Sequence[str], progress: Progress | None = None
) -> tuple[Mapping[str, Sequence[float | None]], NDArray[np.uint8]]:
    """Measurements and sketches of images, from their thumbnails; kept for the next time.

    Args:
        workspace: where the thumbnails are.
        digests: of the images.
        progress: called with thumbnails read and thumbnails in all.

    Returns:
        Columns of `likewise.images.picture_facts.MEASURED`, None where there is no thumbnail; and
        sketches, uint8 (n, 32, 32), grey there.
    """
    file = workspace.path / FOLDER / _PICTURES
    key = {"measured": ",".join(MEASURED)}
    cached = _read(file, key)
    row_of: dict[str, int] = {}
    numbers = np.empty((0, len(MEASURED)), np.float32)
    sketches = np.empty((0, SKETCH, SKETCH), np.uint8)
    if cached is not None:
        numbers, sketches = cached["numbers"], cached["sketches"]
        row_of = {bytes(row).hex(): position for position, row in enumerate(cached["digests"])}
    new = [digest for digest in dict.fromkeys(digests) if digest not in row_of]
    if new:
        fresh_numbers, fresh_sketches = _measure(workspace, new, progress)
        good = np.flatnonzero(~np.isnan(fresh_numbers[:, 0]))
        for position in good.tolist():
            row_of[new[position]] = len(row_of)
        numbers = np.concatenate([numbers, fresh_numbers[good]])
        sketches = np.concatenate([sketches, fresh_sketches[good]])
        raw = b"".join(bytes.fromhex(digest) for digest in row_of)
        named = np.frombuffer(raw, np.uint8).reshape(len(row_of), -1)
        if len(good):
            _write(file, {"digests": named, "numbers": numbers, "sketches": sketches}, key)
    rows = [row_of.get(digest, -1) for digest in digests]
    columns = {
        name: [float(numbers[p, number]) if p >= 0 else None for p in rows]
        for number, name in enumerate(MEASURED)
    }
    out = np.stack([sketches[p] if p >= 0 else _BLANK for p in rows]) if rows else sketches[:0]
    return columns, out


def _measure(
    workspace: Workspace, digests: Sequence[str], progress: Progress | None
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    numbers = np.full((len(digests), len(MEASURED)), np.nan, dtype=np.float32)
    sketches = np.zeros((len(digests), SKETCH, SKETCH), dtype=np.uint8)
    done = 0
    with workspace.thumbnails() as thumbnails:

        def work(blocks: Blocks) -> None:
            nonlocal done
            for start, end in blocks:
                for index in range(start, end):
                    jpeg = thumbnails.get(digests[index])
                    if jpeg is not None:
                        facts = picture_facts(jpeg)
                        numbers[index] = [getattr(facts, name) for name in MEASURED]
                        sketches[index] = facts.sketch
                done += end - start
                if progress is not None:
                    progress(done, len(digests))

        share_blocks(len(digests), work, _BLOCK)
    return numbers, sketches


def _read(file: Path, key: Mapping[str, str]) -> dict[str, Any] | None:
    """The arrays of a file, if they were written under that key."""
    try:
        with file.open("rb") as opened:
            size = int.from_bytes(opened.read(8), "little")
            facts = json.loads(opened.read(size)).get("__metadata__", {})
        return load_file(file) if facts == dict(key) else None
    except Exception:  # missing, cut short, or another format: made again
        return None


def _write(file: Path, arrays: Mapping[str, NDArray[Any]], key: Mapping[str, str]) -> None:
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    file.parent.mkdir(exist_ok=True)
    with complete_file(file) as part:
        part.write_bytes(save(contiguous, dict(key)))
