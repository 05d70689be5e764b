"""Token buckets: how much each of several people may ask for, in the long run and at once."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

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
