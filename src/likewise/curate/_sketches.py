"""Whether two pictures are the same one, told from sketches of 32 x 32 pixels.

Photographs all look alike in their broad lights, so frequencies of a sketch are weighted by how
rare they are (the spectrum of natural images falls as 1 / f: Field 1987) and compared by cosine,
a real-valued perceptual hash (Zauner 2010). A trimmed copy is looked for by laying windows of one
sketch over the whole of the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dct

from likewise.rules._threads import one_blas_thread
from likewise.scan.threads import Blocks, share_blocks
from likewise.vectors import Scores, unit

_SIDE = 32
_WAVES = 16  # along each side
_COARSE = 8
_PROMISING = 0.25  # likeness of the broad lights below which windows are not tried
_WINDOWS = (0.95, 0.9, 0.85, 0.8)  # of the sides; trims of up to a fifth
_STEPS = 3
_BLOCK = 512


def same_picture(
    sketches: NDArray[np.uint8],
    one: NDArray[np.intp],
    other: NDArray[np.intp],
    mirrored: bool = True,
    settled: float = 0.95,
) -> Scores:
    """How surely pairs are copies of one picture, shape (len(one),); copies have .9 and more.

    Resized, compressed, brightened, trimmed by up to a fifth of a side, and mirrored ones.

    Args:
        sketches: uint8 (n, 32, 32).
        one, other: rows of the sketches, a pair each.
        mirrored: whether mirror images are copies, too.
        settled: pairs found this alike are not looked at any more.
    """
    out = np.empty(len(one), dtype=np.float32)

    def work(blocks: Blocks) -> None:
        for start, end in blocks:
            a, b = sketches[one[start:end]], sketches[other[start:end]]
            out[start:end] = _likeness(a, b, mirrored, settled)

    with one_blas_thread():
        share_blocks(len(one), work, _BLOCK)
    return out


def _likeness(a: NDArray[np.uint8], b: NDArray[np.uint8], mirrored: bool, settled: float) -> Scores:
    left, right = _waves(a, _whole()), _waves(b, _whole())
    best = _cosine(left, right)
    rough = _cosine(left[:, :_COARSE, :_COARSE], right[:, :_COARSE, :_COARSE])
    if mirrored:
        best = np.maximum(best, _cosine(left, _mirror(right)))
        flipped = _mirror(right)[:, :_COARSE, :_COARSE]
        rough = np.maximum(rough, _cosine(left[:, :_COARSE, :_COARSE], flipped))
    open_ = np.flatnonzero((best < settled) & (rough > _PROMISING))
    if len(open_):
        best[open_] = np.maximum(
            best[open_], _through_windows(a[open_], b[open_], left[open_], right[open_], mirrored)
        )
    return best


def _through_windows(
    a: NDArray[np.uint8],
    b: NDArray[np.uint8],
    left: NDArray[np.float32],
    right: NDArray[np.float32],
    mirrored: bool,
) -> Scores:
    best = np.full(len(a), -1, dtype=np.float32)
    targets = [(right, left)] + ([(_mirror(right), _mirror(left))] if mirrored else [])
    for window in _windows():
        of_a, of_b = _waves(a, window), _waves(b, window)
        for whole_b, whole_a in targets:
            best = np.maximum(best, _cosine(of_a, whole_b))
            best = np.maximum(best, _cosine(of_b, whole_a))
    return best


_Window = tuple[NDArray[np.float32], NDArray[np.float32]]
"""What takes the rows, and the columns, of a sketch to waves; each (16, 32)."""


def _waves(sketches: NDArray[np.uint8], window: _Window) -> NDArray[np.float32]:
    """Weighted waves of a window of each sketch, unit length; (n, 16, 16)."""
    down, across = window
    columns = sketches.astype(np.float32) @ across.T  # (n, 32, 16)
    waves = np.matmul(down, columns) * _weights()
    flat = unit(waves.reshape(len(waves), -1))
    return flat.reshape(waves.shape)


def _cosine(a: NDArray[np.float32], b: NDArray[np.float32]) -> Scores:
    products = np.einsum("nij,nij->n", a, b)
    lengths = np.sqrt(np.einsum("nij,nij->n", a, a) * np.einsum("nij,nij->n", b, b))
    blank = lengths < 1e-6  # pictures of one colour are alike if both are
    return np.asarray(np.where(blank, 0, products / np.maximum(lengths, 1e-6)), np.float32)


def _mirror(waves: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of the picture seen in a mirror: every other wave across changes its sign."""
    signs = np.where(np.arange(waves.shape[-1]) % 2, -1, 1).astype(np.float32)
    return np.asarray(waves * signs)


@cache
def _weights() -> NDArray[np.float32]:
    along = np.arange(_WAVES, dtype=np.float32)
    # and 0 for the mean brightness
    return np.asarray(np.sqrt(along[:, None] ** 2 + along[None] ** 2), np.float32)


@cache
def _whole() -> _Window:
    side = _to_waves(1.0, 0.0)
    return side, side


@cache
def _windows() -> tuple[_Window, ...]:
    return tuple(_each_window())


def _each_window() -> Iterator[_Window]:
    for size in _WINDOWS:
        offsets = np.linspace(0, 1 - size, _STEPS)
        for top in offsets:
            for left in offsets:
                yield _to_waves(size, float(top)), _to_waves(size, float(left))


def _to_waves(size: float, offset: float) -> NDArray[np.float32]:
    """Stretch the window [offset, offset + size] of a side over all of it, then take cosines."""
    middle = (offset + size * (np.arange(_SIDE) + 0.5) / _SIDE) * _SIDE - 0.5
    reach = np.maximum(0, 1 - np.abs(middle[:, None] - np.arange(_SIDE)[None]))
    stretch = reach / reach.sum(axis=1, keepdims=True)
    cosines = dct(np.eye(_SIDE), axis=0, norm="ortho")[:_WAVES]
    return np.asarray(cosines @ stretch, dtype=np.float32)
