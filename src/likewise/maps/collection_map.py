"""Maps of a whole collection: computed once, kept in the workspace, coloured by what is known."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from likewise.core.files import new_file
from likewise.core.progress import Progress
from likewise.core.rule import Rule
from likewise.core.vectors import unit
from likewise.errors import NotFoundError, StorageError
from likewise.maps.base import COMPONENTS, Projector, principal_axes, to_square
from likewise.maps.colouring import (
    Colouring,
    colour_by_column,
    colour_by_facet,
    colour_by_rule,
)
from likewise.numeric.blas import single_blas_thread
from likewise.numeric.cells import find_cells, nearest_cells
from likewise.registry import names, part
from likewise.search.facets.columns import PREFIX
from likewise.search.store.lance import Lance
from likewise.workspace import Workspace

CLUSTERS = 10
"""How many groups colours tell apart."""

_SAMPLE = 10_000


@dataclass(frozen=True, eq=False)
class CollectionMap:
    """A point for every image.

    Attributes:
        kind: name of the projector.
        version: of the collection whose order the points are in.
        points: (n, 2), 0 to 65535.
        clusters: (n,) group of each image, by its vector.
        seconds: what it took.
    """

    kind: str
    version: int
    points: NDArray[np.uint16]
    clusters: NDArray[np.uint8]
    seconds: float


def compute_map(
    workspace: Workspace, kind: str = "pca", progress: Progress = lambda done, total: None
) -> CollectionMap:
    """Place every image, and keep the map in the workspace.

    Vectors are read block by block; what is held at once are 50 numbers an image.

    Args:
        workspace: whose collection.
        kind: name of a projector: `likewise.registry.names("project")` lists them.
        progress: told images or rounds; may raise to end the work.

    Raises:
        BadInputError: no such projector.
        NotFoundError: the collection is empty.
        MissingExtraError: the library it needs is not installed.
        StorageError: the disk is full or refuses.
    """
    start = time.monotonic()
    projector: Projector = part("project", kind)()
    collection = workspace.collection
    if not len(collection):
        raise NotFoundError("the collection is empty, so there is no map; index some images first")
    store = collection.store.as_of_now()
    rows = _components(workspace, store, progress)
    points = to_square(projector.place(rows, progress))
    groups = unit(np.ascontiguousarray(rows + np.float32(1e-9)))
    clusters = nearest_cells(groups, find_cells(groups, CLUSTERS), 1)[:, 0].astype(np.uint8)
    made = CollectionMap(kind, store.version, points, clusters, round(time.monotonic() - start, 2))
    _save(_path(workspace, kind), made)
    return made


def open_map(workspace: Workspace, kind: str) -> CollectionMap:
    """The map that was computed last.

    Raises:
        BadInputError: no such projector.
        NotFoundError: it was not computed yet, or images came or went since.
    """
    part("project", kind)
    path = _path(workspace, kind)
    try:
        with safe_open(path, "np") as file:
            about = json.loads(file.metadata()["likewise"])
            made = CollectionMap(
                kind,
                about["version"],
                file.get_tensor("points"),
                file.get_tensor("clusters"),
                about["seconds"],
            )
    except (OSError, SafetensorError, KeyError, TypeError, ValueError):
        raise NotFoundError(f"the map '{kind}' is not computed yet; compute it") from None
    if made.version != workspace.collection.version:
        raise NotFoundError(
            f"images came or went since the map '{kind}' was computed; compute it again"
        )
    return made


def available_maps(workspace: Workspace) -> list[dict[str, Any]]:
    """Every projector with whether its map is there, and how long it would take."""
    found = []
    for kind in names("project"):
        projector: Projector = part("project", kind)()
        try:
            seconds, ready = open_map(workspace, kind).seconds, True
        except NotFoundError:
            seconds, ready = projector.seconds(len(workspace.collection)), False
        found.append({"kind": kind, "ready": ready, "seconds": seconds, "extra": projector.extra})
    return found


def colour_map(
    workspace: Workspace, found: CollectionMap, by: str = "cluster", rule: Rule | None = None
) -> Colouring:
    """Colours of a map's points.

    Args:
        workspace: whose map.
        found: the map.
        by: "cluster", "score" (of the rule), a column of the items, or a key of their metadata
            with "metadata." before it.
        rule: whose scores; without one, all points are of one colour by "score".

    Raises:
        BadInputError: no such column.
        MismatchError: a rule over another encoder's vectors.
    """
    if by == "cluster":
        count = int(found.clusters.max(initial=0)) + 1
        return Colouring(
            found.clusters, "categories", tuple(f"group {n + 1}" for n in range(count))
        )
    if by == "score" and rule is not None:
        return colour_by_rule(workspace, rule)
    if by == "score":
        return Colouring(np.zeros(len(found.clusters), np.uint8), "categories", ("images",))
    if by.startswith(PREFIX):
        return colour_by_facet(workspace, by)
    return colour_by_column(workspace, by)


def _components(workspace: Workspace, store: Lance, progress: Progress) -> NDArray[np.float32]:
    """(n, up to 50) principal components of every image of the store."""
    collection = workspace.collection
    count = len(store)
    sample = collection.vectors(collection.sample(_SAMPLE))
    with single_blas_thread():  # thousands of small steps: on busy processors 30 s instead of one
        mean, axes = principal_axes(sample, min(COMPONENTS, sample.shape[1]))
    rows = np.empty((count, len(axes)), np.float32)
    done = 0
    for block in store.blocks():
        rows[done : done + len(block)] = (block - mean) @ axes.T
        done += len(block)
        progress(done, count)
    return rows


def _path(workspace: Workspace, kind: str) -> Path:
    return workspace.path / "maps" / f"{kind}.safetensors"


def _save(path: Path, made: CollectionMap) -> None:
    about = {"version": made.version, "seconds": made.seconds}
    data = save({"points": made.points, "clusters": made.clusters}, {"likewise": json.dumps(about)})
    try:
        path.parent.mkdir(exist_ok=True)
        with new_file(path, durable=False) as part:
            part.write_bytes(data)
    except OSError as error:
        raise StorageError(
            f"{path} could not be written ({error.strerror}); free some space"
        ) from error
