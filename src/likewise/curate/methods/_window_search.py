"""The window of one picture that lies on all of another, looked for at 64 x 64 pixels.

Lines of text and flat drawings lead the gradients of `registered` into the wrong line. So the
widths and the heights are looked for in turns, all at once: of a picture stretched one way, the
correlation with every candidate the other way is two products of matrices.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from likewise.core.vectors import Scores
from likewise.curate.methods._registration import interpolation, shrunk, through
from likewise.curate.methods._sketches import Windows

_SIDE = 64
_SMALLEST = 0.8
_SIZES, _OFFSETS = 0.01, 0.005  # steps, as shares of a side
_TURNS = 2
_POLISH = (0.004, 0.002, 0.001)


def searched(a: NDArray[np.float32], b: NDArray[np.float32], windows: Windows) -> Windows:
    """Windows of a, trimmed by a fifth of a side at most, that are most alike all of b.

    Args:
        a, b: (n, side, side) brightness.
        windows: (n, 4), to begin with.
    """
    x, y = shrunk(a), shrunk(b)
    turned, target = x.transpose(0, 2, 1), y.transpose(0, 2, 1)
    out = windows.copy()
    for _ in range(_TURNS):
        down = interpolation(out[:, 2], out[:, 3], _SIDE)
        out[:, :2] = _best(turned @ down.transpose(0, 2, 1), target)
        across = interpolation(out[:, 0], out[:, 1], _SIDE)
        out[:, 2:] = _best(x @ across.transpose(0, 2, 1), y)
    return _polished(a, b, out)


def _best(x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.float64]:
    """Size and offset of the window of the rows of x that is most alike y, (n, 2)."""
    candidates, maps, squares, sums = _candidates()
    products = (y @ x.transpose(0, 2, 1)).reshape(len(x), -1) @ maps.T
    lengths = (x @ x.transpose(0, 2, 1)).reshape(len(x), -1) @ squares.T
    totals = x.sum(axis=2) @ sums.T
    mean = y.mean(axis=(1, 2))[:, None]
    covariance = products - totals * mean
    variance = np.maximum(lengths - totals**2 / _SIDE**2, 1)
    chosen: NDArray[np.float64] = candidates[np.argmax(covariance / np.sqrt(variance), axis=1)]
    return chosen


@cache
def _candidates() -> tuple[
    NDArray[np.float64], NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]
]:
    """Each window of a side, its map of 64 rows, that map's own products, and its sums."""
    found = [
        (size, offset)
        for size in np.arange(1, _SMALLEST - _SIZES / 2, -_SIZES)
        for offset in np.arange(0, 1 - size + _OFFSETS / 2, _OFFSETS)
    ]
    candidates = np.array(found)
    maps = interpolation(candidates[:, 0], candidates[:, 1], _SIDE)
    squares = maps.transpose(0, 2, 1) @ maps
    count = len(candidates)
    return candidates, maps.reshape(count, -1), squares.reshape(count, -1), maps.sum(axis=1)


def _polished(a: NDArray[np.float32], b: NDArray[np.float32], windows: Windows) -> Windows:
    """Move each edge of each window while that makes the pictures more alike."""
    best, out = _correlation(a, b, windows), windows
    for step in _POLISH:
        for size, offset in ((0, 1), (2, 3)):
            for stretch, shift in ((0, step), (0, -step), (step, 0), (-step, 0),
                                   (step, -step), (-step, step)):  # fmt: skip
                tried = out.copy()
                tried[:, size] += stretch
                tried[:, offset] += shift
                found = _correlation(a, b, tried)
                better = found > best
                best, out = np.where(better, found, best), np.where(better[:, None], tried, out)
    return out


def _correlation(a: NDArray[np.float32], b: NDArray[np.float32], windows: Windows) -> Scores:
    x = through(a[:, None], windows).reshape(len(a), -1)
    y = b.reshape(len(b), -1)
    x, y = x - x.mean(axis=1, keepdims=True), y - y.mean(axis=1, keepdims=True)
    lengths = np.sqrt(np.square(x).sum(axis=1) * np.square(y).sum(axis=1))
    return np.asarray((x * y).sum(axis=1) / np.maximum(lengths, 1e-3), np.float32)
