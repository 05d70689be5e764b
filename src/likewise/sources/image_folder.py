"""A folder of images with a metadata.csv or metadata.jsonl, as Hugging Face's ImageFolder."""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar
from unicodedata import normalize

from likewise.errors import BadInputError, LikewiseError, NotFoundError
from likewise.sources import _rows
from likewise.sources._files import named_as_image, walked
from likewise.sources._walk import walk
from likewise.sources.base import Item, Refused, Source, is_url, location, with_slash

_FILES = ("metadata.csv", "metadata.jsonl", "metadata.parquet")
_COLUMN = "file_name"
_DEEP = 5  # levels of folders below the root that are looked into for a metadata file
_MOST_FOLDERS = 1_000  # that are looked into below the second level


@dataclass(eq=False)
class ImageFolder(Source):
    """Image files below a folder; the rows of its metadata files say more about them.

    A metadata file's column `file_name` names files relative to where it lies; it may be in the
    folder itself or in one below it, such as ``train/``. Where several rows name one image, what
    they say differently becomes a list. Images that no row names are taken as well: they are what
    there is to label.

    Attributes:
        root: the folder.
        skipped: how many files the last walk passed over because no image is named so.
    """

    root: str
    skipped: int = field(default=0, init=False)
    ids_are_paths: ClassVar[bool] = True
    annotated: ClassVar[bool] = True

    def __post_init__(self) -> None:
        self.root = os.fspath(self.root)
        self._folder = Path(location(self.root))
        if is_url(self.root) or not self._folder.is_dir():
            raise NotFoundError(f"the folder '{self.root}' does not exist; check its spelling")

    @classmethod
    def recognises(cls, what: str) -> int:
        """2 for a folder with a metadata file in it, or in a folder below."""
        path = Path(location(what))
        return 2 * int(not is_url(what) and path.is_dir() and bool(_metadata_files(path)))

    @property
    def base(self) -> str:
        """The folder, with a slash."""
        return with_slash(self._folder)

    def items(self) -> Iterator[Item | Refused]:
        """Every image file, with what its row says.

        Raises:
            BadInputError: a metadata file has no column `file_name`.
        """
        self.skipped = 0
        rows, bad = self._rows()
        forms = {normalize("NFC", name): name for name in rows if not name.isascii()}
        yield from bad
        for name, entry in walk(str(self._folder), self.tally):
            if isinstance(entry, Refused):
                yield entry
            elif not named_as_image(name):
                self.skipped += 1
            else:
                key = name
                if name not in rows and not name.isascii():
                    other = forms.get(normalize("NFC", name), name)
                    key = name if (self._folder / other).exists() else other
                columns = json.loads(rows.pop(key, "{}"))
                metadata = {"folder": name.rpartition("/")[0], **columns}
                if (item := walked(name, entry, metadata)) is not None:
                    yield item
        for name in rows:
            if not (self._folder / name).exists():
                yield Refused(name, "missing: a metadata file names it and it is not there")

    def _rows(self) -> tuple[dict[str, str], list[Refused]]:
        """What the metadata files say of each file, as JSON to keep it small; and bad rows."""
        paths: dict[str, str] = {}
        bad: list[Refused] = []
        for path in _metadata_files(self._folder):
            inside = path.parent.relative_to(self._folder).as_posix()
            top = "" if inside == "." else f"{inside}/"
            if _COLUMN not in _columns(path, read_all=not top):
                if top:
                    self.tally.omit(f"metadata files without a column '{_COLUMN}'", str(path))
                    continue
                raise BadInputError(
                    f"{path} has no column '{_COLUMN}', which names the files; rename yours, index "
                    "the table itself, or index the images without it: --source folder"
                )
            for number, row in _rows.rows_of(path):
                where = row if isinstance(row, str) else row.get(_COLUMN)
                if isinstance(row, str) or not isinstance(where, str):
                    why = row if isinstance(row, str) else f"it has nothing in '{_COLUMN}'"
                    bad.append(Refused(f"{top}{path.name} (row {number})", why))
                    continue
                cells = {key: cell for key, cell in row.items() if key != _COLUMN}
                if "\\" in where and not (path.parent / where).exists():
                    where = where.replace("\\", "/")
                name = os.path.normpath(top + where)
                before = json.loads(paths.get(name, "{}"))
                paths[name] = json.dumps(_merged(before, _rows.plain(cells)))
        return paths, bad


def _merged(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """What two rows say of one image; where they differ, all that was said, as a list.

    Example:
        >>> _merged({"text": "a dog", "n": 1}, {"text": "a pet", "n": 1})
        {'text': ['a dog', 'a pet'], 'n': 1}
    """
    merged = dict(first)
    for key, value in second.items():
        before = merged.setdefault(key, value)
        if before != value:
            values = before if isinstance(before, list) else [before]
            merged[key] = values if value in values else [*values, value]
    return merged


def _columns(path: Path, read_all: bool) -> list[str]:
    """Columns of a metadata file; one in a part of the folder that cannot be read has none."""
    try:
        return _rows.columns_of(path)
    except LikewiseError:
        if read_all:
            raise
        return []


def _metadata_files(folder: Path) -> list[Path]:
    """Metadata files of a folder and of those in it, from the top."""
    found: list[Path] = []
    ahead = deque([(folder, 0)])
    deep = 0
    while ahead:
        current, depth = ahead.popleft()
        deep += depth > 2
        if deep > _MOST_FOLDERS:
            break
        with suppress(PermissionError):
            found += [current / name for name in _FILES if (current / name).is_file()][:1]
        if depth < _DEEP:
            ahead.extend((current / name, depth + 1) for name in _folders_in(current))
    return found


def _folders_in(folder: Path) -> list[str]:
    """Names of the folders in one; what cannot be looked at is for the walk over the images."""
    found = []
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):  # a link that leads to itself
                if entry.is_dir() and not entry.name.startswith("."):
                    found.append(entry.name)
    return sorted(found)
