"""The vectors of another encoder: from the images, or from the vectors that are there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from likewise.encoders._encode_files import Encoded, encode_files, reason
from likewise.encoders.base import DerivedEncoder, Encoder, need_images
from likewise.errors import BadInputError, command_line
from likewise.images.decode import Limits
from likewise.search.patches import FOLDER, encoder_of
from likewise.search.store.base import ITEM_SCHEMA
from likewise.sources.base import Item, Original
from likewise.workspace import Workspace
from likewise.workspace.item_states import ItemState

_ROWS, _SECONDS = 2048, 10.0  # a kill loses at most this much
_MOST_UNREADABLE = 0.1

Progress: TypeAlias = Callable[[int, int], None]
"""Called with how many images have their new vector and how many there are."""


def base_vectors(workspace: Workspace, encoder: Encoder) -> Encoder | None:
    """The encoder whose vectors, which the workspace has, the new ones are worked out from."""
    if isinstance(encoder, DerivedEncoder) and encoder.base.fingerprint in workspace.vector_sets():
        return encoder.base
    return None


def refuse_unmovable(workspace: Workspace, encoder: Encoder) -> None:
    """Refuse a workspace that keeps one encoder's vectors, and an encoder that reads no images.

    Raises:
        BadInputError: one of the two.
    """
    if workspace.vectors_at:
        address = f"{workspace.vectors_at}-2"
        command = command_line("index", "WHAT", "--encoder", encoder.name, "--workspace", address)
        raise BadInputError(
            f"{workspace.vectors_at} keeps the vectors of one encoder; index into another place: "
            f"{command}"
        )
    if base_vectors(workspace, encoder) is None:
        need_images(encoder)


def vector_folders(path: Path) -> list[tuple[Path, str]]:
    """The folders of vectors, codes and patches in a workspace, and the encoder of each.

    Args:
        path: the workspace.

    Returns:
        Each folder with the fingerprint of the encoder whose vectors are in it.
    """
    folders = [
        (folder, folder.name.removesuffix(".lance"))
        for name in ("vectors", "scan")
        for folder in _inside(path / name)
    ]
    return folders + [(folder, encoder_of(folder)) for folder in _inside(path / FOLDER)]


def bytes_below(folder: Path) -> int:
    """Bytes of all files in a folder and below it."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _inside(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def digests_by_id(workspace: Workspace) -> dict[str, str]:
    """Digests of the pictures that a workspace's encoder has vectors of, by item."""
    found: dict[str, str] = {}
    for batch in workspace.collection.store.scan(["item_id", "digest"]):
        columns = [column.to_pylist() for column in batch.columns]
        found.update(zip(*columns, strict=True))
    return found


