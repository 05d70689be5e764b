"""A Hugging Face dataset on the disk: as `save_to_disk` writes it, or Parquet as on the hub."""

from __future__ import annotations

import json
import os
import re
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from likewise.core.regular_files import open_regular, read_text
from likewise.errors import BadInputError, CorruptError, NotFoundError
from likewise.images.decode import BadImageError, Limits, read_bytes
from likewise.sources import _rows
from likewise.sources._allowed_folders import allowed_folders, outside
from likewise.sources._dataset_files import File, damaged, opened
from likewise.sources._files import named_as_image
from likewise.sources.base import UNKNOWN, Item, Refused, Source, is_url, location, with_slash

_STATE, _SPLITS = "state.json", "dataset_dict.json"
_DEEP = 3  # levels of folders that are looked into for Parquet
_KEPT, _OPEN = 2, 8  # blocks of images in memory, and files


@dataclass(eq=False)
class Huggingface(Source):
    """Images of a Hugging Face dataset, read from its files where they are.

    A folder that ``dataset.save_to_disk`` made, with one split or several, or a folder (or file)
    of Parquet with the images in it, as the hub has them. Ids are the split and the number of the
    row in it, such as ``train/17``. All other columns become metadata, class numbers by name.
    The package `datasets` is not needed.

    Attributes:
        root: the folder, or a Parquet file.
        image_column: the column of images; the first there is unless given.
        key_column: the column of ids; split and number unless given.
        allow_folders: folders besides its own whose images it may name, with `os.pathsep` between.
        skipped: 0.
    """

    root: str
    image_column: str = ""
    key_column: str = ""
    allow_folders: str = ""
    skipped: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.root = os.fspath(self.root)
        self._where = Path(location(self.root))
        if is_url(self.root) or not self._where.exists():
            raise NotFoundError(f"the dataset '{self.root}' does not exist; check its spelling")
        self._opened: OrderedDict[str, File] = OrderedDict()
        self._blocks: OrderedDict[tuple[str, int, int], pa.Array] = OrderedDict()
        self._lock = threading.Lock()

    @classmethod
    def recognises(cls, what: str) -> int:
        """2 for a folder that was saved, and for Parquet with a column of images."""
        path = Path(location(what))
        if is_url(what) or not path.exists():
            return 0
        if path.is_dir():
            if (path / _SPLITS).is_file() or (path / _STATE).is_file():
                return 2
            first = next(iter(_parquet_files(path)), None)
            return 2 * int(first is not None and _has_images(first))
        return 2 * int(path.suffix.lower() in (".parquet", ".pq") and _has_images(path))

    @property
    def base(self) -> str:
        """The dataset's folder, with a slash."""
        folder = self._where if self._where.is_dir() else self._where.parent
        return with_slash(folder)

    @property
    def name(self) -> str:
        """The folder's name, or the file's without its ending."""
        return self._where.name if self._where.is_dir() else self._where.stem

    def items(self) -> Iterator[Item | Refused]:
        """An item for each row, split by split.

        Raises:
            BadInputError: there is no column of images.
            CorruptError: a file cannot be read.
        """
        numbers: dict[str, int] = {}
        yielded: set[str] = set()
        for split, file in self._files():
            column = self._column(file)
            for row, cells in enumerate(_plain_rows(file, column)):
                number = numbers[split] = numbers.get(split, -1) + 1
                key = f"{split}/{number}" if split else str(number)
                if self.key_column:
                    key = str(cells.get(self.key_column, ""))
                    if not key or key in yielded:
                        why = "its key is given twice" if key else f"no '{self.key_column}'"
                        yield Refused(f"{key or split} (row {number})", why)
                        continue
                    yielded.add(key)
                uri, modified = f"{file.path}#{row}", file.modified
                metadata = {**({"split": split} if split else {}), **_rows.plain(cells)}
                yield Item(key, uri, UNKNOWN, modified, metadata)

    def count(self) -> int:
        """How many rows there are."""
        return sum(file.rows for _, file in self._files())

    def read(self, item: Item, limits: Limits) -> bytes:
        """The bytes of a row's image; see `Source.read`."""
        path, _, row = item.uri.rpartition("#")
        try:
            if Path(path).stat().st_mtime_ns != item.modified:
                raise BadImageError(f"changed: {Path(path).name} is not what was indexed")
            found = self._image(path, int(row), item.modified)
        except FileNotFoundError:
            raise BadImageError("missing: the dataset's file is gone") from None
        except (BadInputError, CorruptError, pa.ArrowException, OSError, IndexError) as error:
            if isinstance(error, BadImageError):
                raise
            raise BadImageError(f"cannot be read ({str(error).splitlines()[0]})") from error
        data = found.get("bytes") if isinstance(found, Mapping) else found
        if data is None and isinstance(found, Mapping) and found.get("path"):
            beside = os.path.normpath(Path(path).parent / str(found["path"]))
            why = outside(beside, allowed_folders([self.base], self.allow_folders))
            if why is not None:
                raise BadImageError(why)
            return read_bytes(beside, limits)
        if not data:
            raise BadImageError("empty: the row has no image")
        limits.check_bytes(len(data))
        return bytes(data)

    def path(self, item: Item) -> Path | None:
        """No file of its own."""
        return None

    def _files(self) -> Iterator[tuple[str, File]]:
        """Each file of the dataset in order, with the name of its split."""
        if self._where.is_file():
            yield "", opened(self._where)
        elif (self._where / _SPLITS).is_file():
            for split in _features_in(self._where / _SPLITS).get("splits", []):
                for path in _saved_files(self._where / str(split)):
                    yield str(split), opened(path)
        elif (self._where / _STATE).is_file():
            for path in _saved_files(self._where):
                yield "", opened(path)
        else:
            for split, path in self._of_the_hub():
                yield split, opened(path)

    def _of_the_hub(self) -> list[tuple[str, Path]]:
        """Parquet files with the split of each.

        Raises:
            BadInputError: they are of several configurations.
        """
        found = [
            (path, *_placed(path.relative_to(self._where))) for path in _parquet_files(self._where)
        ]
        configs = sorted({config for _, config, _ in found})
        if len(configs) > 1 and configs[0]:
            raise BadInputError(
                f"{self.root} holds {len(configs)} configurations of a dataset "
                f"({', '.join(configs)}); index one of them, such as {self._where / configs[0]}"
            )
        for path, config, _ in found:
            if config != configs[0]:
                self.tally.omit("Parquet files of folders below", str(path))
        return [(split, path) for path, config, split in found if config == configs[0]]

    def _column(self, file: File) -> str:
        images = [field.name for field in file.schema if _is_image(field.type)]
        column = self.image_column or (images[0] if images else "")
        if column not in file.schema.names or (
            self.key_column and self.key_column not in file.schema.names
        ):
            missing = column if column and column not in file.schema.names else self.key_column
            raise BadInputError(
                f"{file.path} has no column '{missing or 'image'}'; its columns: "
                f"{', '.join(file.schema.names)}"
            )
        return column

    def _image(self, path: str, row: int, modified: int) -> Any:
        with self._lock:
            file = self._opened.get(path)
            if file is None or file.modified != modified:
                file = self._opened[path] = opened(Path(path))
                while len(self._opened) > _OPEN:
                    self._opened.popitem(last=False)
            column = self._column(file)
            block, offset = file.locate(row)
            key = (path, block, modified)
            if key not in self._blocks:
                self._blocks[key] = file.column(block, column)
                while len(self._blocks) > _KEPT:
                    self._blocks.popitem(last=False)
            self._blocks.move_to_end(key)
            cells = self._blocks[key]
        return cells[offset].as_py()


