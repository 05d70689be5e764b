"""Maps of a whole collection: computed once, kept in the workspace, coloured by what is known."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from likewise.core.files import new_file
from likewise.core.progress import Progress
from likewise.core.rule import Rule
from likewise.core.vectors import unit
from likewise.errors import BadInputError, NotFoundError, StorageError
from likewise.maps.base import COMPONENTS, Projector, principal_axes, to_square
from likewise.numeric.cells import find_cells, nearest_cells
from likewise.numeric.threads import single_blas_thread
from likewise.registry import names, part
from likewise.search.facets.columns import PREFIX
from likewise.search.store.base import ITEM_SCHEMA
from likewise.search.store.lance import Lance
from likewise.workspace import Workspace

CLUSTERS = 10
"""How many groups colours tell apart."""

_SAMPLE = 10_000
_KEPT = 9  # most frequent values of a column that get a colour of their own


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


@dataclass(frozen=True, eq=False)
class Colouring:
    """A colour for every point.

    Attributes:
        classes: (n,) number of the colour of each image.
        scale: "ramp" from low to high, or "categories".
        legend: what the numbers mean: of categories one name each; of a ramp its two ends.
    """

    classes: NDArray[np.uint8]
    scale: str
    legend: tuple[str, ...]


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


def colour_by_rule(workspace: Workspace, rule: Rule) -> Colouring:
    """By score, from the lowest to the highest."""
    scores = workspace.collection.scores(rule)
    return _ramp(scores.astype(np.float64))


def colour_by_column(workspace: Workspace, column: str) -> Colouring:
    """By a column: numbers and moments as a ramp, text by its most frequent values.

    Raises:
        BadInputError: no such column.
    """
    if column not in ITEM_SCHEMA.names:
        raise BadInputError(
            f"there is no column '{column}' to colour by; there are {', '.join(ITEM_SCHEMA.names)}"
        )
    batches = list(workspace.collection.store.scan([column]))
    values = pa.chunked_array(
        [batch.column(0) for batch in batches], ITEM_SCHEMA.field(column).type
    )
    if pa.types.is_integer(values.type):
        return _ramp(values.cast(pa.float64(), safe=False).to_numpy())
    if column in ("taken_at", "added_at"):
        moments = values.fill_null("").to_pylist()
        _, ranks = np.unique(np.array(moments), return_inverse=True)
        ramp = _ramp(ranks.astype(np.float64))
        ends = pc.min_max(values).as_py()
        return Colouring(ramp.classes, "ramp", (ends["min"] or "", ends["max"] or ""))
    counts = sorted(
        (-row["counts"], row["values"] or "") for row in pc.value_counts(values).to_pylist()
    )
    shown = [value for _, value in counts[:_KEPT]]
    found = pc.index_in(values.fill_null(""), value_set=pa.array(shown, pa.string()))
    classes = found.fill_null(len(shown)).to_numpy().astype(np.uint8)
    others = ("others",) if len(counts) > len(shown) else ()
    return Colouring(classes, "categories", (*(v or "none" for v in shown), *others))


def colour_by_facet(workspace: Workspace, name: str) -> Colouring:
    """By a key of the metadata: a range as a ramp, values by the most frequent of them.

    Of the entries of a list, an image has the colour of the most frequent one.

    Raises:
        BadInputError: no such key, or one that is nearly everywhere another.
    """
    facets, _ = workspace.collection.facets()
    if name not in facets.columns:
        raise BadInputError(
            f"there is nothing to colour by in '{name}'; there is {', '.join(facets.columns)}"
        )
    column = facets.columns[name]
    if column.kind != "values":
        return _ramp(np.append(column.numbers, np.nan)[column.codes])
    counts = np.bincount(column.codes[column.codes >= 0], minlength=len(column.values))
    order = sorted(range(len(counts)), key=lambda one: (-counts[one], column.values[one]))
    others, none = min(_KEPT, len(order)), min(_KEPT, len(order)) + (len(order) > _KEPT)
    class_of = np.full(len(order) + 1, others, np.uint8)
    class_of[order[:_KEPT]] = np.arange(others)
    class_of[-1] = none
    legend = [column.values[one] for one in order[:_KEPT]] + ["others"] * (len(order) > _KEPT)
    if column.rows is None:
        classes = class_of[column.codes]
    else:
        classes = np.full(len(workspace.collection), none, np.uint8)
        np.minimum.at(classes, column.rows, class_of[column.codes])
    return Colouring(
        classes, "categories", (*legend, *(["none"] if (classes == none).any() else []))
    )


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


def _ramp(values: NDArray[np.float64]) -> Colouring:
    finite = values[np.isfinite(values)]
    low, high = float(finite.min(initial=np.inf)), float(finite.max(initial=-np.inf))
    if low > high:  # nothing is known
        low = high = 0.0
    fraction = (np.where(np.isfinite(values), values, low) - low) / max(high - low, 1e-12)
    classes = np.round(255 * fraction).astype(np.uint8)
    return Colouring(classes, "ramp", (f"{low:.3g}", f"{high:.3g}"))


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
