"""Whether two pictures are the same one, told from sketches of 32 x 32 pixels.

Photographs all look alike in their broad lights, so frequencies of a sketch are weighted by how
rare they are (the spectrum of natural images falls as 1 / f: Field 1987) and compared by cosine,
a real-valued perceptual hash (Zauner 2010). A trimmed copy is looked for by laying windows of one
sketch over the whole of the other: first some of every size by their broad lights, then the best
of them is moved and stretched while that makes it more alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dct

from likewise.core.vectors import Scores, Vectors, unit
from likewise.numeric.blas import single_blas_thread
from likewise.numeric.threads import Blocks, share_blocks

Sketches: TypeAlias = NDArray[np.float32]
"""(n, 32, 32)."""

Waves: TypeAlias = NDArray[np.float32]
"""(n, w, w), weighted amplitudes of the w longest waves each way."""

Windows: TypeAlias = NDArray[np.float64]
"""(n, 4): width, left, height, top, as shares of the sides."""

_SIDE = 32
_WAVES = 16
_BROAD = 8
WHOLE = np.array([1.0, 0.0, 1.0, 0.0])
"""The window that leaves nothing out."""

_FEATURES = 10
_FEATURE_ROWS = 8192
_WORTH_MIRRORING = 0.6  # likeness of a whole mirror image from which trims of it are looked for
_MIRROR_COSTS = 0.02  # a symmetrical picture is not mirrored
_SETTLED = 0.95  # more alike than this without a window is alike enough
_WORTH_WINDOWS = 0.6  # cosine of the vectors below which no trim is looked for
_WORTH_WINDOWS_AS_IT_IS = 0.5  # or likeness without a window
_WORTH_MOVING = 0.75  # likeness of the broad lights below which a window is not improved
_STEPS = (0.03, 0.03, 0.015, 0.015, 0.0075, 0.0075)
_SMALLEST = 0.3
_TRIM_COSTS = 0.08  # the more is trimmed away, the easier something alike is found
_BLOCK = 256


@dataclass(frozen=True, eq=False)
class Comparison:
    """How alike the sketches of pairs are, and how they lie on one another best.

    Attributes:
        scores: (n,) up to 1.
        windows: (n, 4) of the larger picture; all of it where none is trimmed.
        swapped: (n,) whether the other one of a pair is the larger.
        mirrored: (n,) whether the other one is to be mirrored first.
    """

    scores: Scores
    windows: Windows
    swapped: NDArray[np.bool_]
    mirrored: NDArray[np.bool_]

    def among(self, which: NDArray[np.intp]) -> Comparison:
        """Of some of the pairs."""
        return Comparison(
            self.scores[which], self.windows[which], self.swapped[which], self.mirrored[which]
        )


def compare_sketches(
    sketches: NDArray[np.uint8],
    left: NDArray[np.intp],
    right: NDArray[np.intp],
    cosines: Scores,
    mirrored: bool = True,
) -> Comparison:
    """Compare pairs of pictures by their broad features, however they are trimmed.

    Copies have .75 and more: resized, compressed, brightened, grey and mirrored ones, and those
    trimmed by up to a half of a side. So do many pictures that are alike.

    Args:
        sketches: uint8 (n, 32, 32).
        one, other: rows of the sketches, a pair each.
        cosines: of the pairs' vectors; trims are looked for from .6 on, or where the sketches as
            they are have .5 in common.
        mirrored: whether mirror images are copies, too.
    """
    count = len(left)
    out = Comparison(
        np.empty(count, np.float32), np.tile(WHOLE, (count, 1)), np.zeros(count, np.bool_),
        np.zeros(count, np.bool_),
    )  # fmt: skip

    def work(blocks: Blocks) -> None:
        for start, end in blocks:
            a = sketches[left[start:end]].astype(np.float32)
            b = sketches[right[start:end]].astype(np.float32)
            best, flipped = _full_picture(a, b, mirrored)
            alike = (cosines[start:end] >= _WORTH_WINDOWS) | (best >= _WORTH_WINDOWS_AS_IT_IS)
            tried = np.flatnonzero((best < _SETTLED) & alike)
            if len(tried):
                x = a[tried]
                turned = flipped[tried] & (best[tried] >= _WORTH_MIRRORING)
                y = np.where(turned[:, None, None], b[tried][:, :, ::-1], b[tried])
                first, of_first = _trimmed(x, y)
                second, of_second = _trimmed(y, x)
                swap = second > first
                score = np.maximum(first, second)
                better = score > best[tried]
                position = start + tried[better]
                best[tried[better]] = score[better]
                out.windows[position] = np.where(swap[:, None], of_second, of_first)[better]
                out.swapped[position] = swap[better]
                flipped[tried[better]] = turned[better]
            out.scores[start:end], out.mirrored[start:end] = best, flipped

    with single_blas_thread():
        share_blocks(count, work, _BLOCK)
    return out


def broad_features(sketches: NDArray[np.uint8]) -> Vectors:
    """Unit rows, (n, 100), alike for pictures whose sketches are, mirrored or not."""
    side = _to_waves(np.ones(1), np.zeros(1), _FEATURES)
    out = np.empty((len(sketches), _FEATURES**2), np.float32)
    for start in range(0, len(sketches), _FEATURE_ROWS):
        waves = _waves(sketches[start : start + _FEATURE_ROWS].astype(np.float32), side, side)
        waves[:, :, 1::2] = np.abs(waves[:, :, 1::2])  # their signs change in a mirror
        out[start : start + len(waves)] = waves.reshape(len(waves), -1)
    out[:, 0] = 1e-3  # so that a picture of one colour has a direction, too
    return unit(out)


def _full_picture(a: Sketches, b: Sketches, mirrored: bool) -> tuple[Scores, NDArray[np.bool_]]:
    side = _to_waves(np.ones(1), np.zeros(1), _WAVES)
    left, right = _waves(a, side, side), _waves(b, side, side)
    straight = _cosine(left, right)
    if not mirrored:
        return straight, np.zeros(len(a), np.bool_)
    turned = _cosine(left, _mirror(right))
    return np.maximum(straight, turned), turned > straight + _MIRROR_COSTS


def _trimmed(a: Sketches, b: Sketches) -> tuple[Scores, Windows]:
    """How alike a window of a is to all of b, less a part of the share that it leaves out."""
    waves = _to_waves(np.ones(1), np.zeros(1), _WAVES)
    target = _waves(b, waves, waves)
    best = np.full(len(a), -1, dtype=np.float32)
    window = np.tile(WHOLE, (len(a), 1))
    for candidate, across, down in _windows():
        found = _cosine(_waves(a, across, down), target[:, :_BROAD, :_BROAD])
        better = found > best
        best[better], window[better] = found[better], candidate
    moving = np.flatnonzero(best >= _WORTH_MOVING)
    if len(moving):
        best[moving], window[moving] = _improved(a[moving], target[moving], window[moving])
    best[best < _WORTH_MOVING] = -1  # of the broad lights alone: no word on sameness
    return best, window


def _improved(a: Sketches, target: Waves, window: Windows) -> tuple[Scores, Windows]:
    """Move and stretch each window while that makes it more alike; coordinate ascent."""
    best = _cosine(_through(a, window), target)
    for step in _STEPS:
        for size, offset, stretch, shift in (
            (0, 1, 0.0, step), (0, 1, 0.0, -step), (0, 1, step, -step / 2), (0, 1, -step, step / 2),
            (2, 3, 0.0, step), (2, 3, 0.0, -step), (2, 3, step, -step / 2), (2, 3, -step, step / 2),
        ):  # fmt: skip
            tried = window.copy()
            tried[:, size] = np.clip(tried[:, size] + stretch, _SMALLEST, 1)
            tried[:, offset] = np.clip(tried[:, offset] + shift, 0, 1 - tried[:, size])
            found = _cosine(_through(a, tried), target)
            better = found > best
            best[better], window[better] = found[better], tried[better]
    area = window[:, 0] * window[:, 2]
    return np.asarray(best - _TRIM_COSTS * (1 - area), np.float32), window


def _through(a: Sketches, window: Windows) -> Waves:
    """Waves of each sketch through a window of its own."""
    across = _to_waves(window[:, 0], window[:, 1], _WAVES)
    return _waves(a, across, _to_waves(window[:, 2], window[:, 3], _WAVES))


def _waves(a: Sketches, across: NDArray[np.float32], down: NDArray[np.float32]) -> Waves:
    """Weighted waves; `across` and `down` are (n, w, 32), or (1, w, 32) for all alike."""
    if len(across) == 1 and len(down) == 1:
        waves = np.matmul(down[0], a @ across[0].T)
    else:
        waves = np.matmul(np.matmul(down, a), across.transpose(0, 2, 1))
    return np.asarray(waves * _weights()[: waves.shape[1], : waves.shape[2]], np.float32)


def _cosine(a: Waves, b: Waves) -> Scores:
    products = np.einsum("nij,nij->n", a, b)
    lengths = np.sqrt(np.einsum("nij,nij->n", a, a) * np.einsum("nij,nij->n", b, b))
    blank = lengths < 1e-3  # a picture of one colour: nothing to tell it by
    return np.asarray(np.where(blank, 0, products / np.maximum(lengths, 1e-3)), np.float32)


def _mirror(waves: Waves) -> Waves:
    """Of the picture seen in a mirror: every other wave across changes its sign."""
    signs = np.where(np.arange(waves.shape[-1]) % 2, -1, 1).astype(np.float32)
    return np.asarray(waves * signs)


@cache
def _weights() -> NDArray[np.float32]:
    along = np.arange(_WAVES, dtype=np.float32)
    # and 0 for the mean brightness
    return np.asarray(np.sqrt(along[:, None] ** 2 + along[None] ** 2), np.float32)


@cache
def _windows() -> tuple[tuple[NDArray[np.float64], NDArray[np.float32], NDArray[np.float32]], ...]:
    """Trims all round, 3 x 3 of each size, and trims of one side, up to seven of each size."""
    found = []
    sizes = [(s, s) for s in (0.95, 0.9, 0.85, 0.8, 0.7)]
    for side in (0.9, 0.8, 0.7, 0.6, 0.5):
        sizes += [(side, 1.0), (1.0, side)]
    for width, height in sizes:
        most = 3 if width == height else 7
        for left in np.linspace(0, 1 - width, min(most, round((1 - width) / 0.05) + 1)):
            for top in np.linspace(0, 1 - height, min(most, round((1 - height) / 0.05) + 1)):
                across = _to_waves(np.array([width]), np.array([left]), _BROAD)
                down = _to_waves(np.array([height]), np.array([top]), _BROAD)
                found.append((np.array([width, left, height, top]), across, down))
    return tuple(found)


def _to_waves(
    size: NDArray[np.float64], offset: NDArray[np.float64], waves: int
) -> NDArray[np.float32]:
    """Stretch the window [offset, offset + size] of a side over all of it, then take cosines.

    Returns:
        (n, waves, 32), for n windows.
    """
    steps = (np.arange(_SIDE) + 0.5) / _SIDE
    middle = (offset[:, None] + size[:, None] * steps) * _SIDE - 0.5
    reach = np.maximum(0, 1 - np.abs(middle[:, :, None] - np.arange(_SIDE))).astype(np.float32)
    reach /= reach.sum(axis=2, keepdims=True)
    return np.asarray(_cosines()[:waves] @ reach, np.float32)


@cache
def _cosines() -> NDArray[np.float32]:
    return np.asarray(dct(np.eye(_SIDE), axis=0, norm="ortho")[:_WAVES], np.float32)