def _plain_rows(file: File, column: str) -> Iterator[dict[str, Any]]:
    """The cells of each row without its image; class numbers by the names of the classes."""
    classes = _class_names(file.schema)
    done = 0
    try:
        for batch in file.without(column):
            rows = batch.to_pylist() if batch.num_columns else [{}] * batch.num_rows
            done += len(rows)
            for row in rows:
                yield {key: _named(classes.get(key), value) for key, value in row.items()}
    except (pa.ArrowException, OSError) as error:
        raise damaged(file.path, error) from error
    yield from ({} for _ in range(file.rows - done))  # Parquet of images and nothing else


def _named(names: list[str] | None, value: Any) -> Any:
    if names is None or not isinstance(value, int):
        return value
    return names[value] if 0 <= value < len(names) else None  # -1 stands for no label


def _class_names(schema: pa.Schema) -> dict[str, list[str]]:
    """Names of the classes by column, from what `datasets` writes into a schema."""
    schema_features = (schema.metadata or {}).get(b"huggingface")
    try:
        features = json.loads(schema_features)["info"]["features"] if schema_features else {}
        return {
            name: [str(entry) for entry in feature["names"]]
            for name, feature in features.items()
            if isinstance(feature, dict) and feature.get("_type") == "ClassLabel"
        }
    except (ValueError, KeyError, TypeError):
        return {}


