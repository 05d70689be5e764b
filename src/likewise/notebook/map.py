"""``collection.map()``: a point for every image, the same map that the web app has."""

from __future__ import annotations

from typing import Any

import numpy as np

from likewise.core.progress import ProgressBar
from likewise.core.rule import Rule
from likewise.core.thumbnail_sources import thumbnail_sources
from likewise.errors import NotFoundError
from likewise.maps.collection_map import CollectionMap, colour_map, compute_map, open_map
from likewise.notebook.base import anywidget, module, synced, traitlets
from likewise.search.collection import Collection
from likewise.workspace import Workspace


class Map(anywidget.AnyWidget):  # type: ignore[misc]
    """A map of a collection: drag to move, wheel to zoom, Shift and drag to draw around images.

    Args:
        collection: of an open workspace, which keeps the map once it is computed.
        kind: "pca", "tsne" or "umap".
        by: what colours mean: "cluster", a column, or "score" (of the rule).
        rule: colours by its scores.

    Attributes:
        selected: ids of the images that the person drew around.
        picked: id of the image whose point was pressed, or "".

    Raises:
        NotFoundError: the collection's workspace is closed, or the collection is empty.
        BadInputError: no such map or column.
        MissingExtraError: the map needs a library that is not installed.

    Example:
        map = workspace.collection.map(by="folder")
        map             # draw around some
        map.selected
    """

    _esm = module("map_widget.js")
    xy = synced(traitlets.Bytes)
    classes = synced(traitlets.Bytes)
    scale = synced(traitlets.Unicode)
    legend = synced(traitlets.List, traitlets.Unicode())
    inside = synced(traitlets.Any, b"").tag(from_json=lambda sent, _widget: bytes(sent))  # u32
    at = synced(traitlets.Int, -1)
    selected = traitlets.List(traitlets.Unicode())
    picked = traitlets.Unicode()

    def __init__(
        self,
        collection: Collection,
        kind: str = "pca",
        by: str = "cluster",
        rule: Rule | None = None,
    ) -> None:
        self._workspace = _workspace_of(collection)
        found = _computed(self._workspace, kind)
        by = "score" if rule is not None else by
        colouring = colour_map(self._workspace, found, by, rule)
        self._version = found.version
        super().__init__(
            xy=np.ascontiguousarray(found.points, "<u2").tobytes(),
            classes=colouring.classes.tobytes(),
            scale=colouring.scale,
            legend=list(colouring.legend),
        )
        self.on_msg(self._on_message)

    def _ids(self, positions: Any) -> list[str]:
        """Ids at positions of the map; none once images came or went."""
        collection = self._workspace.collection
        if collection.version != self._version:
            return []
        return list(collection.at(np.asarray(positions, np.int64)))

    @traitlets.observe("inside")
    def _drawn_around(self, change: Any) -> None:
        self.selected = self._ids(np.frombuffer(change["new"], "<u4"))

    @traitlets.observe("at")
    def _pressed(self, change: Any) -> None:
        self.picked = "".join(self._ids([change["new"]] if change["new"] >= 0 else []))

    def _on_message(self, _widget: Any, content: Any, _buffers: Any) -> None:
        """The page wants the picture of a point."""
        position = content.get("want") if isinstance(content, dict) else None
        count = len(self._workspace.collection)
        if not isinstance(position, int) or not 0 <= position < count:
            return
        ids = self._ids([position])
        jpegs = [jpeg or b"" for jpeg in self._workspace.pictures(ids)]
        self.send({"have": position, "id": "".join(ids)}, jpegs)


def _computed(workspace: Workspace, kind: str) -> CollectionMap:
    try:
        return open_map(workspace, kind)
    except NotFoundError:
        return compute_map(workspace, kind, ProgressBar(f"map '{kind}'"))


def _workspace_of(collection: Collection) -> Workspace:
    for album in thumbnail_sources():
        if isinstance(album, Workspace) and album.collection is collection:
            return album
    raise NotFoundError(
        "the workspace of this collection is closed, and it is what keeps maps; open it: "
        "workspace = likewise.Workspace(PATH)"
    )
