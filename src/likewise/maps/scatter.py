"""A basket as a picture: its images where their two main directions of difference put them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont, ImageOps

from likewise.concepts.evidence import evidence_for
from likewise.core.vectors import Vectors
from likewise.errors import BadInputError, command_line
from likewise.images.decode import read_image
from likewise.workspace import Workspace
from likewise.workspace.contact_sheet import thumbnails_of

_YES, _NO, _PAPER, _INK = (38, 145, 85), (205, 60, 50), (250, 250, 248), (60, 60, 60)
_MARGIN, _FRAME, _TITLE = 16, 4, 30


def basket_picture(
    workspace: Workspace, concept: str, size: int = 1000, tile: int = 80
) -> Image.Image:
    """Thumbnails of a basket over its first two principal components.

    Examples are framed in green, counter-examples in red; what is alike lies together.

    Raises:
        NotFoundError: no such concept, or an example is gone.
        BadInputError: the basket is empty.
    """
    evidence = evidence_for(workspace, workspace.concepts.get(concept))
    ids = (*evidence.positives.ids, *evidence.negatives.ids)
    if not ids:
        raise BadInputError(
            f"the basket of '{concept}' is empty; add an image with: "
            f"{command_line('concept', 'add', concept, '--like', 'IMAGE')}"
        )
    rows = evidence.space.apply(np.concatenate([evidence.positives.rows, evidence.negatives.rows]))
    colours = [_YES] * len(evidence.positives) + [_NO] * len(evidence.negatives)
    title = f"{concept}: {len(evidence.positives)} examples (green)"
    if len(evidence.negatives):
        title += f", {len(evidence.negatives)} counter-examples (red)"
    tiles = _tiles(workspace, ids, tile)
    return scatter(tiles, principal_components(rows), colours, title, size=size, tile=tile)


def principal_components(rows: Vectors) -> NDArray[np.float64]:
    """The first two principal components of rows, (n, 2); what does not vary is 0.

    The sign of each is such that the largest coordinate is positive, so that the same rows give
    the same picture.

    Example:
        >>> principal_components(np.float32([[0, 0], [1, 0], [5, 0]])).round(3).tolist()
        [[-2.0, 0.0], [-1.0, 0.0], [3.0, 0.0]]
    """
    centred = rows.astype(np.float64) - rows.mean(axis=0)
    left, lengths, _ = np.linalg.svd(centred, full_matrices=False)
    coordinates = np.zeros((len(rows), 2))
    count = min(2, len(lengths))
    coordinates[:, :count] = left[:, :count] * lengths[:count]
    coordinates[np.abs(coordinates) < 1e-6] = 0.0
    largest = coordinates[np.abs(coordinates).argmax(axis=0), [0, 1]]
    return np.asarray(coordinates * np.where(largest < 0, -1.0, 1.0) + 0.0)


def scatter(
    tiles: Sequence[Image.Image],
    coordinates: NDArray[np.float64],
    colours: Sequence[tuple[int, int, int]],
    title: str = "",
    *,
    size: int = 1000,
    tile: int = 80,
) -> Image.Image:
    """Lay tiles out at their places, framed; the later ones are drawn first.

    Args:
        tiles: pictures, as many as places.
        coordinates: (n, 2), x to the right and y upwards, on one scale.
        colours: of the frames.
        title: above it all.
        size: of the picture in pixels; it is square below the title.
        tile: the longest side of a tile in pixels.
    """
    sheet = Image.new("RGB", (size, size + _TITLE), _PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((_MARGIN, 8), title, fill=_INK, font=ImageFont.load_default(16))
    room = size - 2 * _MARGIN - tile - 2 * _FRAME
    low, high = coordinates.min(axis=0), coordinates.max(axis=0)
    scale = room / max(float((high - low).max()), 1e-9)
    spare = (room - (high - low) * scale) / 2  # the flatter direction stands in the middle
    for row in reversed(range(len(tiles))):
        x, up = (coordinates[row] - low) * scale + spare
        small = ImageOps.contain(tiles[row].convert("RGB"), (tile, tile))
        framed = ImageOps.expand(small, _FRAME, colours[row])
        left = _MARGIN + x + (tile + 2 * _FRAME - framed.width) / 2
        top = _TITLE + _MARGIN + room - up + (tile + 2 * _FRAME - framed.height) / 2
        sheet.paste(framed, (round(left), round(top)))
    return sheet


def _tiles(workspace: Workspace, ids: Sequence[str], tile: int) -> list[Image.Image]:
    """Thumbnails of items, and of examples that came from outside."""
    existing = workspace.collection.known(ids)
    inside = [item for item in ids if item in existing]
    tiles = dict(zip(inside, thumbnails_of(workspace, inside), strict=True))
    for item, path in workspace.exemplars.paths([i for i in ids if i not in existing]).items():
        tiles[item] = read_image(path, tile).image
    return [tiles[item] for item in ids]