def _is_image(kind: pa.DataType) -> bool:
    """Whether a column is one of images as `datasets` stores them: bytes and a path."""
    return bool(pa.types.is_struct(kind)) and {field.name for field in kind} == {"bytes", "path"}


def _has_images(path: Path) -> bool:
    try:
        open_regular(path).close()
        return any(_is_image(field.type) for field in pq.read_schema(path))
    except (pa.ArrowException, OSError):
        return False


def _parquet_files(folder: Path, depth: int = 0) -> list[Path]:
    """Parquet files of a folder and of those below it, but not of folders of images."""
    files: list[Path] = []
    folders: list[Path] = []
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".parquet"):
                files.append(Path(entry.path))
            elif named_as_image(entry.name):
                return sorted(files)
            elif not entry.name.startswith(".") and entry.is_dir():
                folders.append(Path(entry.path))
    if depth == _DEEP:
        folders = []
    below = (path for subfolder in sorted(folders) for path in _parquet_files(subfolder, depth + 1))
    return [*sorted(files), *below]


def _placed(path: Path) -> tuple[str, str]:
    """The configuration and the split of a file of the hub, by its path in the dataset.

    Example:
        >>> _placed(Path("data/train-00000-of-00002.parquet"))
        ('', 'train')
        >>> _placed(Path("en/test/0000.parquet"))
        ('en', 'test')
    """
    folders = [name for name in path.parts[:-1] if name != "data"]
    split = _split_of(path)
    if folders and re.fullmatch(r"(part|shard|data|chunk)?[-_.]?\d*", split):
        split = folders.pop()
    return "/".join(folders), split


def _split_of(path: Path) -> str:
    """The split that a file of the hub belongs to, by its name.

    Example:
        >>> _split_of(Path("data/train-00000-of-00002.parquet")), _split_of(Path("x.parquet"))
        ('train', 'x')
    """
    return re.sub(r"-\d+(-of-\d+)?(-[0-9a-f]{16})?$", "", path.stem)


def _saved_files(folder: Path) -> list[Path]:
    """Files of a folder that `save_to_disk` made.

    Raises:
        CorruptError: its description cannot be read, or a file that it names is not there.
    """
    names = [
        str(entry.get("filename")) for entry in _features_in(folder / _STATE).get("_data_files", [])
    ]
    files = [folder / Path(name).name for name in names]
    gone = next((path for path in files if not path.is_file()), None)
    if gone is not None:
        raise CorruptError(f"{folder} is not whole: {gone.name} is missing; save it again")
    return files


def _features_in(path: Path) -> dict[str, Any]:
    try:
        features = json.loads(read_text(path))
    except (OSError, ValueError, RecursionError) as error:
        raise CorruptError(f"{path} cannot be read ({error}); save the dataset again") from error
    if not isinstance(features, dict):
        raise CorruptError(f"{path} does not describe a dataset; save it again")
    return features
