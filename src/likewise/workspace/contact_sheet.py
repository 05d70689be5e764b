"""A page of results as one picture, or pairs of what goes and what stays."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

from PIL import Image, ImageDraw

from likewise.core.box import Box
from likewise.core.ranking import Ranking
from likewise.workspace import Workspace

_TILE = 120
_GAP = 8
_CAPTION = 16
_PAPER, _INK = (250, 250, 248), (60, 60, 60)
_FRAME, _SHADE = (255, 214, 10), (20, 20, 20)  # seen on light and on dark


def contact_sheet(workspace: Workspace, ranking: Ranking, columns: int = 10) -> Image.Image:
    """Thumbnails in reading order, the best first, each with its score below.

    Where a score is of a part of the image, that part has a frame.

    Args:
        workspace: where the thumbnails are.
        ranking: what was found.
        columns: how many stand side by side.
    """
    tiles = thumbnails_of(workspace, ranking.ids, ranking.boxes)
    return grid(tiles, [f"{score:.3f}" for score in ranking.scores.tolist()], columns=columns)


def numbered_sheet(
    workspace: Workspace,
    ids: Sequence[str],
    scores: Sequence[float],
    boxes: Sequence[Box | None] | None = None,
    columns: int = 10,
    tile: int = _TILE,
) -> Image.Image:
    """Thumbnails of a page in reading order, each with its number and score below."""
    captions = [f"{number}: {score:.2f}" for number, score in enumerate(scores, 1)]
    return grid(thumbnails_of(workspace, ids, boxes), captions, columns=columns, tile=tile)


def thumbnails_of(
    workspace: Workspace, ids: Sequence[str], boxes: Sequence[Box | None] | None = None
) -> list[Image.Image]:
    """Thumbnails of items, grey where one is missing.

    Args:
        workspace: where the thumbnails are.
        ids: of the items.
        boxes: the part of each that gets a frame, None for no part.
    """
    digests = workspace.collection.digests(ids)
    with workspace.thumbnails() as thumbnails:
        tiles = [_opened(thumbnails.get(digest)) for digest in digests]
    if boxes is None:
        return tiles
    sizes = workspace.collection.facts(ids, ["width", "height"])
    return [
        tile if box is None else _framed(tile, box, **size)
        for tile, box, size in zip(tiles, boxes, sizes, strict=True)
    ]


def _framed(tile: Image.Image, box: Box, width: int, height: int) -> Image.Image:
    """A tile with a frame around a part of the picture that it was made of."""
    tile = tile.convert("RGB")
    wide, high = tile.width / width, tile.height / height
    left, top = round(box.x * wide), round(box.y * high)
    right, bottom = round((box.x + box.width) * wide) - 1, round((box.y + box.height) * high) - 1
    draw = ImageDraw.Draw(tile)
    draw.rectangle((left, top, right, bottom), outline=_SHADE, width=6)
    draw.rectangle((left + 1, top + 1, right - 1, bottom - 1), outline=_FRAME, width=4)
    return tile


def grid(
    tiles: Sequence[Image.Image],
    captions: Sequence[str],
    colours: Sequence[tuple[int, int, int] | None] = (),
    columns: int = 10,
    tile: int = _TILE,
) -> Image.Image:
    """Lay images out in rows, with a caption under each and a frame of a colour, if any."""
    rows = -(-len(tiles) // columns)
    wide, high = tile + _GAP, tile + _GAP + (_CAPTION if any(captions) else 0)
    width = max(1, min(columns, len(tiles))) * wide + _GAP
    sheet = Image.new("RGB", (width, max(1, rows) * high + _GAP), _PAPER)
    draw = ImageDraw.Draw(sheet)
    for index, (image, caption) in enumerate(zip(tiles, captions, strict=True)):
        row, column = divmod(index, columns)
        left, top = _GAP + column * wide, _GAP + row * high
        small = image.convert("RGB")
        small.thumbnail((tile, tile))
        if max(small.size) < tile:  # tiny images are enlarged without blurring their pixels
            scale = tile / max(small.size)
            size = (round(small.width * scale), round(small.height * scale))
            small = small.resize(size, Image.Resampling.NEAREST)
        corner = (left + (tile - small.width) // 2, top + (tile - small.height) // 2)
        sheet.paste(small, corner)
        colour = colours[index] if index < len(colours) else None
        if colour is not None:
            frame = (left - 2, top - 2, left + tile + 1, top + tile + 1)
            draw.rectangle(frame, outline=colour, width=3)
        draw.text((left + 2, top + tile + 2), caption, fill=_INK)
    return sheet


def titled_rows(rows: Sequence[tuple[str, Image.Image]]) -> Image.Image:
    """Pictures one below the other, each under its title."""
    width = max(picture.width for _, picture in rows)
    height = sum(picture.height + _CAPTION for _, picture in rows)
    sheet = Image.new("RGB", (width, height + _GAP), _PAPER)
    draw = ImageDraw.Draw(sheet)
    top = 0
    for title, picture in rows:
        draw.text((_GAP, top + 4), title, fill=_INK)
        sheet.paste(picture, (0, top + _CAPTION))
        top += picture.height + _CAPTION
    return sheet


def _opened(jpeg: bytes | None) -> Image.Image:
    if jpeg is None:
        return Image.new("RGB", (_TILE, _TILE), (225, 225, 222))
    return Image.open(io.BytesIO(jpeg))


_GOES, _STAYS = (200, 40, 40), (30, 140, 60)
_FRAMES = {"yes": _STAYS, "no": _GOES}
_PAIRS_A_ROW = 4


def pairs_picture(workspace: Workspace, pairs: Sequence[tuple[str, str]]) -> Image.Image:
    """Thumbnails of pairs in reading order, four pairs a row; captions are "goes" and "stays".

    Args:
        workspace: where the thumbnails are.
        pairs: ids of what goes and of what stays for it; the second is "" where there is none.
    """
    ids = [item for pair in pairs for item in pair if item]
    drawn = iter(thumbnails_of(workspace, ids))
    empty = Image.new("RGB", (1, 1), (250, 250, 248))
    tiles, captions = [], []
    colours: list[tuple[int, int, int] | None] = []
    for number, (_, stays) in enumerate(pairs, 1):
        tiles += [next(drawn), next(drawn) if stays else empty]
        captions += [f"{number} goes", "stays" if stays else ""]
        colours += [_GOES, _STAYS if stays else None]
    return grid(tiles, captions, colours, columns=2 * _PAIRS_A_ROW)


def verdict_sheet(workspace: Workspace, verdicts: Mapping[str, str]) -> Image.Image:
    """Thumbnails with a verdict each: yes framed green, no framed red, unsure without a frame."""
    captions = [f"{number}: {verdict}" for number, verdict in enumerate(verdicts.values(), 1)]
    colours = [_FRAMES.get(verdict) for verdict in verdicts.values()]
    return grid(thumbnails_of(workspace, list(verdicts)), captions, colours)
