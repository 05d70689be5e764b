"""How many pictures one person may ask for: far more than looking takes, and not without end."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from math import ceil

from starlette.exceptions import HTTPException

_ROUNDING = 1e-6


class Buckets:
    """A bucket for each person, full at first; what is taken comes back at a rate.

    Args:
        rate: what comes back in a second; 0 takes from nobody, so that everything is allowed.
        burst: what a full bucket holds.
        most: people who are remembered; of more, those who asked longest ago have full ones again.
        clock: seconds that only grow.

    Example:
        >>> buckets = Buckets(rate=2, burst=2, clock=lambda: 0.0)
        >>> [buckets.take("ann") for _ in range(3)], buckets.take("ben")
        ([0.0, 0.0, 0.5], 0.0)
    """

    def __init__(
        self,
        rate: float,
        burst: float,
        most: int = 1_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rate, self._burst, self._most, self._clock = rate, burst, most, clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # and when that was
        self._lock = threading.Lock()

    def take(self, who: str) -> float:
        """Take one; answers 0, or the seconds until there is one, where none is taken."""
        if self._rate <= 0:
            return 0.0
        with self._lock:
            now = self._clock()
            left, then = self._left.pop(who, (self._burst, now))
            left = min(self._burst, left + (now - then) * self._rate)
            wait = 0.0 if left > 1 - _ROUNDING else (1 - left) / self._rate
            self._left[who] = (left if wait else left - 1, now)
            if len(self._left) > self._most:
                self._left.popitem(last=False)
            return wait


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
