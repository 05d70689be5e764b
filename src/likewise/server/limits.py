"""How many pictures one person may ask for: far more than looking takes, and not without end."""

from __future__ import annotations

from math import ceil

from starlette.exceptions import HTTPException

from likewise.server.bucket import Buckets

THUMBNAILS = 500.0
"""A second, of one person, in the long run: five screens of a hundred."""

PICTURES = 50.0
"""Large ones, which are decoded for it; otherwise likewise."""

AT_ONCE = 40.0
"""Seconds' worth that may be asked for at once by who asked for nothing before."""


class Limits:
    """The bounds of one server; one bucket a person for each kind of picture.

    Args:
        thumbnails: small ones a second; 0 for no bound.
        pictures: large ones a second; likewise.
        at_once: seconds' worth of either that may be asked for at once.
    """

    def __init__(
        self,
        thumbnails: float = THUMBNAILS,
        pictures: float = PICTURES,
        at_once: float = AT_ONCE,
    ) -> None:
        self._rates = {"thumbnails": thumbnails, "pictures": pictures}
        self._buckets = {
            kind: Buckets(rate, max(1.0, rate * at_once)) for kind, rate in self._rates.items()
        }

    def take(self, kind: str, who: str) -> None:
        """Count one picture for somebody.

        Args:
            kind: "thumbnails" or "pictures".
            who: a user's name, or else the address they ask from.

        Raises:
            HTTPException: 429 with the seconds to wait as Retry-After; nothing was counted.
        """
        wait = self._buckets[kind].take(who)
        if wait:
            seconds = ceil(wait)
            raise HTTPException(
                429,
                f"{who} asks for more than {self._rates[kind]:g} {kind} a second; ask again in "
                f"{seconds} s, or start likewise serve with a higher --most-{kind}",
                {"retry-after": str(seconds), "cache-control": "no-store"},
            )
