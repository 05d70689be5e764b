"""Inner products of int8 rows, and the two conversions around them."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Codes8: TypeAlias = NDArray[np.int8]
Product: TypeAlias = Callable[[Codes8], NDArray[np.float32]]

_PAIRWISE_UP_TO = 2  # queries; beyond, numkong's packed matrix product is the faster
_LARGEST = 127
_SMALLEST = 1e-30  # an entry below it counts as 0


def product_with(queries: Codes8) -> Product:
    """Prepare queries once, for inner products with many blocks of rows.

    Numkong's kernels (https://github.com/ashvardanian/NumKong) where they can be imported, which
    read int8 at the speed of the memory; numpy otherwise, which is right and slower. Both may be
    called from several threads at once and let go of the interpreter's lock.

    Args:
        queries: shape (p, dim), C-contiguous.

    Returns:
        A function from rows of shape (n, dim), n of 1 or more, to float32 of shape (p, n).

    Example:
        >>> product = product_with(np.array([[1, -2]], dtype=np.int8))
        >>> product(np.array([[3, 4], [127, -127]], dtype=np.int8)).tolist()
        [[-5.0, 381.0]]
    """
    library = numkong()
    return numpy_product(queries) if library is None else numkong_product(library, queries)


def numkong_product(library: ModuleType, queries: Codes8) -> Product:
    """`product_with` by numkong."""
    if len(queries) <= _PAIRWISE_UP_TO:

        def pairwise(rows: Codes8) -> NDArray[np.float32]:
            out = np.empty((len(queries), len(rows)), dtype=np.float32)
            library.cdist(queries, rows, "dot", out=out)
            return out

        return pairwise
    packed = library.dots_pack(queries, "int8")

    def matrix(rows: Codes8) -> NDArray[np.float32]:
        return np.asarray(library.dots_packed(rows, packed)).T.astype(np.float32, order="C")

    return matrix


def numpy_product(queries: Codes8) -> Product:
    """`product_with` by numpy: float32 holds these sums exactly up to 1,040 dimensions."""
    left = queries.astype(np.float32)

    def matrix(rows: Codes8) -> NDArray[np.float32]:
        return np.asarray(left @ rows.astype(np.float32).T)

    return matrix


def quantise(rows: NDArray[np.float32]) -> tuple[Codes8, NDArray[np.float32]]:
    """Round rows to int8 with one scale a row: ``rows ~ codes * scales[:, None]``.

    Symmetric, so that a product of codes needs no correction; the largest entry of each row
    becomes 127 or -127, and no entry is off by more than half a scale.

    Args:
        rows: shape (n, dim); a row of zeros gets zeros and the scale 0.

    Example:
        >>> codes, scales = quantise(np.array([[1.0, -0.5]], dtype=np.float32))
        >>> codes.tolist(), round(float(scales[0]) * 127, 6)
        ([[127, -64]], 1.0)
    """
    largest = np.maximum(rows.max(axis=1, initial=0), -rows.min(axis=1, initial=0))
    factors = np.divide(_LARGEST, largest, out=np.zeros_like(largest), where=largest > _SMALLEST)
    scaled = rows * factors[:, None]
    np.rint(scaled, out=scaled)
    return scaled.astype(np.int8), np.asarray(largest / _LARGEST, dtype=np.float32)


def widen(vectors16: NDArray[np.float16]) -> NDArray[np.float32]:
    """float16 to float32, the same numbers; numkong does it several times faster than numpy."""
    library = numkong()
    out = np.empty(vectors16.shape, dtype=np.float32)
    if library is None or not vectors16.size:
        out[...] = vectors16
    else:
        library.astype(vectors16, "float32", out=out)
    return out


@cache
def numkong() -> ModuleType | None:
    """The numkong module, or None where its compiled part cannot be loaded."""
    try:
        return importlib.import_module("numkong")
    except (ImportError, OSError):
        return None


def engine() -> str:
    """What computes the products here, in words; for reports on a machine.

    Example:
        >>> engine().split()[0] in ("numkong", "numpy,")
        True
    """
    library = numkong()
    if library is None:
        return "numpy, several times slower (numkong cannot be loaded; pip install -U numkong)"
    return f"numkong {library.__version__}"
