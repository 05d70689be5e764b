"""The rows of a file of vectors: all of them checked, then written block by block."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from likewise.core.vectors import Vectors, checked_vectors
from likewise.encoders._encode_files import Encoded, encode_files, reason
from likewise.encoders.base import Encoder
from likewise.errors import BadInputError
from likewise.images.thumbnails import ThumbnailPack
from likewise.search.store.base import ITEM_SCHEMA
from likewise.sources._vector_files import Rows, VectorFile
from likewise.sources.base import Item
from likewise.sources.folder import Folder
from likewise.workspace import Workspace
from likewise.workspace.database import now
from likewise.workspace.item_states import ItemState

ROWS = 32_768
"""How many rows are read at once."""

_ROWS_WITH_IMAGES = 2_048  # a kill loses at most a block
_MANY_FILES = 16

Progress = Callable[[int, int], None]
"""Called with how many rows are in and how many there are."""


def check_rows(file: VectorFile, skip_bad: bool, what: str = "row") -> list[ItemState]:
    """Look at every row; answers those to leave out.

    Raises:
        BadInputError: a vector that is unusable, unless such are left out; an id that is missing
            or given twice. The message names the first row and its id.
    """
    if not file.count:
        raise BadInputError(f"{file.path} has no rows; give a file with one row an image")
    ids: set[str] = set()
    bad: list[ItemState] = []
    for rows in file.rows(ROWS):
        for row, item in enumerate(rows.ids):
            if not item:
                raise BadInputError(
                    f"{what} {rows.start + row} of {file.path} has no id; give each an id of "
                    "its own"
                )
            if item in ids:
                raise BadInputError(
                    f"the id '{item}' is given twice, in {what} {rows.start + row} of "
                    f"{file.path} again; give each id once"
                )
            ids.add(item)
        bad += [ItemState(rows.ids[row], "failed", why) for row, why in rows.bad.items()]
        if rows.bad and not skip_bad:
            row, why = min(rows.bad.items())
            raise BadInputError(
                f"the vector of {what} {rows.start + row} ('{rows.ids[row]}') of {file.path} "
                f"{why}; compute it again, or leave such rows out with --skip-bad"
            )
    return bad


@dataclass(eq=False)
class Writing:
    """One import into an open workspace."""

    workspace: Workspace
    encoder: Encoder
    root: str | os.PathLike[str] | None
    progress: Progress
    prefix: str = ""
    without: int = 0

    def go(self, file: VectorFile) -> tuple[int, int]:
        """Write every good row; answers how many, and how many of them have no image."""
        if self.root is None:
            return self._write(file, ROWS, None), 0
        root = Path(self.root).expanduser()
        self.prefix = self.workspace.sources.prefix_for(Folder(root))
        self.workspace.sources.put(self.prefix, root)
        with ThumbnailPack(self.workspace.path / "thumbnails", write=True) as pack:
            return self._write(file, _ROWS_WITH_IMAGES, pack), self.without

    def _write(self, file: VectorFile, block: int, pack: ThumbnailPack | None) -> int:
        done = imported = 0
        for rows in file.rows(block):
            done += len(rows.ids)
            good = [row for row in range(len(rows.ids)) if row not in rows.bad]
            if good:
                facts = self._images(rows, good, pack) if pack is not None else {}
                items, vectors = self._table(rows, good, facts)
                self.workspace.collection.store.append(items, vectors)
                imported += len(good)
            self.progress(done, file.count)
        if len(self.workspace.collection.store.segments()) > _MANY_FILES:
            self.workspace.collection.store.optimize()
        self.workspace.collection.refresh()
        return imported

    def _images(
        self, rows: Rows, good: list[int], pack: ThumbnailPack
    ) -> dict[str, tuple[Item, Encoded]]:
        """What is known of the image files of a block, by id; notes those that are not there."""
        lost: list[ItemState] = []
        found: dict[str, tuple[Item, Encoded]] = {}

        def items() -> Iterator[Item]:
            for row in good:
                item = self._item(rows.ids[row])
                path = self._path(rows.ids[row])
                try:
                    facts = path.stat()
                except (OSError, ValueError):
                    lost.append(ItemState(item, "missing", "no such file below the root"))
                    continue
                yield Item(item, str(path), facts.st_size, facts.st_mtime_ns)

        stream = encode_files(
            items(),
            self.encoder,
            has_vector=lambda digest: True,
            has_thumbnail=pack.__contains__,
        )
        for item, outcome in stream:
            if not isinstance(outcome, Encoded):
                lost.append(ItemState(item.id, "missing", reason(outcome)))
                continue
            found[item.id] = item, outcome
            if outcome.thumbnail is not None:
                pack.add(outcome.facts.digest, outcome.thumbnail)
        pack.flush()
        self.workspace.states.update(lost, cleared=found)
        self.without += len(lost)
        return found

    def _path(self, name: str) -> Path:
        """The file of a row."""
        return Path(self.root or "").expanduser().absolute() / name

    def _item(self, name: str) -> str:
        """The id of a row: what the file says; an absolute path becomes one below the root."""
        if self.root is None:
            return name
        if Path(name).is_absolute():
            return self.workspace.sources.id_of(Path(name)) or name
        return self.prefix + name

    def _table(
        self, rows: Rows, good: list[int], images: dict[str, tuple[Item, Encoded]]
    ) -> tuple[pa.Table, Vectors]:
        at = now()
        records = []
        for row in good:
            item = self._item(rows.ids[row])
            record: dict[str, Any] = {
                "item_id": item,
                "uri": rows.uris[row] or rows.ids[row],
                "folder": rows.ids[row].rpartition("/")[0],
                "source": self.prefix,
                "added_at": at,
                "metadata": json.dumps(rows.metadata[row], default=str),
            }
            if item in images:
                file, image = images[item]
                record |= {
                    "digest": image.facts.digest,
                    "bytes": file.size,
                    "modified": file.modified,
                    "width": image.facts.width,
                    "height": image.facts.height,
                    "taken_at": image.facts.taken_at,
                    "camera": image.facts.camera,
                }
            records.append(record)
        vectors = checked_vectors(rows.vectors[good], "imported vectors", self.workspace.dim)
        return pa.Table.from_pylist(records, schema=ITEM_SCHEMA), vectors
