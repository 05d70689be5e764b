"""WebDataset: tar shards that training streams in order."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from likewise.core.file_names import file_name
from likewise.errors import BadInputError
from likewise.export.base import Dataset, Row
from likewise.export.formats._images import image_bytes, write_complete


@dataclass(frozen=True)
class Webdataset:
    """WebDataset shards ``SPLIT-000000.tar``, each image with its class number and a JSON.

    Attributes:
        images_per_shard: how many images a tar holds.
    """

    images_per_shard: int = 1000

    def write(self, dataset: Dataset, folder: Path) -> None:
        """Write the dataset; see `likewise.export.base.Exporter`."""
        if self.images_per_shard < 1:
            raise BadInputError(
                f"a shard of {self.images_per_shard} images is none; give 1 or more"
            )
        classes = {label: number for number, label in enumerate(dataset.classes)}
        number = 0
        for split, rows in dataset.by_split():
            shard = 0
            while block := list(islice(rows, self.images_per_shard)):
                stem = file_name(split) if split else dataset.stem
                target = folder / f"{stem}-{shard:06d}.tar"
                if not target.exists():  # one that an interrupted run left is whole
                    _write_shard(target, block, number, classes)
                number += len(block)
                shard += 1
        (folder / "classes.json").write_text(
            json.dumps(list(dataset.classes), ensure_ascii=False) + "\n", encoding="utf-8"
        )


def _write_shard(target: Path, rows: Iterable[Row], first: int, classes: dict[str, int]) -> None:
    def write(part: Path) -> None:
        with tarfile.open(part, "w", format=tarfile.GNU_FORMAT) as tar:
            for number, row in enumerate(rows, first):
                data, suffix = image_bytes(row)
                facts = {key: value for key, value in row.to_json().items() if key != "path"}
                text = json.dumps(facts, ensure_ascii=False, default=str)
                key = f"{number:09d}"
                _add(tar, f"{key}.{suffix}", data)
                _add(tar, f"{key}.cls", str(classes[row.label]).encode())
                _add(tar, f"{key}.json", text.encode())

    write_complete(target, write)


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    """A member without owner or time, so that the same images give the same tar."""
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    tar.addfile(entry, io.BytesIO(data))
