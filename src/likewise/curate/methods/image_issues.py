"""Images of little use, told by plain measurements: dark, bright, blurred, empty, odd in form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from likewise.core.selection import Selection
from likewise.curate.base import Pool, chosen
from likewise.errors import NotFoundError

_NEEDED = ("lightest", "darkest", "sharpness", "entropy", "width", "height")


@dataclass(frozen=True)
class ImageIssues:
    """Drop images with an issue; each is judged by the columns that the pool has.

    Attributes:
        dark: brightness, from 0 to 1, that 99 % of the pixels of a dark image stay below.
        bright: brightness that 95 % of the pixels of a bright image are above.
        blurred: sharpness, at the size of a thumbnail, below which an image is blurred.
        empty: bits of brightness a pixel below which an image says little.
        narrow: the shorter side over the longer one, below which the form is odd.
        odd_size: how many times larger or smaller than the pool's median a side may be.
        least_side: pixels below which the shorter side is too short.

    Example:
        >>> pool = Pool(("a", "b"), facts={"lightest": (0.1, 0.9), "entropy": (6.0, 7.0)})
        >>> ImageIssues().select(pool).reasons
        ('dark',)
    """

    looks_at_pictures: ClassVar[bool] = True

    dark: float = 0.3
    bright: float = 0.9
    blurred: float = 0.012
    empty: float = 2.5
    narrow: float = 0.35
    odd_size: float = 8.0
    least_side: int = 16

    def select(self, pool: Pool) -> Selection:
        """Decide about every item. Score: how far beyond the limit, 1 being just at it.

        Raises:
            NotFoundError: the pool has none of the columns.
        """
        measures = {
            name: np.array([np.nan if v is None else v for v in pool.facts[name]], dtype=np.float64)
            for name in _NEEDED
            if name in pool.facts
        }
        if not measures:
            raise NotFoundError(
                f"the pool has none of the columns {', '.join(_NEEDED)}, so nothing can be "
                "judged; measure the thumbnails with likewise curate issues"
            )
        found = self._excesses(measures)
        names = list(found)
        excess = np.stack([np.nan_to_num(found[name], nan=0.0, posinf=1e6) for name in names])
        bad = excess > 1
        reasons = [
            ", ".join(name for name, is_bad in zip(names, column, strict=True) if is_bad)
            for column in bad.T.tolist()
        ]
        worst = excess.max(axis=0).astype(np.float32)
        counts = {name: int(row.sum()) for name, row in zip(names, bad, strict=True) if row.any()}
        return chosen(
            self,
            pool,
            np.flatnonzero(~bad.any(axis=0)),
            reasons=reasons,
            scores=worst,
            notes=[", ".join(f"{count} {name}" for name, count in counts.items())]
            if counts
            else [],
        )

    def _excesses(self, measures: dict[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
        """How far beyond each limit an image is: above 1 is an issue."""
        found: dict[str, NDArray[np.float64]] = {}
        with np.errstate(divide="ignore", invalid="ignore"):
            for column, name, limit in (
                ("lightest", "dark", self.dark),
                ("sharpness", "blurred", self.blurred),
                ("entropy", "low information", self.empty),
            ):
                if column in measures:
                    found[name] = limit / np.maximum(measures[column], 1e-9)
            if "darkest" in measures:
                found["bright"] = measures["darkest"] / self.bright
            if "width" in measures and "height" in measures:
                width, height = measures["width"], measures["height"]
                short, long = np.minimum(width, height), np.maximum(width, height)
                found["odd form"] = self.narrow / (short / long)
                size = np.sqrt(width * height)
                middle = np.nanmedian(size) if np.isfinite(size).any() else np.nan
                found["odd size"] = np.maximum(size / middle, middle / size) / self.odd_size
                found["tiny"] = self.least_side / short
        return found