@dataclass(eq=False)
class NewVectors:
    """The images of a workspace on their way to another encoder's vectors.

    Attributes:
        workspace: the workspace.
        other: the same, as the new encoder sees it.
        encoder: the new one.
        workers: threads that decode; one a core unless given.
        progress: told how far it is.
        encoded: images encoded.
        mapped: images whose vector was worked out from one that they had.
        kept: images that had their new vector before.
        unreadable: images without a new vector, with the reason.
        originals: where the images that are being read come from.
    """

    workspace: Workspace
    other: Workspace
    encoder: Encoder
    workers: int | None
    progress: Progress
    encoded: int = 0
    mapped: int = 0
    kept: int = 0
    unreadable: list[ItemState] = field(default_factory=list)
    originals: dict[str, Original] = field(default_factory=dict)

    def make(self) -> None:
        """Make what is not there yet; what was made is on the disk also when interrupted."""
        rows: list[tuple[dict[str, Any], Item, Encoded]] = []
        facts: dict[str, dict[str, Any]] = {}
        written_at = time.monotonic()
        with ExitStack() as stack:
            base = base_vectors(self.workspace, self.encoder)
            sees = None if base is None else stack.enter_context(self.workspace.with_encoder(base))
            items = self._items(digests_by_id(self.other), sees, facts)
            stream = encode_files(items, self.encoder, read=self._read, workers=self.workers)
            try:
                for item, outcome in stream:
                    row = facts.pop(item.id)
                    del self.originals[item.id]
                    if not isinstance(outcome, Encoded) or outcome.vector is None:
                        why = reason(outcome) if not isinstance(outcome, Encoded) else "no vector"
                        self.unreadable.append(ItemState(item.id, "missing", why))
                        continue
                    rows.append((row, item, outcome))
                    if len(rows) >= _ROWS or time.monotonic() - written_at > _SECONDS:
                        self._write(rows)
                        written_at = time.monotonic()
                    self._tell(len(rows))
            finally:
                stream.close()
                self._write(rows)

    def check(self) -> None:
        """Refuse to switch where much would be lost.

        Raises:
            BadInputError: more than a tenth of the images cannot be read, or all.
        """
        lost = len(self.unreadable)
        if lost > _MOST_UNREADABLE * (lost + self.kept + self.mapped + self.encoded):
            first = self.unreadable[0]
            raise BadInputError(
                f"{lost} of {len(self.workspace.collection)} images cannot be read, such as "
                f"{first.item} ({first.reason}); bring them back and run likewise reindex again: "
                "what is encoded is kept, and the workspace is as it was"
            )

    def _items(
        self, existing: Mapping[str, str], base: Workspace | None, facts: dict[str, dict[str, Any]]
    ) -> Iterator[Item]:
        """What must be read; on the way, vectors that can be had without are made."""
        for batch in self.workspace.collection.store.scan(list(ITEM_SCHEMA.names)):
            rows = [x for x in batch.to_pylist() if existing.get(x["item_id"]) != x["digest"]]
            self.kept += len(batch) - len(rows)
            done = set() if base is None else self._map(rows, base)
            self._tell()
            for row in rows:
                if row["item_id"] not in done:
                    yield from self._original(row, facts)

    def _map(self, rows: list[dict[str, Any]], base: Workspace) -> set[str]:
        """Work vectors out from those of the base; answers the ids of the images that have one."""
        if not isinstance(self.encoder, DerivedEncoder):
            return set()
        store = base.collection.store
        rows_in_base = store.find([row["item_id"] for row in rows])
        present = np.flatnonzero(rows_in_base >= 0).tolist()
        digests = store.facts(rows_in_base[present], ["digest"]).column("digest").to_pylist()
        same = [at for at, of in zip(present, digests, strict=True) if rows[at]["digest"] == of]
        for start in range(0, len(same), _ROWS):
            some = same[start : start + _ROWS]
            vectors = self.encoder.from_base(store.take(rows_in_base[some]))
            table = pa.Table.from_pylist([rows[at] for at in some], schema=ITEM_SCHEMA)
            self.other.collection.store.append(table, vectors)
            self.mapped += len(some)
            self._tell()
        return {rows[at]["item_id"] for at in same}

    def _original(self, row: dict[str, Any], facts: dict[str, dict[str, Any]]) -> Iterator[Item]:
        """The image, unless it is known that it cannot be read."""
        item = row["item_id"]
        if not getattr(self.encoder, "reads_images", True):
            self.unreadable.append(ItemState(item, "missing", "it has no vector to begin from"))
            return
        original = self.workspace.collection.original_of(item, row)
        found = original.item
        if original.path is not None:  # it may have changed since it was indexed
            try:
                status = original.path.stat()
            except OSError as error:
                why = error.strerror or str(error)
                self.unreadable.append(ItemState(item, "missing", why))
                return
            found = replace(found, size=status.st_size, modified=status.st_mtime_ns)
        facts[item] = row
        self.originals[item] = original
        yield found

    def _tell(self, waiting: int = 0) -> None:
        done = self.kept + self.mapped + self.encoded + waiting
        self.progress(done, len(self.workspace.collection))

    def _read(self, item: Item, limits: Limits) -> bytes:
        return self.originals[item.id].source.read(item, limits)

    def _write(self, rows: list[tuple[dict[str, Any], Item, Encoded]]) -> None:
        if not rows:
            return
        records = [
            {
                **row,
                "digest": x.facts.digest,
                "bytes": item.size,
                "modified": item.modified,
                "width": x.facts.width,
                "height": x.facts.height,
            }
            for row, item, x in rows
        ]
        vectors = np.stack([x.vector for _, _, x in rows if x.vector is not None])
        table = pa.Table.from_pylist(records, schema=ITEM_SCHEMA)
        self.other.collection.store.append(table, vectors)
        self.encoded += len(rows)
        rows.clear()
