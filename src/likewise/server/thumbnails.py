"""Thumbnails over HTTP: from the pack as they are, kept by the browser for good."""

from __future__ import annotations

import io
from functools import cache

from PIL import Image, ImageDraw
from starlette.responses import Response

from likewise.images.thumbnails import LONGEST, ThumbnailPack
from likewise.search.collection import Collection

_FOR_GOOD = "private, max-age=31536000, immutable"
_CHECK_AGAIN = "private, no-cache"


class Thumbnails:
    """Answers with the thumbnails of a collection's items.

    The address of a thumbnail names the version of the collection: an address whose version is
    current means the same bytes for ever, so the browser never asks for it again. One without a
    version, or with another, is checked by its ETag, which is the image's digest.

    Args:
        pack: the thumbnails.
        collection: whose items they are of.
    """

    def __init__(self, pack: ThumbnailPack, collection: Collection) -> None:
        self._pack = pack
        self._collection = collection

    def answer(self, item: str, version: int | None, if_none_match: str | None) -> Response:
        """The thumbnail of an item; a drawing of a broken picture where there is none.

        Args:
            item: its id.
            version: of the collection, as the address names it.
            if_none_match: the header of that name.

        Raises:
            NotFoundError: there is no such item.
        """
        current = self._collection.version
        digest = self._collection.digests([item])[0]
        jpeg = self._pack.get(digest)
        if jpeg is None:
            self._pack.refresh()  # indexed since the pack was opened
            jpeg = self._pack.get(digest)
        if jpeg is None:
            return Response(
                broken_picture(), media_type="image/jpeg", headers={"cache-control": "no-store"}
            )
        headers = {
            "cache-control": _FOR_GOOD if version == current else _CHECK_AGAIN,
            "etag": f'"{digest[:32]}"',
        }
        if _names(if_none_match, headers["etag"]):
            return Response(status_code=304, headers=headers)
        return Response(jpeg, media_type="image/jpeg", headers=headers)


@cache
def broken_picture() -> bytes:
    """A JPEG that says "no picture" without words: a grey square with a torn frame."""
    image = Image.new("RGB", (LONGEST, LONGEST), (122, 126, 135))
    draw = ImageDraw.Draw(image)
    low, high, middle = LONGEST // 4, 3 * LONGEST // 4, LONGEST // 2
    draw.rectangle((low, low, high, high), outline=(214, 217, 224), width=6)
    tear = [(middle, low), (middle - 14, middle - 24), (middle + 14, middle + 10), (middle, high)]
    draw.line(tear, fill=(122, 126, 135), width=22)
    draw.line([(x - 14, y) for x, y in tear], fill=(214, 217, 224), width=6)
    draw.line([(x + 14, y) for x, y in tear], fill=(214, 217, 224), width=6)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


def _names(if_none_match: str | None, etag: str) -> bool:
    tags = [tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")]
    return etag in tags or "*" in tags
