"""From a file of vectors that were computed elsewhere to a workspace."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from likewise.encoders.base import Encoder
from likewise.encoders.precomputed import WORDS_FILE, Precomputed
from likewise.encoding import Encoded, encode_files, reason
from likewise.errors import BadInputError, MismatchError, NotFoundError
from likewise.sources.base import Item
from likewise.sources.folder import Folder
from likewise.stores.base import ITEM_SCHEMA
from likewise.thumbnails import ThumbnailPack
from likewise.vector_files import Rows, VectorFile
from likewise.vectors import Vectors, checked_vectors
from likewise.workspace import Workspace, find_workspace, writer_lock
from likewise.workspace.database import now
from likewise.workspace.states import ItemState

_ROWS, _ROWS_WITH_IMAGES = 32_768, 2_048  # a kill loses at most a block
_MANY_FILES = 16

Progress = Callable[[int, int], None]
"""Called with how many rows are in and how many there are."""


@dataclass(frozen=True)
class ImportReport:
    """What an import did.

    Attributes:
        workspace: where it went.
        encoder: fingerprint that the vectors are kept under.
        imported: rows that have a vector there now.
        left_out: rows that have none, with the reason.
        without_image: of the imported, those whose file is not there or cannot be read; None when
            no folder of images was given.
        words: how many words were imported.
        seconds: wall time.
    """

    workspace: Path
    encoder: str
    imported: int = 0
    left_out: tuple[ItemState, ...] = ()
    without_image: int | None = None
    words: int = 0
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and strings."""
        return {
            **vars(self),
            "workspace": str(self.workspace),
            "left_out": [{"id": x.item, "reason": x.reason} for x in self.left_out],
            "seconds": round(self.seconds, 3),
        }


def import_vectors(
    vectors: VectorFile,
    name: str,
    workspace: str | os.PathLike[str] | None = None,
    *,
    root: str | os.PathLike[str] | None = None,
    words: VectorFile | None = None,
    skip_bad: bool = False,
    dry_run: bool = False,
    progress: Progress = lambda done, total: None,
) -> ImportReport:
    """Make a workspace of vectors that were computed elsewhere, or add to the one that is there.

    The whole file is checked before anything is written. Ids that are there already get the new
    vector, so the same import may be run again after a kill.

    Args:
        vectors: as `likewise.vector_files.open_vectors` opens it.
        name: of the model that made the vectors; rules pass between collections of one name.
        workspace: where to; NAME.likewise in the current folder unless given.
        root: a folder; ids are paths of image files below it, which thumbnails are made of.
        words: words (as ids) with their vectors, in the same space.
        skip_bad: leave out rows whose vector is unusable instead of refusing the file.
        dry_run: only check.
        progress: told how far it is.

    Raises:
        BadInputError: a vector that is NaN, infinite, zero or of another width; an id that is
            missing or given twice; a name that cannot be one.
        MismatchError: the workspace holds another encoder's vectors.
        NotFoundError: there is no folder `root`.
        StorageError: the disk is full or refuses; what was acknowledged is kept.
    """
    started = time.monotonic()
    path = Path(f"{name}.likewise" if workspace is None else workspace)
    encoder = Precomputed(f"{name}@{vectors.dim}", path)
    if root is not None and not Path(root).expanduser().is_dir():
        raise NotFoundError(f"{root} is not a folder; give the one that the ids are paths below")
    bad = _checked(vectors, skip_bad)
    table = None if words is None else _word_table(words, vectors.dim)
    if dry_run:
        return ImportReport(path, encoder.fingerprint, vectors.count - len(bad), tuple(bad))
    with Workspace.create(path, encoder) as place, writer_lock(path):
        job = place.jobs.start("import")
        report = ImportReport(path, encoder.fingerprint)
        outcome = "failed"
        try:
            if table is not None:
                _write_words(path, table)
            imported, without = _Run(place, encoder, root, progress).go(vectors)
            place.collection.write_codes()
            report = ImportReport(
                path,
                encoder.fingerprint,
                imported,
                tuple(bad),
                without if root is not None else None,
                0 if table is None else len(table),
                time.monotonic() - started,
            )
            outcome = "done"
        finally:
            place.jobs.end(job, outcome, report.to_json())
    return report


def import_words(
    words: VectorFile, workspace: str | os.PathLike[str] | None = None
) -> ImportReport:
    """Give a workspace of imported vectors a table of words, in place of the one it has.

    Raises:
        MismatchError: the workspace's encoder has a text side of its own, or another width.
        BadInputError: an unusable vector, or a word that is missing or given twice.
    """
    path = find_workspace(workspace)
    with Workspace(path) as place:
        if not place.encoder_name.startswith("precomputed:"):
            raise MismatchError(
                f"{path} was indexed with {place.encoder_name}, and a table of words goes with "
                "vectors that were computed elsewhere; import those first"
            )
        fingerprint, table = place.fingerprint, _word_table(words, place.dim)
        with writer_lock(path):
            _write_words(path, table)
    return ImportReport(path, fingerprint, words=len(table))


