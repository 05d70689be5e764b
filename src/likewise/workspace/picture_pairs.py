"""Pairs side by side in one picture: what goes, framed red, and what it goes for, framed green."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image

from likewise.workspace import Workspace
from likewise.workspace.contact_sheet import grid, thumbnails_of

_GOES, _STAYS = (200, 40, 40), (30, 140, 60)
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
