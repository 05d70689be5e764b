"""A made-up workspace of any size for the web app: vectors, and small drawings to look at."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pyarrow as pa
from PIL import Image, ImageDraw
from search import blocks

from likewise.encoders.precomputed import Precomputed
from likewise.images.thumbnails import ThumbnailPack, make_thumbnail
from likewise.server.mean_colours import MeanColours
from likewise.workspace import Workspace

DIM = 512
_DRAWINGS = 400  # images share them, each under its own digest
_AT_ONCE = 20_000


def drawing(number: int) -> bytes:
    """A thumbnail like those of photos in size, unlike its neighbours in colour and shape."""
    ground = (40 + number * 37 % 180, 40 + number * 91 % 180, 40 + number * 53 % 180)
    image = Image.new("RGB", (240, 150 + number * 7 % 90), ground)
    draw = ImageDraw.Draw(image)
    for part in range(12):
        left, top = (number * 29 + part * 71) % 200, (number * 43 + part * 37) % 140
        size = 12 + (number * 13 + part * 17) % 60
        colour = tuple((number * (5 + 6 * c) + part * 61) % 256 for c in range(3))
        shape = (draw.ellipse, draw.rectangle)[(number + part) % 2]
        shape((left, top, left + size, top + size), fill=colour)
    return make_thumbnail(image)


def make_world(path: Path, items: int, spread: float = 1.0) -> Path:
    """Make the workspace, or take the one of this size that is there; says how far it is.

    Args:
        path: of the workspace.
        items: how many images.
        spread: length of the noise round each cluster's centre, whose own length is 1.
    """
    with Workspace.create(path, Precomputed(f"synthetic@{DIM}", path)) as place:
        if len(place.collection) == items:
            return path
        store = place.collection.store
        digests: list[str] = []
        for number, vectors in enumerate(blocks(items, DIM, spread)):
            ids = [f"{number:06d}/{row:04d}.jpg" for row in range(len(vectors))]
            new = [hashlib.sha256(item.encode()).hexdigest() for item in ids]
            folders = [f"{number:06d}"] * len(ids)
            rows = {"item_id": ids, "digest": new, "folder": folders}
            store.append(pa.table(rows), vectors)
            digests += new
            print(f"\r{len(digests):,} of {items:,} vectors", end="", file=sys.stderr)
        place.collection.refresh()
        place.collection.write_codes()
        _draw(place, digests)
    print(file=sys.stderr)
    return path


def _draw(place: Workspace, digests: list[str]) -> None:
    """A thumbnail of each image, and its mean colour, as `likewise serve` would compute it."""
    folder = place.path / "thumbnails"
    drawings = [drawing(number) for number in range(_DRAWINGS)]
    with ThumbnailPack(folder, write=True) as pack:
        for number, digest in enumerate(digests):
            pack.add(digest, drawings[number % _DRAWINGS])
    with ThumbnailPack(folder) as pack:
        colours = MeanColours(pack, folder / "colours.bin")
        for start in range(0, len(digests), _AT_ONCE):
            colours.compute(digests[start : start + _AT_ONCE])
            print(f"\r{start:,} of {len(digests):,} drawn", end="", file=sys.stderr)
