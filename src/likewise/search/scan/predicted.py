"""How long a scan will take on this machine, from the bandwidth of its memory."""

from __future__ import annotations

from functools import cache
from time import perf_counter

import numpy as np

from likewise.numeric.threads.blocks import Blocks, share_blocks

_BANDWIDTH_BYTES = 1 << 26
_SCAN_OVER_READING = 1.6  # measured: 30 ms where reading alone takes 19


def predicted_ms(codes: int) -> float:
    """Milliseconds that a scan of so many bytes of codes will take here, for one prototype.

    Example:
        >>> predicted_ms(0)
        0.0
    """
    if codes < _BANDWIDTH_BYTES:
        return 0.0  # not worth the measurement
    return _SCAN_OVER_READING * codes * _ms_a_byte()


@cache
def _ms_a_byte() -> float:
    """Measured once: the best of three readings of 64 MB on all cores."""
    words = np.ones(_BANDWIDTH_BYTES // 8, dtype=np.int64)

    def work(parts: Blocks) -> int:
        return int(sum(int(words[start:end].max()) for start, end in parts))

    spans = []
    for _ in range(3):
        start = perf_counter()
        share_blocks(len(words), work, 1 << 18)
        spans.append(1e3 * (perf_counter() - start))
    return min(spans) / _BANDWIDTH_BYTES
