"""A table with a path or a URL in each row: CSV, TSV, JSON lines, Parquet."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from likewise.errors import BadInputError, NotFoundError
from likewise.images.decode import Limits
from likewise.sources import _rows
from likewise.sources._allowed_folders import allowed_folders, local_path, outside
from likewise.sources._files import folder_beside, look_at, named_as_image, path_id
from likewise.sources._locations import (
    file_at,
    is_web,
    read_location,
    remote_entry,
)
from likewise.sources.base import UNKNOWN, Item, Refused, Source, is_url, location, with_slash

PATH_COLUMNS = (
    "path", "file_name", "filename", "file", "image", "image_path", "img_path", "filepath",
    "file_path", "img", "uri", "url", "image_url", "img_url",
)  # fmt: skip
"""Where paths are looked for when nothing is said; the first that is there."""


@dataclass(eq=False)
class Table(Source):
    r"""Images that the rows of a table name, in the table's order, with its columns as metadata.

    Paths are relative to the folder that the table is in. Columns of bytes and of vectors are
    left out. The table is read as it goes, a block of rows at a time.

    Attributes:
        root: the table: .csv, .tsv, .jsonl, .ndjson or .parquet.
        path_column: the column of paths or URLs; the first of `PATH_COLUMNS` unless given, else
            the only one whose first value is named like an image.
        key_column: the column of ids; the path, as the table has it, unless given.
        images: the folder that paths are relative to, seen from the table's or from the current
            one; the table's own unless given.
        allow_urls: whether URLs may be read: http(s), and object storage with your own keys.
        allow_folders: folders besides these whose images it may name, with `os.pathsep` between.
        skipped: 0.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as root:
        ...     _ = Path(root, "a.jpg").write_bytes(b"...")
        ...     _ = Path(root, "t.csv").write_text("path,weather\na.jpg,rain\nb.jpg,sun\n")
        ...     a, b = Table(f"{root}/t.csv").items()
        >>> a.id, a.size, a.metadata, b.reason.split(":")[0]
        ('a.jpg', 3, {'weather': 'rain'}, 'missing')
    """

    root: str
    path_column: str = ""
    key_column: str = ""
    images: str = ""
    allow_urls: bool = False
    allow_folders: str = ""
    skipped: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.root = os.fspath(self.root)
        self._file = Path(location(self.root))
        if _rows.kind_of(self._file) is None:
            raise BadInputError(
                f"'{self.root}' is no table by its name; one ending in "
                f"{', '.join(_rows.KINDS)} is wanted"
            )
        if not self._file.is_file():
            raise NotFoundError(f"the table '{self.root}' does not exist; check its spelling")
        self._folder = self._file.parent
        if self.images and not is_url(self.images):
            self._folder = folder_beside(self._file, self.images)
            self.images = os.path.relpath(self._folder, self._file.parent)
        default_folders = [self._folder, self._file.parent]
        self._allowed = allowed_folders(default_folders, self.allow_folders)

    @classmethod
    def recognises(cls, what: str) -> int:
        """1 for a file that is a table by its name."""
        return int(_rows.kind_of(what) is not None and Path(location(what)).is_file())

    @property
    def base(self) -> str:
        """The folder that paths are relative to, with a slash."""
        return with_slash(self.images if is_url(self.images) else self._folder)

    @property
    def name(self) -> str:
        """The table's name without its ending."""
        return self._file.stem

    def items(self) -> Iterator[Item | Refused]:
        """An item for each row.

        Raises:
            BadInputError: no such column, or URLs where they were not allowed.
        """
        column: str | None = None
        yielded: set[str] = set()
        for number, row in _rows.rows_of(self._file):
            if isinstance(row, str):
                yield Refused(f"row {number}", row)
                continue
            if column is None:
                column = self._column(row)
            entry = self._entry(number, row, column)
            if entry.id in yielded:
                yield Refused(
                    f"{entry.id} (row {number})", "its id is given twice; ids must differ"
                )
                continue
            yielded.add(entry.id)
            yield entry

    def count(self) -> int | None:
        """How many rows there are, where the table says so."""
        return _rows.count_of(self._file)

    def read(self, item: Item, limits: Limits) -> bytes:
        """The bytes of a row's image; see `Source.read`."""
        return read_location(item.uri, limits, item.size, self.allow_urls)

    def path(self, item: Item) -> Path | None:
        """The file that a row names."""
        return file_at(item.uri)

    def _column(self, row: Mapping[str, Any]) -> str:
        """The column of paths, told by a row."""
        columns = _rows.columns_of(self._file)
        for column in filter(None, (self.path_column, self.key_column)):
            if column not in columns:
                raise BadInputError(
                    f"{self.root} has no column '{column}'; its columns: {', '.join(columns)}"
                )
        if self.path_column:
            return self.path_column
        candidates = [
            name for name in PATH_COLUMNS if name in columns and isinstance(row.get(name), str)
        ]
        if candidates:
            return candidates[0]
        alike = [name for name, cell in row.items() if isinstance(cell, str) and _like_a_path(cell)]
        if len(alike) == 1:
            return alike[0]
        raise BadInputError(
            f"{self.root} does not show which column has the paths or URLs of images; say so with "
            f"--set path_column=NAME: {', '.join(columns) or 'it has no columns'}"
        )

    def _entry(self, number: int, row: Mapping[str, Any], column: str) -> Item | Refused:
        where = row.get(column)
        if not isinstance(where, str) or not where.strip():
            return Refused(f"row {number}", f"it has nothing in the column '{column}'")
        where = local_path(where)
        key = row.get(self.key_column) if self.key_column else path_id(where, self.base)
        if key is None or str(key) == "":
            return Refused(f"row {number}", f"it has nothing in the column '{self.key_column}'")
        cells = {name: cell for name, cell in row.items() if name != column}
        return self._located(str(key), where, _rows.plain(cells))

    def _located(self, key: str, where: str, metadata: Mapping[str, Any]) -> Item | Refused:
        entry = remote_entry(key, where, metadata, self.allow_urls, self.root)
        if entry is not None:
            return entry
        if is_url(self.images):
            return Item(key, self.base + where, UNKNOWN, 0, metadata)
        path = os.path.normpath(self._folder / where)
        why = outside(path, self._allowed)
        return look_at(key, path, metadata) if why is None else Refused(key, why)


def _like_a_path(cell: str) -> bool:
    return named_as_image(cell.partition("?")[0]) or is_web(cell)
