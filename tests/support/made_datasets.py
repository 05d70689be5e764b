"""Datasets of real images on the disk, with the names and labels that file systems allow."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from likewise.core.box import Box
from likewise.core.vectors import Vectors, unit
from likewise.export.base import Dataset, Row
from likewise.sources.base import Item, Original
from likewise.sources.folder import Folder

ODD_NAMES = (
    "plain.png",
    "PLAIN.png",
    "a b/with space.png",
    "a_b/with__underscores.png",
    "-leading.png",
    "new\nline.png",
    "tab\tand 'quotes\" & <b>.png",
    "=cmd|' /C calc'!A0.png",
    "umlaut-ä-nfc.png",
    "umlaut-ä-nfd.png",
    "日本語/写真.png",
    "no_suffix",
    "two.dots.in.png",
    "x" * 251 + ".png",
)
"""Ids that a folder of photos may have; all are one dataset in `odd_rows`."""

LABELS = ("barn", "not-barn", "red house")


def draw(path: Path, number: int, size: tuple[int, int] = (32, 24)) -> Path:
    """A small picture, unlike every other number's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(number).integers(0, 255, (3, 4, 3), dtype=np.uint8)
    Image.fromarray(pixels).resize(size, Image.Resampling.NEAREST).save(path, format="PNG")
    return path


def odd_rows(root: Path, names: Sequence[str] = ODD_NAMES, splits: Sequence[str] = ()) -> list[Row]:
    """Rows of pictures under `root` with such names; labels, splits and metadata take turns."""
    root.mkdir(parents=True, exist_ok=True)
    rows, source = [], Folder(str(root))
    for number, name in enumerate(names):
        path = draw(root / name, number)
        rows.append(
            Row(
                id=name,
                path=str(path),
                label=LABELS[number % len(LABELS)],
                decided_by="rule" if number % 2 else "person",
                score=round(0.9 - number / 100, 6),
                probability=None if number % 5 == 0 else 0.5,
                width=32,
                height=24,
                digest=hashlib.sha256(path.read_bytes()).hexdigest(),
                original=Original(Item(name, str(path), path.stat().st_size, 0), source),
                split=splits[number % len(splits)] if splits else "",
                metadata={"site": f"site {number % 2}", "depth": number * 0.5},
            )
        )
    return rows


BOXES = (
    Box(0.0, 0.0, 64.0, 48.0),
    Box(-3.5, 10.0, 20.0, 20.0),
    Box(50.25, 40.5, 30.0, 30.0),
    Box(10.0, 10.0, 1.0, 1.0),
)
"""Parts of an image of 64 x 48 pixels: all of it, over two of its borders, and one pixel."""


def box_rows(root: Path, images: int = 2) -> list[Row]:
    """Rows of parts of images, and of a whole image whose parts are among them."""
    root.mkdir(parents=True, exist_ok=True)
    rows, source = [], Folder(str(root))
    for number in range(images):
        path = draw(root / f"street {number}.png", 100 + number, (64, 48))
        item = Item(path.name, str(path), path.stat().st_size, 0)
        for place, box in enumerate((None, *BOXES) if number == 0 else BOXES):
            rows.append(
                Row(
                    id=path.name if box is None else f"{path.name}#{place}",
                    path=str(path),
                    label=LABELS[place % len(LABELS)],
                    decided_by="rule" if place % 2 else "person",
                    score=round(0.9 - place / 10, 6),
                    probability=0.75,
                    width=64 if box is None else max(1, round(box[2])),
                    height=48 if box is None else max(1, round(box[3])),
                    digest=f"{number}{place}",
                    original=Original(item, source),
                    parent=None if box is None else path.name,
                    box=box,
                )
            )
    return rows


def odd_dataset(root: Path, splits: Sequence[str] = (), **others: Any) -> Dataset:
    """A dataset of `odd_rows`, with vectors."""
    return dataset_of(odd_rows(root, splits=splits), **others)


def dataset_of(rows: list[Row], name: str = "barn") -> Dataset:
    """A dataset of these rows, with a vector of 8 columns each."""

    def vectors(ids: Sequence[str]) -> Vectors:
        seeds = [int(hashlib.sha256(item.encode()).hexdigest()[:8], 16) for item in ids]
        made = [np.random.default_rng(seed).standard_normal(8) for seed in seeds]
        return unit(np.array(made, np.float32).reshape(-1, 8))

    about = {"concept": name, "format": "", "likewise": "0", "made_at": "2026-01-01T00:00:00Z"}
    return Dataset.of(rows, name, about=about, vectors=vectors)


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path in it."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
