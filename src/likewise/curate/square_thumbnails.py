"""Thumbnails of a workspace resized into squares, which near-duplicates are told by."""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from likewise.images.picture_facts import DETAILS, square_thumbnail
from likewise.images.thumbnails import ThumbnailPack
from likewise.workspace import Workspace

_KEPT = 2048  # 100 MB


class SquareThumbnails:
    """Reads thumbnails by the ids of their images; nothing is stored besides.

    The last 2,048 stay in memory; it may be called in threads.

    Args:
        workspace: where the thumbnails are; may be closed before these are read.
        ids, digests: of the images.
    """

    def __init__(self, workspace: Workspace, ids: Sequence[str], digests: Sequence[str]) -> None:
        self._workspace = workspace
        self._digests = dict(zip(ids, digests, strict=True))
        self._lock = threading.Lock()
        self._pack: ThumbnailPack | None = None
        self._cache: OrderedDict[str, NDArray[np.uint8]] = OrderedDict()

    def __call__(self, ids: Sequence[str]) -> NDArray[np.uint8]:
        """RGB, uint8 (n, 128, 128, 3); grey where there is no thumbnail."""
        out = np.full((len(ids), DETAILS, DETAILS, 3), 128, np.uint8)
        with self._lock:
            if self._pack is None:
                self._pack = self._workspace.thumbnails()
                weakref.finalize(self, self._pack.close)
            pack = self._pack
        for index, item in enumerate(ids):
            digest = self._digests[item]
            with self._lock:
                picture = self._cache.get(digest)
                if picture is not None:
                    self._cache.move_to_end(digest)
            if picture is None:
                jpeg = pack.get(digest) if digest else None
                if jpeg is None:
                    continue
                picture = square_thumbnail(jpeg)
                with self._lock:
                    self._cache[digest] = picture
                    if len(self._cache) > _KEPT:
                        self._cache.popitem(last=False)
            out[index] = picture
        return out
