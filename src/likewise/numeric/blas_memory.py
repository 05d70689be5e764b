"""Memory of OpenBLAS, taken at the start of a process that may use little."""

from __future__ import annotations

import os

from likewise.core.processors import available_processors
from likewise.core.shortage import memory_limit, need_memory
from likewise.numeric.threads import limit_threads

_NUMPY = 160 << 20  # bytes of address space that importing numpy takes, and a little more
_A_THREAD = 128 << 20  # bytes of a thread of OpenBLAS: a buffer, a stack and a heap
_OTHERS = 1 << 30  # bytes of the other libraries of a command


def reserve_blas_memory() -> None:
    """Have OpenBLAS take its buffers now, with as few threads as the limit on memory suggests.

    Where it finds no memory OpenBLAS ends the process, which no caller can catch. What it has
    taken it keeps, so nothing is left to fail once other libraries have filled the rest.

    Raises:
        ShortageError: the limit leaves too little even for that.
    """
    cores = available_processors()
    threads = max(1, min(cores, (memory_limit() - _OTHERS) // _A_THREAD))
    if threads < cores:
        os.environ.setdefault("OPENBLAS_NUM_THREADS", str(threads))
        limit_threads(threads)
    need_memory(_NUMPY + threads * _A_THREAD)
    import numpy as np

    square = np.ones((512, 512), np.float32)  # too large for a product without a buffer
    square @ square
