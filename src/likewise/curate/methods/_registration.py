"""Which window of one picture lies on another picture, to a fraction of a pixel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from likewise.curate.methods._sketches import Windows

_SIDE = 64
_ROUNDS = 6
_FARTHEST = 0.02  # share of a side that a window may move in one round


def through(pictures: NDArray[np.float32], windows: Windows) -> NDArray[np.float32]:
    """Stretch a window of each picture over all of it, (n, channels, side, side)."""
    across = interpolation(windows[:, 0], windows[:, 1], pictures.shape[3])[:, None]
    down = interpolation(windows[:, 2], windows[:, 3], pictures.shape[2])[:, None]
    return np.asarray(down @ pictures @ across.transpose(0, 1, 3, 2), np.float32)


def registered(
    a: NDArray[np.float32], b: NDArray[np.float32], windows: Windows
) -> NDArray[np.float64]:
    """Improve windows of a that lie on all of b roughly, by Gauss and Newton's method.

    Position, size, brightness and contrast are fitted together (Lucas, Kanade 1981; Hager,
    Belhumeur 1998); pixels that do not follow count less.

    Args:
        a, b: (n, side, side) brightness.
        windows: (n, 4).
    """
    a, b = shrunk(a), shrunk(b)
    count = len(a)
    along = ((np.arange(_SIDE) + 0.5) / _SIDE).astype(np.float32)
    y = b.reshape(count, -1)
    out = np.array(windows, dtype=np.float64)
    ridge = np.eye(2, dtype=np.float32)
    for _ in range(_ROUNDS):
        view = through(a[:, None], out)[:, 0]
        right = np.gradient(view, axis=2) * (_SIDE / out[:, 0, None, None])
        below = np.gradient(view, axis=1) * (_SIDE / out[:, 2, None, None])
        slopes = np.stack(
            [right * along, right, below * along[:, None], below, view, np.ones_like(view)], axis=1
        ).reshape(count, 6, -1).astype(np.float32)  # fmt: skip
        light = slopes[:, 4:]
        squares = light @ light.transpose(0, 2, 1) + ridge
        fit = np.linalg.solve(squares, light @ y[:, :, None])[:, :, 0]
        rest = y - np.einsum("nk,nkp->np", fit, light)
        spread = 1.5 * np.median(np.abs(rest), axis=1, keepdims=True) + 1
        slopes[:, :4] *= fit[:, 0, None, None]
        weighted = slopes / (1 + (rest / (2 * spread)) ** 2)[:, None]
        curved = weighted @ slopes.transpose(0, 2, 1)
        damping = 1e-3 * np.abs(curved[:, :4, :4]).max(axis=(1, 2)) + 1e-6
        curved += np.eye(6, dtype=np.float32) * damping[:, None, None]
        move = np.linalg.solve(curved, weighted @ rest[:, :, None])[:, :4, 0]
        out += np.clip(move, -_FARTHEST, _FARTHEST)
        out[:, ::2] = np.clip(out[:, ::2], 0.3, 1.03)
    return out


def shrunk(pictures: NDArray[np.float32]) -> NDArray[np.float32]:
    """Pictures of 64 x 64 pixels."""
    step = pictures.shape[1] // _SIDE
    sides = (len(pictures), _SIDE, step, _SIDE, step)
    return np.asarray(pictures.reshape(sides).mean(axis=(2, 4)), np.float32)


def interpolation(
    size: NDArray[np.float64], offset: NDArray[np.float64], side: int
) -> NDArray[np.float32]:
    """(n, side, side) that interpolate a side through the window [offset, offset + size]."""
    steps = (np.arange(side) + 0.5) / side
    middle = np.clip((offset[:, None] + size[:, None] * steps) * side - 0.5, 0, side - 1)
    reach = np.abs(middle[:, :, None] - np.arange(side))
    return np.asarray(np.maximum(0, 1 - reach), np.float32)
