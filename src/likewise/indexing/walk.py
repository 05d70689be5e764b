"""One walk over a source, of which the beginning may be looked at before the rest."""

from __future__ import annotations

from collections.abc import Iterator

from likewise.errors import BadInputError
from likewise.sources.base import Item, Refused, Source, counted_items


class Walk:
    """The entries of a source, each yielded once, however often its first image was looked for.

    Attributes:
        source: the source. Its tally is that of this walk.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self._entries = counted_items(source)
        self._looked_at: list[Item | Refused] = []

    def __iter__(self) -> Iterator[Item | Refused]:
        yield from self._looked_at
        self._looked_at = []
        yield from self._entries

    def need_an_image(self) -> None:
        """Refuse a source without images, before anything is made for it.

        Raises:
            BadInputError: there is none; the message says what the source holds instead.
        """
        while not (self._looked_at and isinstance(self._looked_at[-1], Item)):
            entry = next(self._entries, None)
            if entry is None:
                raise self._without_images()
            self._looked_at.append(entry)

    def _without_images(self) -> BadInputError:
        root, skipped = self.source.root, self.source.skipped
        refused = next((x for x in self._looked_at if isinstance(x, Refused)), None)
        if refused is not None:
            return BadInputError(
                f"no image of {root} can be read; the first, '{refused.id}': {refused.reason}"
            )
        if skipped:
            return BadInputError(
                f"{root} holds {skipped} file(s) and none is an image by its name; "
                "JPEG, PNG, WebP, GIF, BMP, TIFF, HEIC and AVIF are read"
            )
        omitted = self.source.tally.summary().omitted
        what = f"holds no image; left out: {omitted[0]}" if omitted else "is empty"
        return BadInputError(f"{root} {what}; give something with images in it")
