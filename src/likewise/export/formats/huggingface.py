"""A dataset folder as Hugging Face's `datasets` loads it, and as its hub shows it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from likewise.core.file_names import PROVENANCE, FileNames, file_name
from likewise.errors import BadInputError
from likewise.export.base import Dataset, Row
from likewise.export.formats._columns import Columns
from likewise.export.formats._images import Images, Link, image_bytes, write_complete

_NOT_SHARED = ("path",)  # where an image lay on the machine that it came from
_TAKEN = ("image", "file_name")
_SPLITS = {"val": "validation", "valid": "validation"}  # as the hub calls them
_DTYPES = {"string": "string", "float": "float32", "double": "float64", "int32": "int32",
           "int64": "int64", "bool": "bool"}  # fmt: skip


@dataclass(frozen=True)
class Huggingface:
    """A Hugging Face dataset: ``SPLIT/`` with images and ``metadata.jsonl``, and a README.md.

    Attributes:
        embed: write ``data/SPLIT-00000-of-00001.parquet`` with the images' bytes in it instead,
            as the hub's own datasets are.
        images_per_shard: how many images such a Parquet file holds.
        link: "copy" the files, or make a "symlink" or "hardlink" to each.
    """

    embed: bool = False
    images_per_shard: int = 1000
    link: Link = "copy"

    def write(self, dataset: Dataset, folder: Path) -> None:
        """Write the dataset; see `likewise.export.base.Exporter`."""
        if self.images_per_shard < 1:
            raise BadInputError(f"a file of {self.images_per_shard} images is none; give 1 or more")
        columns, images = Columns(dataset, without=_NOT_SHARED), Images(self.link)
        for split, rows in dataset.by_split():
            name = _split_name(split)
            if self.embed:
                shards = self._shards(dataset, split)
                _write_shards(rows, columns, dataset, folder / "data", name, shards)
            else:
                _write_folder(rows, columns, images, folder / name)
        (folder / "README.md").write_text(_card(dataset, self.embed), encoding="utf-8")

    def _shards(self, dataset: Dataset, split: str) -> list[int]:
        """How many images each file of a part holds."""
        count = sum(1 for _ in dataset.of_split(split))
        return [
            min(self.images_per_shard, count - first)
            for first in range(0, count, self.images_per_shard)
        ]


def _write_folder(rows: Iterable[Row], columns: Columns, images: Images, home: Path) -> None:
    home.mkdir(exist_ok=True)
    with (home / "metadata.jsonl").open("w", encoding="utf-8") as file:
        for row in rows:
            line = {"file_name": images.put(row, home), **_renamed(columns.cells(row))}
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _write_shards(
    rows: Iterator[Row],
    columns: Columns,
    dataset: Dataset,
    home: Path,
    split: str,
    shards: list[int],
) -> None:
    home.mkdir(exist_ok=True)
    names = FileNames()
    schema = _schema(dataset, columns)
    for shard, count in enumerate(shards):
        block = list(islice(rows, count))
        target = home / f"{split}-{shard:05d}-of-{len(shards):05d}.parquet"
        if not target.exists():  # one that an interrupted run left is whole
            write_complete(target, partial(_write_shard, block, columns, schema, dataset, names))


def _write_shard(
    rows: list[Row],
    columns: Columns,
    schema: pa.Schema,
    dataset: Dataset,
    names: FileNames,
    part: Path,
) -> None:
    numbers = {label: number for number, label in enumerate(dataset.classes)}
    lines = [
        {
            "image": {"bytes": image_bytes(row)[0], "path": names(row.id)},
            **_renamed(columns.cells(row)),
            "label": numbers[row.label],
        }
        for row in rows
    ]
    pq.write_table(pa.Table.from_pylist(lines, schema=schema), part, row_group_size=100)


def _schema(dataset: Dataset, columns: Columns) -> pa.Schema:
    """The columns with the image and the class, and what `datasets` knows them by."""
    image = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    fields = [pa.field("image", image)]
    for field in columns.schema:
        kind = pa.int64() if field.name == "label" else field.type
        fields.append(pa.field(_renamed_column(field.name), kind))
    features = {"image": {"_type": "Image"}} | {
        _renamed_column(field.name): _feature(field) for field in columns.schema
    }
    features["label"] = {"names": list(dataset.classes), "_type": "ClassLabel"}
    about = {"info": {"features": features}}
    return pa.schema(fields, {"huggingface": json.dumps(about, ensure_ascii=False)})


def _feature(field: pa.Field) -> dict[str, Any]:
    if pa.types.is_fixed_size_list(field.type):
        element = {"dtype": "float64", "_type": "Value"}
        return {"feature": element, "length": field.type.list_size, "_type": "List"}
    return {"dtype": _DTYPES[str(field.type)], "_type": "Value"}


def _renamed(cells: Mapping[str, Any]) -> dict[str, Any]:
    return {_renamed_column(name): value for name, value in cells.items()}


def _renamed_column(name: str) -> str:
    return f"metadata_{name}" if name in _TAKEN else name


def _split_name(split: str) -> str:
    return file_name(_SPLITS.get(split, split)) if split else "train"


def _card(dataset: Dataset, embed: bool) -> str:
    """The dataset's card: for people, and above it in YAML for `datasets`."""
    splits = [_split_name(split) for split in dataset.splits or ("",)]
    where = "data/{}-*" if embed else "{}/**"
    files = [{"split": name, "path": where.format(name)} for name in splits]
    config = {"config_name": "default", "data_files": files}
    labels = "".join(f"* {label}\n" for label in dataset.classes)
    return (
        f"---\nconfigs: [{json.dumps(config, ensure_ascii=False)}]\n---\n\n# {dataset.stem}\n\n"
        f"Made with likewise; `{PROVENANCE}` says how. Labels:\n\n{labels}"
    )
