"""Pages of images that an agent was shown, so that it can name an image by its number."""

from __future__ import annotations

import io
import itertools
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from likewise.core.box import Box
from likewise.errors import NotFoundError
from likewise.workspace import Workspace
from likewise.workspace.contact_sheet import numbered_sheet

COLUMNS, TILE = 5, 160
"""Images in a row of a contact sheet, and their longest side in pixels."""

_QUALITY = 80
_MOST = 500


@dataclass(frozen=True)
class Page:
    """Images in the order in which they were shown.

    Attributes:
        workspace: path of the workspace.
        ids: numbered from 1.
        concept: what it was shown for; None for a search.
        shown: score and rule version of each, by id; empty for a search that keeps no rule.
    """

    workspace: Path
    ids: tuple[str, ...]
    concept: str | None = None
    shown: Mapping[str, tuple[float, int]] = field(default_factory=dict)


class Pages:
    """The newest pages of a server, by number."""

    def __init__(self) -> None:
        self._numbers, self._lock = itertools.count(1), threading.Lock()
        self._pages: OrderedDict[int, Page] = OrderedDict()

    def add(self, page: Page) -> int:
        """Keep a page; answers its number."""
        with self._lock:
            number = next(self._numbers)
            self._pages[number] = page
            if len(self._pages) > _MOST:
                self._pages.popitem(last=False)
        return number

    def get(self, number: int, workspace: Path) -> Page:
        """A page of a workspace.

        Raises:
            NotFoundError: this server has shown none of that number there, or long ago.
        """
        with self._lock:
            page = self._pages.get(number)
        if page is None or page.workspace != workspace:
            raise NotFoundError(
                f"page {number} was not shown here; ask for a new one with next_page"
            )
        return page


def sheet_of(
    workspace: Workspace,
    ids: Sequence[str],
    scores: Sequence[float],
    boxes: Sequence[Box | None] | None,
) -> Image.Image | None:
    """The contact sheet of a page, each image with its number and score; None of no images."""
    if not ids:
        return None
    return numbered_sheet(workspace, ids, scores, boxes, COLUMNS, TILE)


def jpeg_of(picture: Image.Image) -> bytes:
    """A picture as JPEG."""
    out = io.BytesIO()
    picture.convert("RGB").save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()