def _checked(file: VectorFile, skip_bad: bool, what: str = "row") -> list[ItemState]:
    """Look at every row; answers those to leave out.

    Raises:
        BadInputError: see `import_vectors`; the message names the first row and its id.
    """
    if not file.count:
        raise BadInputError(f"{file.path} has no rows; give a file with one row an image")
    seen: set[str] = set()
    bad: list[ItemState] = []
    for rows in file.rows(_ROWS):
        for place, item in enumerate(rows.ids):
            if not item:
                raise BadInputError(
                    f"{what} {rows.start + place} of {file.path} has no id; give each an id of "
                    "its own"
                )
            if item in seen:
                raise BadInputError(
                    f"the id '{item}' is given twice, in {what} {rows.start + place} of "
                    f"{file.path} again; give each id once"
                )
            seen.add(item)
        bad += [ItemState(rows.ids[place], "failed", why) for place, why in rows.bad.items()]
        if rows.bad and not skip_bad:
            place, why = min(rows.bad.items())
            raise BadInputError(
                f"the vector of {what} {rows.start + place} ('{rows.ids[place]}') of {file.path} "
                f"{why}; compute it again, or leave such rows out with --skip-bad"
            )
    return bad


def _word_table(words: VectorFile, dim: int) -> pa.Table:
    if words.dim != dim:
        raise MismatchError(
            f"the words of {words.path} have {words.dim} columns and the images' vectors {dim}; "
            "encode both with one model"
        )
    _checked(words, skip_bad=False)
    blocks = list(words.rows(_ROWS))
    rows = checked_vectors(np.concatenate([block.vectors for block in blocks]), "words")
    names = [word for block in blocks for word in block.ids]
    column = pa.FixedSizeListArray.from_arrays(pa.array(rows.reshape(-1)), dim)
    return pa.table({"word": pa.array(names, pa.string()), "vector": column})


def _write_words(path: Path, table: pa.Table) -> None:
    partial = path / f".{WORDS_FILE}.partial"
    pq.write_table(table, partial)
    partial.replace(path / WORDS_FILE)


@dataclass(eq=False)
class _Run:
    """One import into an open workspace."""

    place: Workspace
    encoder: Encoder
    root: str | os.PathLike[str] | None
    progress: Progress
    prefix: str = ""
    without: int = 0

    def go(self, file: VectorFile) -> tuple[int, int]:
        """Write every good row; answers how many, and how many of them have no image."""
        if self.root is None:
            return self._write(file, _ROWS, None), 0
        root = Path(self.root).expanduser()
        self.prefix = self.place.sources.prefix_for(Folder(root))
        self.place.sources.put(self.prefix, root)
        with ThumbnailPack(self.place.path / "thumbnails", write=True) as pack:
            return self._write(file, _ROWS_WITH_IMAGES, pack), self.without

    def _write(self, file: VectorFile, block: int, pack: ThumbnailPack | None) -> int:
        done = imported = 0
        for rows in file.rows(block):
            done += len(rows.ids)
            good = [place for place in range(len(rows.ids)) if place not in rows.bad]
            if good:
                facts = self._images(rows, good, pack) if pack is not None else {}
                items, vectors = self._table(rows, good, facts)
                self.place.collection.store.append(items, vectors)
                imported += len(good)
            self.progress(done, file.count)
        if len(self.place.collection.store.segments()) > _MANY_FILES:
            self.place.collection.store.optimize()
        self.place.collection.refresh()
        return imported

    def _images(
        self, rows: Rows, good: list[int], pack: ThumbnailPack
    ) -> dict[str, tuple[Item, Encoded]]:
        """What is known of the image files of a block, by id; notes those that are not there."""
        lost: list[ItemState] = []
        found: dict[str, tuple[Item, Encoded]] = {}

        def there() -> Iterator[Item]:
            for place in good:
                item = self._item(rows.ids[place])
                path = self._path(rows.ids[place])
                try:
                    facts = path.stat()
                except (OSError, ValueError):
                    lost.append(ItemState(item, "missing", "no such file below the root"))
                    continue
                yield Item(item, str(path), facts.st_size, facts.st_mtime_ns)

        stream = encode_files(
            there(),
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
        self.place.states.update(lost, cleared=found)
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
            return self.place.sources.id_of(Path(name)) or name
        return self.prefix + name

    def _table(
        self, rows: Rows, good: list[int], images: dict[str, tuple[Item, Encoded]]
    ) -> tuple[pa.Table, Vectors]:
        at = now()
        records = []
        for place in good:
            item = self._item(rows.ids[place])
            record: dict[str, Any] = {
                "item_id": item,
                "uri": rows.uris[place] or rows.ids[place],
                "folder": rows.ids[place].rpartition("/")[0],
                "source": self.prefix,
                "added_at": at,
                "metadata": json.dumps(rows.metadata[place], default=str),
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
        vectors = checked_vectors(rows.vectors[good], "imported vectors", self.place.dim)
        return pa.Table.from_pylist(records, schema=ITEM_SCHEMA), vectors
