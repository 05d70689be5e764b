"""``ranking.show()``: pictures in a grid, the same that the web app has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

from likewise.core.thumbnail_sources import Album, album_of
from likewise.errors import BadInputError
from likewise.notebook.base import anywidget, module, synced, traitlets

_MARKS = {"yes": 1, "no": -1, "unsure": 0}
_FIRST = 60  # pictures that go with the widget, and are in a notebook that was saved
_AT_ONCE = 500


class Grid(anywidget.AnyWidget):  # type: ignore[misc]
    """Pictures of items; arrows move, Space and clicks select.

    Pictures are sent as they come on the screen, so that a grid of 100,000 costs no more than one
    of a hundred.

    Args:
        ids: of the items, the best first.
        album: where their pictures are; the open workspace that knows them unless given.
        size: pixels of a picture's side, about.
        marks: verdicts by id ("yes", "no", "unsure"), shown on the pictures.

    Attributes:
        selected: ids that the person selected, in that order; may be set, and observed as
            `grid.observe(run, "selected")`.

    Raises:
        NotFoundError: no open workspace knows the ids.
        BadInputError: a mark that is no verdict.

    Example:
        grid = workspace.collection.search(rule).show()
        grid            # look, select
        record_labels(workspace, "barn", [(item, "yes") for item in grid.selected])
    """

    _esm = module("grid_widget.js")
    ids = synced(traitlets.List, traitlets.Unicode())
    selected = synced(traitlets.List, traitlets.Unicode())
    marks = synced(traitlets.Dict)
    size = synced(traitlets.Int, 120)
    first = synced(traitlets.Bytes)  # the JPEGs of the first ids, one after the other,
    ends = synced(traitlets.List, traitlets.Int())  # and where each of them ends

    def __init__(
        self,
        ids: Sequence[str],
        album: Album | None = None,
        size: int = 120,
        marks: Mapping[str, str] | None = None,
    ) -> None:
        self._album = album or album_of(ids)
        unknown = sorted({*(marks or {}).values()} - {*_MARKS})
        if unknown:
            raise BadInputError(f"'{unknown[0]}' is no verdict; give {', '.join(_MARKS)}")
        jpegs = [jpeg or b"" for jpeg in self._album.pictures(ids[:_FIRST])]
        ends = list(accumulate(map(len, jpegs)))
        super().__init__(
            ids=list(ids),
            size=size,
            marks={item: _MARKS[verdict] for item, verdict in (marks or {}).items()},
            first=b"".join(jpegs),
            ends=ends,
        )
        self._ids = frozenset(ids)
        self.on_msg(self._on_message)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """The widget; where it cannot run, as on a saved page, its ids as text."""
        made = super()._repr_mimebundle_(**options)
        data = made[0] if isinstance(made, tuple) else made
        if data is not None:
            shown = ", ".join(self.ids[:5]) + (", ..." if len(self.ids) > 5 else "")
            data["text/plain"] = f"{len(self.ids):,} pictures: {shown}"
        return made

    def _on_message(self, _widget: Any, content: Any, _buffers: Any) -> None:
        """The page wants pictures of certain ids."""
        requested = content.get("want", ()) if isinstance(content, dict) else ()
        existing = [item for item in requested[:_AT_ONCE] if item in self._ids]
        jpegs = [jpeg or b"" for jpeg in self._album.pictures(existing)]
        self.send({"have": existing}, jpegs)
