"""Whether two pictures that are alike broadly are one, told from their colours and details.

Both are laid on one another at 128 x 128 pixels, what a change of brightness and white balance
explains is taken off (within limits: red does not become blue), and what is left is compared block
by block in CIELAB (CIE 15:2004), where a unit is about a just noticeable difference. Copies differ
a little everywhere, by compression and resizing. A form filled in differently, or a shirt of
another colour, differs much in a few blocks: the worst blocks decide.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from likewise.core.vectors import Scores
from likewise.curate.methods._registration import registered, through
from likewise.curate.methods._sketches import WHOLE, Comparison, Windows
from likewise.curate.methods._window_search import searched
from likewise.numeric.blas import single_blas_thread
from likewise.numeric.threads import Blocks, share_blocks

Details: TypeAlias = NDArray[np.float32]
"""(n, 3, 128, 128)."""

PictureReader: TypeAlias = Callable[[NDArray[np.intp]], NDArray[np.uint8]]
"""From rows to pictures in RGB, uint8 (n, 128, 128, 3)."""

Progress: TypeAlias = Callable[[int, int | None], None]

SIDE = 128
_BLOCK = 8
_WORST = 3  # of 256 blocks
_NOISE = 4.4  # units of CIELAB that compression may add
_STRONG, _FULL_STRENGTH, _FAINTEST = 0.95, 150.0, 0.3  # of the variance of blocks
_SHADE = 2.2  # and to the mean of a block
_SHADE_TEXTURE = 0.08
_TEXTURE = 0.1  # share of a block's variance that resizing may take
_ALLOWED = 4.5  # distance of the worst blocks at which the likeness is .9
_HOPELESS = 60.0  # distance from which laying the pictures on one another better is not tried
_GAINS, _OFFSETS = (0.6, 1.67), 20.0
_GREY_GAINS, _GREY_OFFSETS = (0.92, 1.09), 6.0
_BALANCES = (0.88, 1.14)
_GREY = 0.75  # mean chroma below which a picture has no colours
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
_PAIRS = 16


def same_in_detail(
    read: PictureReader,
    left: NDArray[np.intp],
    right: NDArray[np.intp],
    broad: Comparison,
    progress: Progress | None = None,
) -> Scores:
    """How surely pairs of pictures are copies, (len(one),); copies have .9 and more.

    Args:
        read: reads pictures.
        one, other: rows of the pictures, a pair each.
        broad: how the pairs lie on one another.
        progress: called with pairs done and pairs in all.
    """
    out = np.empty(len(left), np.float32)
    first = np.where(broad.swapped, right, left)
    second = np.where(broad.swapped, left, right)

    done = 0

    def work(blocks: Blocks) -> None:
        nonlocal done
        for start, end in blocks:
            part = slice(start, end)
            rows, back = np.unique(np.concatenate([first[part], second[part]]), return_inverse=True)
            pictures = read(rows).transpose(0, 3, 1, 2).astype(np.float32)
            a, b = pictures[back[: end - start]], pictures[back[end - start :]]
            # The window is of the larger picture, as it is when the other one is mirrored.
            turned, swapped = broad.mirrored[part], broad.swapped[part]
            a = np.where((turned & swapped)[:, None, None, None], a[..., ::-1], a)
            b = np.where((turned & ~swapped)[:, None, None, None], b[..., ::-1], b)
            out[part] = 1 / (1 + _distances(a, b, broad.windows[part]) / (9 * _ALLOWED))
            done += end - start
            if progress is not None:
                progress(done, len(left))

    with single_blas_thread():
        share_blocks(len(left), work, _PAIRS)
    return out


def _distances(a: Details, b: Details, windows: Windows) -> Scores:
    """How far the worst blocks are apart, (n,)."""
    found = np.full(len(a), np.inf, np.float32)
    windows_whole = np.flatnonzero((windows == WHOLE).all(axis=1))
    if len(windows_whole):
        found[windows_whole] = _worst_blocks(a[windows_whole], b[windows_whole])
    better = np.flatnonzero((found > _ALLOWED) & ((found < _HOPELESS) | np.isinf(found)))
    if len(better):
        x, y = a[better], b[better]
        fitted = registered(_luma(x), _luma(y), windows[better])
        found[better] = np.minimum(found[better], _worst_blocks(through(x, fitted), y))
    rest = np.flatnonzero((found > _ALLOWED) & (found < _HOPELESS))
    if len(rest):
        x, y = a[rest], b[rest]
        windows = searched(_luma(x), _luma(y), windows[rest])
        found[rest] = np.minimum(found[rest], _worst_blocks(through(x, windows), y))
    return found


def _worst_blocks(a: Details, b: Details) -> Scores:
    a, b = _explained(a, b)
    texture = (_variance(a) + _variance(b)) / 2
    best = np.full_like(texture, np.inf)
    for down in (-1, 0, 1):
        for across in (-1, 0, 1):  # what registration leaves, and lenses
            moved = np.roll(b, (down, across), (2, 3))
            best = np.minimum(best, _means(np.square(a - moved).sum(axis=1)))
    shade = np.square(_means(a) - _means(b)).sum(axis=1)
    # Compression adds little to a faint picture, so little may differ there.
    strength = np.quantile(texture.reshape(len(a), -1), _STRONG, axis=1) / _FULL_STRENGTH
    faint = np.clip(strength, _FAINTEST, 1).astype(np.float32)[:, None, None]
    apart = np.maximum(
        best / (faint * _NOISE**2 + _TEXTURE * texture),
        shade / (faint * _SHADE**2 + _SHADE_TEXTURE * texture),
    ).reshape(len(a), -1)
    worst = np.partition(apart, -_WORST, axis=1)[:, -_WORST:]
    return np.asarray(worst.mean(axis=1), np.float32)


def _explained(a: Details, b: Details) -> tuple[Details, Details]:
    """Both in CIELAB, after one got the brightness, contrast and white balance of the other."""
    chroma_a, chroma_b = _chroma(a), _chroma(b)
    either_is_grey = (chroma_a < _GREY) != (chroma_b < _GREY)
    a = np.where(either_is_grey[:, None, None, None], _luma(a)[:, None], a)
    b = np.where(either_is_grey[:, None, None, None], _luma(b)[:, None], b)
    # The channels are fitted together: each of them is cut at white by itself.
    gain, offset = _brightness(a[:, :, ::2, ::2], b[:, :, ::2, ::2], either_is_grey)
    # The darker one is brightened: what is white in the brighter one cannot be made darker again.
    darker = (gain < 1)[:, None, None, None]
    dark, light = np.where(darker, b, a), np.where(darker, a, b)
    flipped = gain < 1
    gain = np.where(flipped, 1 / gain, gain)
    offset = np.where(flipped, -offset * gain, offset)
    dark = np.clip(gain[:, None, None, None] * dark + offset[:, None, None, None], 0, 255)
    inside = ((dark > 4) & (dark < 251) & (light > 4) & (light < 251)).astype(np.float32)
    products = (inside * dark * light).sum(axis=(2, 3)) + 1e3
    balance = np.clip(products / ((inside * dark * dark).sum(axis=(2, 3)) + 1e3), *_BALANCES)
    balance[either_is_grey] = 1
    dark = np.clip(dark * balance[:, :, None, None], 0, 255)
    return _lab(dark), _lab(light)


def _brightness(a: Details, b: Details, strict: NDArray[np.bool_]) -> tuple[Scores, Scores]:
    """Gain and offset that bring a nearest to b: fitted to all pixels, or to the middle tones.

    Pixels that are black or white in one of the two say little of a change; but there may be few
    others, and those are at edges. No change is a candidate, too.
    """
    x, y = a.reshape(len(a), -1), b.reshape(len(b), -1)
    inside = ((x > 6) & (x < 249) & (y > 6) & (y < 249)).astype(np.float32)
    best = np.ones(len(a), np.float32), np.zeros(len(a), np.float32)
    rest = _left_by(x, y, *best)
    for counted in (inside, np.ones_like(inside)):
        fit = _fitted_brightness(x, y, counted, strict)
        left = _left_by(x, y, *fit)
        better = left < rest
        rest = np.where(better, left, rest)
        best = np.where(better, fit[0], best[0]), np.where(better, fit[1], best[1])
    return best


def _left_by(
    x: NDArray[np.float32], y: NDArray[np.float32], gain: Scores, offset: Scores
) -> Scores:
    """Mean difference after a change of brightness, which cuts at white."""
    gain, offset = gain[:, None], offset[:, None]
    forward = np.abs(np.clip(gain * x + offset, 0, 255) - y).mean(axis=1)
    back = np.abs(np.clip((y - offset) / gain, 0, 255) - x).mean(axis=1)
    return np.asarray(np.where(gain[:, 0] >= 1, forward, back), np.float32)


def _fitted_brightness(
    x: NDArray[np.float32],
    y: NDArray[np.float32],
    counted: NDArray[np.float32],
    strict: NDArray[np.bool_],
) -> tuple[Scores, Scores]:
    """Least squares, thrice, pixels that do not follow counting less each time."""
    weights = counted
    gain, offset = np.ones(len(x), np.float32), np.zeros(len(x), np.float32)
    least = np.where(strict, _GREY_GAINS[0], _GAINS[0])
    most = np.where(strict, _GREY_GAINS[1], _GAINS[1])
    limit = np.where(strict, _GREY_OFFSETS, _OFFSETS)
    for _ in range(3):
        total = weights.sum(axis=1) + 1e-3
        mean_x, mean_y = (weights * x).sum(axis=1) / total, (weights * y).sum(axis=1) / total
        dx, dy = x - mean_x[:, None], y - mean_y[:, None]
        both = (weights * dx * dy).sum(axis=1) / total
        # A picture of one colour does not tell gain from offset: 30 of variance stand for a gain.
        usual = np.clip(mean_y / np.maximum(mean_x, 1), least, most)
        spread_x = (weights * dx * dx).sum(axis=1) / total
        gain = np.clip((both + 30 * usual) / (spread_x + 30), least, most).astype(np.float32)
        offset = np.clip(mean_y - gain * mean_x, -limit, limit).astype(np.float32)
        rest = y - gain[:, None] * x - offset[:, None]
        spread = np.sqrt((weights * rest**2).sum(axis=1) / total) + 2
        weights = counted / (1 + (rest / (1.5 * spread[:, None])) ** 2)
    return gain, offset


def _luma(pictures: Details) -> NDArray[np.float32]:
    return np.asarray(np.einsum("ncij,c->nij", pictures, _LUMA), np.float32)


def _chroma(pictures: Details) -> Scores:
    spread = pictures.max(axis=1) - pictures.min(axis=1)
    return np.asarray(np.sqrt(np.square(spread).mean(axis=(1, 2))) / 2, np.float32)


def _means(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of blocks of 8 x 8; (..., 128, 128) to (..., 16, 16)."""
    sides = (*values.shape[:-2], SIDE // _BLOCK, _BLOCK, SIDE // _BLOCK, _BLOCK)
    return np.asarray(values.reshape(sides).mean(axis=(-3, -1)), np.float32)


def _variance(lab: Details) -> NDArray[np.float32]:
    return np.asarray((_means(np.square(lab)) - np.square(_means(lab))).sum(axis=1), np.float32)


_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
_TO_XYZ /= _TO_XYZ.sum(axis=1, keepdims=True)  # white is 1, 1, 1
_steps = np.arange(256) / 255
_LINEAR = np.where(_steps <= 0.04045, _steps / 12.92, ((_steps + 0.055) / 1.055) ** 2.4)


def _lab(rgb: Details) -> Details:
    """From sRGB, 0 to 255, to CIELAB."""
    linear = _LINEAR.astype(np.float32)[np.rint(rgb).astype(np.uint8)]
    xyz = np.einsum("ncij,kc->nkij", linear, _TO_XYZ.astype(np.float32), optimize=True)
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    x, y, z = f[:, 0], f[:, 1], f[:, 2]
    return np.asarray(np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1), np.float32)
