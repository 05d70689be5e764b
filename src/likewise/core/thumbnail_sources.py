"""Where the pictures of items come from: an open workspace offers them to whatever shows ids.

A ranking holds ids and nothing else, for ids are what travels. In a notebook one wants to see
the pictures all the same, and hardly ever has more than one collection open.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any, Protocol

from likewise.errors import NotFoundError


class Album(Protocol):
    """What has pictures of items: an open workspace."""

    @property
    def collection(self) -> Any:
        """The items."""
        ...

    def pictures(self, ids: Sequence[str]) -> list[bytes | None]:
        """Small JPEGs, one an id; None where there is none or the id is not known."""
        ...


_LOOKED_AT = 100  # ids, to see whose they are
_offered: list[weakref.ref[Album]] = []


def offer(album: Album) -> None:
    """Let the pictures be shown for as long as the album lives and is not withdrawn."""
    _offered.append(weakref.ref(album))


def withdraw(album: Album) -> None:
    """Offer the pictures no longer."""
    _offered[:] = [reference for reference in _offered if reference() not in (None, album)]


def thumbnail_sources() -> list[Album]:
    """Those that are offered, the newest first."""
    return [album for reference in reversed(_offered) if (album := reference()) is not None]


def album_of(ids: Sequence[str]) -> Album:
    """The album that knows most of the first ids, the newest among equals.

    Raises:
        NotFoundError: none knows any of them.
    """
    some = ids[:_LOOKED_AT]
    matches = [(len(album.collection.known(some)), album) for album in thumbnail_sources()]
    count, best = max(matches, key=lambda reference: reference[0], default=(0, None))
    if best is None or (ids and not count):
        first = f"'{ids[0]}'" if ids else "anything"
        raise NotFoundError(
            f"no open workspace has {first}, so there are no pictures to show; open the one it is "
            "from: workspace = likewise.Workspace(PATH)"
        )
    return best
