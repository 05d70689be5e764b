"""Inner products of int8 rows and their conversions, how exact they are, and how long they take."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import cache
from time import perf_counter
from types import ModuleType
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from likewise.core.rule import Rule
from likewise.core.vectors import Scores
from likewise.numeric.threads import Blocks, share_blocks

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


_UNIFORM = 12**-0.5  # deviation of a number that is rounded to whole steps, in steps


def deviations(
    rule: Rule, scores: Scores, scales: NDArray[np.float32], inverse: NDArray[np.float32]
) -> Scores:
    """Standard deviation of each row's rough score about its exact one.

    Worked out, not measured on the best rows: those were chosen for high rough scores, and
    among them the error looks smaller than it is. Rounding x to steps of `scale` moves w.x by
    |w| scale / sqrt(12); rounding w moves it by its own step / sqrt(12), |x| being 1; and the
    same holds for m.x in the length that both are divided by.

    Args:
        rule: what was searched for.
        scores: exact scores of some rows, shape (n,).
        scales: steps of their codes, shape (n,).
        inverse: one over their lengths in the rule's space, shape (n,).

    Example:
        >>> from likewise.core.space import plain_space
        >>> one = np.ones(1, dtype=np.float32)
        >>> rule = Rule("mean", plain_space("demo", 2), np.array([[1.0, 0.0]], dtype=np.float32))
        >>> f"{deviations(rule, one, one / 127, one)[0]:.5f}"
        '0.00321'
    """
    weights, _ = rule.linear_form()
    mean = rule.space.mean[None]
    dots = _of_products(weights, scales)
    lengths = _of_products(mean, scales) * np.abs(scores) * inverse
    return np.asarray(np.hypot(dots, lengths) * inverse, dtype=np.float32)


def _of_products(queries: NDArray[np.float32], scales: NDArray[np.float32]) -> Scores:
    steps = quantise(queries)[1].max()
    longest = np.linalg.norm(queries, axis=1).max()
    return np.asarray(_UNIFORM * np.hypot(longest * scales, steps), dtype=np.float32)


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
